#!/bin/sh
# Installs the OpenID provider of the tests into the directory given: at once
# or not at all, so that two test runs do not meet half of it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
[ -d "$target" ] && exit 0
making="$target.$$"
trap 'rm -rf "$making"' EXIT
mkdir -p "$making"
cp "$here/package.json" "$here/package-lock.json" "$here/server.mjs" "$making"
npm ci --prefix "$making" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
mv "$making" "$target"
# Where another run was faster, mv put ours into the other's directory.
rm -rf "$target/$(basename "$making")"
