#!/bin/sh
# Builds the server and looks at GraphiQL's panel of levels in Chromium. Needs
# Node, npm and Chromium (Debian: chromium); WEFT_CHROMIUM names another one.
# WEFT_SCREENSHOTS names a folder for a picture of each theme.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
chromium=${WEFT_CHROMIUM:-/usr/bin/chromium}
[ -x "$chromium" ] || { echo "panel: $chromium is missing: install chromium, or name one in WEFT_CHROMIUM" >&2; exit 1; }
if [ -n "${WEFT_SCREENSHOTS:-}" ]; then
	mkdir -p "$WEFT_SCREENSHOTS"
	WEFT_SCREENSHOTS=$(cd "$WEFT_SCREENSHOTS" && pwd)
	export WEFT_SCREENSHOTS
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

(cd "$here" && npm ci --silent --no-audit --no-fund)
# Without the profile: optimizing for it takes longer than the tests.
(cd "$here/../.." && go build -pgo=off -o "$work/weft" ./cmd/weft)
cd "$here"
WEFT_CHROMIUM="$chromium" WEFT_BINARY="$work/weft" WEFT_WORK="$work" node --test --test-concurrency=1 --test-timeout=120000
