#!/usr/bin/env bash
# Makes target/static/sio: the tool as one file that needs nothing of the system, in the place of the musl binary that
# the release workflow builds. The npm package, the image's layout and the bare root directory are tested with it.
#
# The target is named although it is this machine's own: the option then reaches every library of the program, and not
# the programs and macros that build it.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(rustc --version --verbose | sed -n 's/^host: //p')
# It is not for a debugger.
export CARGO_PROFILE_DEV_DEBUG=0
cargo build --locked --package socketio-functions-cli --bin sio --target "$target" \
  --config "target.$target.rustflags = ['-C', 'target-feature=+crt-static']"
mkdir -p target/static
cp "target/$target/debug/sio" target/static/sio
if ldd target/static/sio >/dev/null 2>&1 && ! ldd target/static/sio | grep -q 'statically linked'; then
  echo "tests/static.sh: target/static/sio is not static: $(ldd target/static/sio)" >&2
  exit 1
fi
