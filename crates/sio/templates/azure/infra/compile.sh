#!/bin/sh
# Compiles the templates and fails on any output of the compiler: it reports type errors as warnings, with exit code 0.
#
#   infra/compile.sh        BICEP names the compiler, unless `bicep` is on the path: BICEP=~/.azure/bin/bicep
set -eu
cd "$(dirname "$0")"

bicep=${BICEP:-bicep}
command -v "$bicep" >/dev/null 2>&1 || {
  echo "compile.sh: $bicep is missing; run az bicep install --version v0.49.2 and set BICEP=~/.azure/bin/bicep" >&2
  exit 1
}

failed=0
for template in main.bicep hub.bicep; do
  code=0
  said=$("$bicep" build --stdout "$template" 2>&1 >/dev/null) || code=$?
  if [ "$code" -ne 0 ] || [ -n "$said" ]; then
    printf '%s\n' "$said" >&2
    echo "compile.sh: $template does not compile cleanly (exit code $code)" >&2
    failed=1
  fi
done
exit "$failed"
