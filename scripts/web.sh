#!/bin/sh
# Proves that the committed pages of the web UI are what web/ builds to, and tries them in a browser.
# Needs the release binary (scripts/test.sh builds it). `scripts/web.sh --write` writes the pages instead.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/web"

"$root/scripts/setup.sh" --web
if ! npm ci --silent; then
    echo "error: npm could not install the packages of web/package-lock.json" >&2
    echo "hint: npm uses your own registry settings; see \`npm config get registry\`" >&2
    exit 5
fi
if [ "${1:-}" = --write ]; then
    npm run --silent build
    exit 0
fi

npm run --silent check
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
npx vite build --logLevel warn --outDir "$built"
for name in index.html app.js app.css; do
    if ! cmp "$built/$name" "$root/crates/page/assets/$name"; then
        echo "error: crates/page/assets/$name is not what web/ builds to" >&2
        echo "hint: scripts/web.sh --write, and commit it" >&2
        exit 1
    fi
done
bytes=$(gzip -9 -c "$built"/app.js "$built"/app.css "$built"/index.html | wc -c)
echo "the pages take $bytes bytes compressed"
if [ "$bytes" -gt 400000 ]; then
    echo "error: the pages take more than 400,000 bytes compressed" >&2
    exit 1
fi
# What the pages look like, for people to look at.
SHOTS=${SHOTS:-$root/target/web-shots}
mkdir -p "$SHOTS"
export SHOTS
npm test
echo "pictures of the pages are in $SHOTS"
