#!/usr/bin/env bash
# Lays out what the Dockerfile copies, from the archives of a release: container/context.sh VERSION FOLDER
set -euo pipefail
version=$1 archives=$2
here=$(dirname "$0")

for pair in x86_64=amd64 aarch64=arm64; do
  folder=sio-$version-${pair%=*}-unknown-linux-musl
  tar -xzf "$archives/$folder.tgz" -C "$archives"
  cp "$archives/$folder/sio" "$here/sio-${pair#*=}"
done
cp /etc/ssl/certs/ca-certificates.crt "$here/"
