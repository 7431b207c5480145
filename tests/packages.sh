#!/usr/bin/env bash
# Packs every crate that is published, and compiles what is in the packages and nothing else.
#
# `cargo package` would compile each package with a build directory of its own, dependencies included: minutes. Here the
# unpacked crates are one workspace, which shares the dependencies that the other checks have compiled.
set -euo pipefail
cd "$(dirname "$0")/.."

unpublished=()
for manifest in $(git ls-files Cargo.toml '*/Cargo.toml' | xargs grep -lx 'publish = false'); do
  unpublished+=(--exclude "$(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)")
done
rm -rf target/package target/unpacked
cargo package --workspace "${unpublished[@]}" --no-verify --allow-dirty --locked --offline --quiet

mkdir -p target/unpacked
for crate in target/package/*.crate; do tar -xzf "$crate" -C target/unpacked; done
{
  printf '[workspace]\nresolver = "3"\nmembers = ["*"]\n\n'
  # With other profiles than the repository's own, the dependencies would be compiled again.
  sed -n '/^\[profile\.dev/,/^$/p' Cargo.toml
  printf '[patch.crates-io]\n'
  for directory in target/unpacked/*/; do
    directory=${directory%/}
    name=${directory##*/}
    printf '%s = { path = "%s" }\n' "${name%-[0-9]*}" "$name"
  done
} >target/unpacked/Cargo.toml
cp Cargo.lock target/unpacked/

CARGO_TARGET_DIR=$PWD/target cargo check --manifest-path target/unpacked/Cargo.toml --workspace --all-features
