#!/usr/bin/env bash
# Sends many requests with short whole answers to a server on loopback, at low priority, and prints the load tester's memory
# every so many seconds: it must not grow, neither while requests are sent nor while files are written at the end.
#   benches/perf-soak.sh PROGRAM URL [REQUESTS] [IN_FLIGHT] [SECONDS]
# Files of ten million requests take some 9 GB; they are deleted at the end.
set -eu
program=$1 url=$2 number=${3:-10000000} parallel=${4:-64} every=${5:-60}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
nice -n 10 "$program" perf --url "$url" --model mock --parallel "$parallel" --number "$number" --no-stream --max-tokens 8 \
  --prompt 'Say yes.' --outputs-dir "$out" --no-timestamp >"$out/log" 2>"$out/progress" &
pid=$!
while kill -0 "$pid" 2>/dev/null; do
  awk -v at="$(date +%T)" -v files="$(du -sm "$out" | cut -f1)" -v told="$(tail -n 1 "$out/progress")" \
    '/VmRSS/ {rss=$2} /VmHWM/ {top=$2} END {printf "%s RSS %.1f MiB, peak %.1f MiB, files %d MB,%s\n", at, rss/1024, top/1024, files, told}' \
    "/proc/$pid/status" 2>/dev/null || true
  sleep "$every"
done
wait "$pid" || true
cat "$out/log"
