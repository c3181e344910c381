#!/bin/sh
# How many HumanEval-like programs a second, with the usual imports: bare interpreters, a new sandbox for each, warm
# interpreters in sandboxes. Arguments: number of programs [300], how many at once [2].
set -eu
cd "$(dirname "$0")/.."
echo "$(uname -sr), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
exec cargo run --release --quiet --locked --package evalscope-sandbox --example sandbox_rate -- "$@"
