#!/bin/sh
# Builds the server and runs Apollo Client, urql and Relay against it. Needs
# Node and npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

(cd "$here" && npm ci --silent --no-audit --no-fund)
(cd "$here/../.." && go build -pgo=off -o "$work/weft" ./cmd/weft)
cd "$here"
# One file after the other: the servers share a machine with two cores.
WEFT_BINARY="$work/weft" WEFT_WORK="$work" node --test --test-concurrency=1 --test-timeout=120000
