#!/usr/bin/env bash
# Puts load on a server for a long time and prints the load tester's memory every ten seconds: it must not grow.
#   benches/perf-soak.sh PROGRAM URL [SECONDS] [IN_FLIGHT]
set -eu
program=$1 url=$2 seconds=${3:-300} parallel=${4:-64}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$program" perf --url "$url" --model mock --parallel "$parallel" --duration "${seconds}s" --max-tokens 64 \
  --outputs-dir "$out" --no-timestamp >"$out/log" 2>&1 &
pid=$!
while kill -0 "$pid" 2>/dev/null; do
  rows=$(cat "$out"/*/*/requests.jsonl 2>/dev/null | wc -l)
  awk -v rows="$rows" '/VmRSS/ {rss=$2} /VmHWM/ {top=$2} END {printf "%d rows, RSS %.1f MiB, peak %.1f MiB\n", rows, rss/1024, top/1024}' \
    "/proc/$pid/status" 2>/dev/null || true
  sleep 10
done
wait "$pid" || true
cat "$out/log"
