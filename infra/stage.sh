#!/bin/sh
# Builds the handler for Azure and stages what is deployed. azd runs it before it packs; otherwise run it in the project's
# folder:
#
#   infra/stage.sh        makes target/azure/ and target/azure.zip
#
# SIO names the tool if it is not installed, for example SIO="cargo run --quiet --package socketio-functions-cli --". The
# binary for every Functions image takes cargo-zigbuild: cargo install --locked cargo-zigbuild && pip install ziglang
set -eu
cd "$(dirname "$0")/.."

tool=${SIO:-sio}
command -v "${tool%% *}" >/dev/null 2>&1 || {
  echo "stage.sh: ${tool%% *} is missing; install it from the repository of socketio-functions with" >&2
  echo "  cargo install --locked --path crates/sio" >&2
  echo "or set SIO to a command that runs it" >&2
  exit 1
}

rm -rf target/azure target/azure.zip
# The tool packs too, since it refuses a binary that would not start in Azure.
# shellcheck disable=SC2086 # SIO may be a command with arguments.
$tool stage --release --target x86_64-unknown-linux-gnu.2.28 --out target/azure --zip target/azure.zip
# Settings for this machine have no place there.
rm -f target/azure/local.settings.json
