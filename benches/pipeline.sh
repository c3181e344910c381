#!/bin/sh
# Measures what the pipeline itself costs: 3,000 multiple-choice samples, 64 in flight, against a local endpoint that
# answers at once. Wall time and CPU are those of the whole command, from start to written report; the endpoint's
# own CPU is not counted.  usage: benches/pipeline.sh [RUNS]   (default 3)
# SAMPLES, IN_FLIGHT and DELAY_MS (what the endpoint waits before each answer) can be set in the environment, and
# TARGET_BIN, a folder with `evalscope` and `evalscope-testserver` that are taken as they are instead of being built.
# With DELAY_MS, two rates are printed: from the first request to the last reply, by the journal, and from the start of the
# command to the written report. Ideal is a rate with all calls in flight all the time.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
runs=${1:-3}
samples=${SAMPLES:-3000}
in_flight=${IN_FLIGHT:-64}
delay_ms=${DELAY_MS:-0}

cd "$root"
bin=${TARGET_BIN:-}
if [ -z "$bin" ]; then
    cargo build --quiet --release --locked --workspace
    bin=${CARGO_TARGET_DIR:-target}/release
fi
scratch=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The endpoint prints its address on its first line.
"$bin/evalscope-testserver" "$delay_ms" >"$scratch/server.log" &
server=$!
url=
tries=0
while [ -z "$url" ]; do
    url=$(grep -o 'http://[0-9.:]*' "$scratch/server.log" | head -n 1 || true)
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "error: the test endpoint did not start" >&2
        exit 1
    fi
    [ -n "$url" ] || sleep 0.05
done

mkdir "$scratch/data"
awk -v count="$samples" 'BEGIN {
    for (i = 0; i < count; i++) {
        form = "{\"id\": \"%d\", \"question\": \"Which of these numbers is %d?\", \"A\": \"%d\", \"B\": \"%d\", \"C\": \"%d\", \"D\": \"%d\", \"answer\": \"A\"}\n"
        printf form, i, i, i, i + 1, i + 2, i + 3
    }
}' >"$scratch/data/numbers_val.jsonl"

cat >"$scratch/measure.py" <<'PYTHON'
"""Runs a command; prints samples per second, CPU per sample and peak memory of it and what it started."""
import json, pathlib, resource, subprocess, sys, time


def calling(work_dir):
    """Seconds from the first request to the last reply."""
    first, last = float("inf"), 0.0
    for journal in pathlib.Path(work_dir).glob("*/predictions/**/*.jsonl"):
        for line in journal.open():
            entry = json.loads(line)
            took = entry["model_output"]["latency_ms"] / 1000
            first, last = min(first, entry["at"] - took), max(last, entry["at"])
    return last - first


samples, in_flight, delay_ms, command = *map(int, sys.argv[1:4]), sys.argv[4:]
# What was there before is not the command's: a `python3` that is a script leaves the CPU of its children here.
before = resource.getrusage(resource.RUSAGE_CHILDREN)
started = time.perf_counter()
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
wall = time.perf_counter() - started
if done.returncode != 0:
    sys.exit(f"error: exit code {done.returncode}\n{done.stderr[-2000:]}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu_ms = (used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime) * 1000
row = f"{samples / wall:>10,.0f}  {cpu_ms / samples:>17.4f}  {used.ru_maxrss / 1024:>11.1f}"
if delay_ms:
    # The rate if all calls were in flight from the first moment to the last.
    ideal, rate = in_flight * 1000 / delay_ms, samples / calling(command[-1])
    row += f"  {samples / wall / ideal:>8.1%}  {rate:>13,.0f}  {rate / ideal:>8.1%}"
print(row)
PYTHON

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "machine: $(nproc) cores, $processor, kernel $(uname -r), load $(cut -d' ' -f1 /proc/loadavg); $(rustc --version)"
echo "samples: $samples, in flight: $in_flight, answers after: $delay_ms ms"
echo "samples/s  CPU ms per sample  peak RSS MiB$([ "$delay_ms" = 0 ] || echo "  of ideal  while calling  of ideal")"
run=1
while [ "$run" -le "$runs" ]; do
    python3 "$scratch/measure.py" "$samples" "$in_flight" "$delay_ms" "$bin/evalscope" eval \
        --model bench --api-url "$url/v1" --api-key none --eval-batch-size "$in_flight" --no-probe \
        --datasets general_mcq \
        --dataset-args "{\"general_mcq\": {\"local_path\": \"$scratch/data\", \"subset_list\": [\"numbers\"]}}" \
        --work-dir "$scratch/run-$run"
    run=$((run + 1))
done
