#!/bin/sh
# Measures what the pipeline itself costs: 3,000 multiple-choice samples, 64 in flight, against a local endpoint that
# answers at once. Wall time and CPU are those of the whole command, from start to written report; the endpoint's
# own CPU is not counted.  usage: benches/pipeline.sh [RUNS]   (default 3)
# SAMPLES, IN_FLIGHT and DELAY_MS (what the endpoint waits before each answer) can be set in the environment.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
runs=${1:-3}
samples=${SAMPLES:-3000}
in_flight=${IN_FLIGHT:-64}
delay_ms=${DELAY_MS:-0}

cd "$root"
cargo build --quiet --release --locked --package evalscope-cli --package evalscope-testserver
scratch=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The endpoint prints its address on its first line.
target/release/evalscope-testserver "$delay_ms" >"$scratch/server.log" &
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
import resource, subprocess, sys, time

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
# The rate if all calls were in flight from the first moment to the last.
ideal = f"  {samples / wall / (in_flight * 1000 / delay_ms):>15.1%}" if delay_ms else ""
print(f"{samples / wall:>10,.0f}  {cpu_ms / samples:>17.4f}  {used.ru_maxrss / 1024:>11.1f}{ideal}")
PYTHON

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "machine: $(nproc) cores, $processor, kernel $(uname -r), load $(cut -d' ' -f1 /proc/loadavg); $(rustc --version)"
echo "samples: $samples, in flight: $in_flight, answers after: $delay_ms ms"
echo "samples/s  CPU ms per sample  peak RSS MiB$([ "$delay_ms" = 0 ] || echo "  of the ideal rate")"
run=1
while [ "$run" -le "$runs" ]; do
    python3 "$scratch/measure.py" "$samples" "$in_flight" "$delay_ms" target/release/evalscope eval \
        --model bench --api-url "$url/v1" --api-key none --eval-batch-size "$in_flight" --no-probe \
        --datasets general_mcq \
        --dataset-args "{\"general_mcq\": {\"local_path\": \"$scratch/data\", \"subset_list\": [\"numbers\"]}}" \
        --work-dir "$scratch/run-$run"
    run=$((run + 1))
done
