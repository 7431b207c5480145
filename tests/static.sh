#!/usr/bin/env bash
# Makes target/static/sio: the tool as one file that needs nothing of the system, in the place of the musl binary that
# the release workflow builds. The npm package, the image's layout and the bare root directory are tested with it.
#
# Only the last crate is compiled with the option: the libraries in it are those of the ordinary build, since the option
# decides how the program is linked, and no library here asks for it.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo rustc --locked --package socketio-functions-cli --bin sio -- -C target-feature=+crt-static
mkdir -p target/static
cp target/debug/sio target/static/sio
# Puts the ordinary program back.
cargo build --locked --package socketio-functions-cli
if ldd target/static/sio >/dev/null 2>&1 && ! ldd target/static/sio | grep -q 'statically linked'; then
  echo "tests/static.sh: target/static/sio is not static: $(ldd target/static/sio)" >&2
  exit 1
fi
