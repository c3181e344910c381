#!/bin/sh
# Evaluates a model, from a clean clone: installs what is missing, builds, runs `evalscope eval` with the options given.
# Without options: the catalogue's small model on the starter benchmark.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/setup.sh"
# For manifests; without git there is none.
EVALSCOPE_COMMIT=$(git -C "$root" rev-parse HEAD 2>/dev/null || true)
export EVALSCOPE_COMMIT
exec cargo run --release --locked --manifest-path "$root/Cargo.toml" --package evalscope-cli -- eval "$@"
