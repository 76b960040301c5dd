#!/bin/sh
# Starts the server on a database of its own and runs the audits of npm
# graphql-http against it. Needs Node and npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
work=$(mktemp -d)
server=""
stop() {
	[ -z "$server" ] || { kill "$server" && wait "$server" || true; }
	rm -rf "$work"
}
trap stop EXIT INT TERM

(cd "$here" && npm ci --silent --no-audit --no-fund)
go build -pgo=off -o "$work/weft" ./cmd/weft
WEFT_DATA_DIR="$work/data" WEFT_PRIVATE_ADDR="" "$work/weft" -demo -addr 127.0.0.1:0 2>"$work/log" &
server=$!
address=""
for _ in $(seq 100); do
	address=$(sed -n 's|.*open \(http://[0-9.:]*/\).*|\1|p' "$work/log")
	[ -z "$address" ] || break
	kill -0 "$server" 2>/dev/null || break
	sleep 0.1
done
[ -n "$address" ] || { echo "the server did not start:" >&2; cat "$work/log" >&2; exit 1; }
node "$here/audit.mjs" "${address}graphql"
