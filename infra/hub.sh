#!/bin/sh
# Tells the service where the webhook is. azd runs it after it has deployed the code; otherwise, with the outputs of
# main.bicep in the environment:
#
#   infra/hub.sh HUB                 the service proves who it is by its token, or by a key's signature
#   infra/hub.sh HUB --webhook-key   the function asks for its key besides (authLevel "function")
set -eu

usage() {
  echo "hub.sh: $1; usage: hub.sh HUB [--webhook-key]" >&2
  exit 2
}
hub=${1:-}
[ -n "$hub" ] || usage "no hub is named"
case ${2:-} in
  "") key=false ;;
  --webhook-key) key=true ;;
  *) usage "unknown option $2" ;;
esac
for name in AZURE_RESOURCE_GROUP APP_NAME SERVICE_NAME; do
  eval "value=\${$name:-}"
  # shellcheck disable=SC2154 # eval sets it.
  [ -n "$value" ] || usage "$name is missing, an output of main.bicep"
done
command -v az >/dev/null 2>&1 || {
  echo "hub.sh: az is missing; see https://aka.ms/azure-cli" >&2
  exit 1
}
# azd and az sign in apart, and az has a default subscription of its own.
subscription=${AZURE_SUBSCRIPTION_ID:-}
az account show ${subscription:+--subscription "$subscription"} --output none 2>/dev/null || {
  echo "hub.sh: az has no access to ${subscription:-a subscription}; run az login" >&2
  exit 1
}

# The service asks the webhook at once, and an app that was deployed a moment ago may still be starting.
attempt=1
until az deployment group create ${subscription:+--subscription "$subscription"} --only-show-errors --output none \
  --resource-group "$AZURE_RESOURCE_GROUP" --name "hub-$hub" --template-file "$(dirname "$0")/hub.bicep" \
  --parameters appName="$APP_NAME" serviceName="$SERVICE_NAME" hubName="$hub" audience="${WEBHOOK_AUDIENCE:-}" webhookKey=$key; do
  [ "$attempt" -lt 5 ] || {
    echo "hub.sh: the hub could not be set in $attempt attempts; does https://${APP_HOST:-the app} answer?" >&2
    exit 1
  }
  attempt=$((attempt + 1))
  echo "hub.sh: attempt $attempt follows in 20 seconds" >&2
  sleep 20
done
echo "hub.sh: hub $hub calls ${APP_NAME}" >&2
