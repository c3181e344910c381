#!/bin/sh
# Measures what scoring costs: as many answers as MMLU has (14,042 in 57 subjects), of made-up rows in MMLU's columns.
# Three commands, each timed as a whole: a file of replies becomes a scored run; that run is scored again; two such runs are
# compared with 100,000 rounds of the bootstrap.  usage: benches/scoring.sh [RUNS]   (default 3)
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
runs=${1:-3}
cd "$root"
bin=${TARGET_BIN:-}
if [ -z "$bin" ]; then
    cargo build --quiet --release --locked --workspace
    bin=${CARGO_TARGET_DIR:-target}/release
fi
program=$bin/evalscope
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

subjects=$(sed -n '/^  subsets:/,/^    \]/p' benchmarks/mmlu.yaml | grep -o '[a-z_]*' | grep -v '^subsets$')
mkdir -p "$scratch/mmlu/test" "$scratch/mmlu/dev"
number=0
for subject in $subjects; do
    number=$((number + 1))
    # 57 subjects of 246 rows, and one row more in the first 20 of them, make 14,042.
    rows=$([ "$number" -le 20 ] && echo 247 || echo 246)
    row='{ for (i = 0; i < count; i++) printf "Which of these numbers is %d?,%d,%d,%d,%d,A\n", i, i, i + 1, i + 2, i + 3 }'
    awk -v count="$rows" "BEGIN $row" >"$scratch/mmlu/test/${subject}_test.csv"
    awk -v count=5 "BEGIN $row" >"$scratch/mmlu/dev/${subject}_dev.csv"
    for model in one other; do
        # Three of four are right; the other model is wrong now and then where the one is right.
        awk -v count="$rows" -v subject="$subject" -v model="$model" 'BEGIN {
            for (i = 0; i < count; i++) {
                right = i % 4 != 0 && !(model == "other" && i % 37 == 0)
                printf "{\"index\": %d, \"subset\": \"%s\", \"reply\": \"The numbers are given, so that it is the %s one.\\n\\nANSWER: %s\"}\n", i, subject, right ? "first" : "second", right ? "A" : "B"
            }
        }' >>"$scratch/$model.jsonl"
    done
done

# timed NAME COMMAND… prints the seconds that a command takes on the clock, and those of CPU, which other work disturbs less.
timed() {
    name=$1
    shift
    python3 - "$name" "$@" <<'PYTHON'
import resource, subprocess, sys, time
name, command = sys.argv[1], sys.argv[2:]
before = resource.getrusage(resource.RUSAGE_CHILDREN)
started = time.perf_counter()
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
wall = time.perf_counter() - started
if done.returncode != 0:
    sys.exit(f"error: exit code {done.returncode}\n{done.stderr[-2000:]}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
print(f"{name:<36} {wall:7.3f} s  {cpu:7.3f} s CPU")
PYTHON
}

score_file() {
    timed "score FILE, 14,042 replies" "$program" score "$scratch/$1.jsonl" --datasets mmlu --dataset-hub local \
        --dataset-dir "$scratch" --prediction-column reply --index-column index --subset-column subset \
        --work-dir "$scratch/$1-$2"
}

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "machine: $(nproc) cores, $processor, kernel $(uname -r), load $(cut -d' ' -f1 /proc/loadavg); $(rustc --version)"
run=1
while [ "$run" -le "$runs" ]; do
    score_file one "$run"
    score_file other "$run"
    one=$(echo "$scratch/one-$run"/*)
    other=$(echo "$scratch/other-$run"/*)
    timed "score RUN, 14,042 replies" "$program" score "$one"
    timed "compare RUN RUN, 100,000 rounds" "$program" compare "$one" "$other"
    run=$((run + 1))
done
