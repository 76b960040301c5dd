#!/bin/sh
# Rebuilds dist/ and LICENSES from web/. Needs Node 20.19 or newer and npm.
set -eu
cd "$(dirname "$0")/web"

npm ci --no-audit --no-fund
# Registries differ between machines; the lock names packages by content.
sed -i.bak '/^ *"resolved": /d' package-lock.json && rm package-lock.json.bak

npx vite build
node licences.js >../LICENSES
cp ../LICENSES ../dist/assets/LICENSES.txt

# The page is filled in before it is sent; all else is stored as it is sent.
cd ../dist
find . -type f ! -name index.html -exec gzip -9 -n {} +
du -ch $(find . -type f) | tail -n 1
