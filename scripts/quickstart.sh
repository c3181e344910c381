#!/bin/sh
# Evaluates a model, from a clean clone: installs what is missing, builds, runs `evalscope eval` with the options given.
# Without options: the catalogue's small model on the starter benchmark.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/setup.sh"
exec cargo run --release --locked --manifest-path "$root/Cargo.toml" --package evalscope-cli -- eval "$@"
