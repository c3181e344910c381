#!/bin/sh
# Builds llama.cpp and holds both engines against each other on SmolLM2 and made-up models: log-probabilities, greedy and
# seeded texts; llama.cpp against the vectors that every test run holds the own engine to; broken files, killed workers.
# Installs what a fresh Debian lacks for that. Much of what scripts/test.sh has built serves here too.
# `scripts/llama.sh --write` writes the vectors anew first, as is to be done for another version of llama.cpp.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
tests() {
    cargo test --release --locked --workspace --features evalscope-engine-llama/llama --test engine -- "$@"
}

scripts/setup.sh
scripts/packages.sh --bindings
EVALSCOPE_TEST_MODEL=${EVALSCOPE_TEST_MODEL:-$(scripts/small-model.sh)}
EVALSCOPE_TEST_MODEL_F32=${EVALSCOPE_TEST_MODEL_F32:-$(scripts/small-model.sh --f32)}
export EVALSCOPE_TEST_MODEL EVALSCOPE_TEST_MODEL_F32

case ${1:-} in
'') ;;
--write)
    export EVALSCOPE_WRITE_VECTORS=1
    tests real_llama_cpp_gives_what_it_gave
    unset EVALSCOPE_WRITE_VECTORS
    ;;
*)
    echo "usage: scripts/llama.sh [--write]" >&2
    exit 2
    ;;
esac
tests real vectors --nocapture
