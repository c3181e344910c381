#!/usr/bin/env python3
"""Puts the same load on one mock server with our `evalscope perf` and with other programs, one after the other, again and
again, and prints a row for each run: what the program says next to what the server knows.

    benches/perf-peers/run.py --mock PROGRAM [--ours PROGRAM] [--wrk PROGRAM] [--evalscope PROGRAM]
        [--guidellm PROGRAM] [--aiperf PROGRAM --tokenizer FOLDER] [--repeat N] [--quick] [--faults] [--schedule] [--search]

PROGRAM of --mock is a server with `--port --ttft-ms --itl-ms --output-tokens`, OpenAI's chat completions, `/stats` and
`/reset`; ours are built with `cargo build --release -p evalscope-cli`; setup.sh beside this file installs the others.
`--quick` takes less than ten minutes on two cores with all programs. Only the standard library is used.
"""
import argparse
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

TOKENS = 64
LUA = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '%s'
"""
BODY = json.dumps({
    "model": "mock", "messages": [{"role": "user", "content": "word " * 32}], "max_tokens": TOKENS,
    "stream": True, "stream_options": {"include_usage": True},
})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mock:
    def __init__(self, program, ttft, itl, *more, tokens=TOKENS):
        self.port = free_port()
        command = [program, "--port", str(self.port), "--ttft-ms", str(ttft), "--itl-ms", str(itl),
                   "--output-tokens", str(tokens), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                return self.get("/stats") and None
            except OSError:
                time.sleep(0.02)
        sys.exit("error: the mock server did not start")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return json.load(answer)

    def url(self):
        return f"http://127.0.0.1:{self.port}/v1/chat/completions"

    def end(self):
        self.process.terminate()
        self.process.wait()


def pss(session):
    """Memory of all processes of a session in MiB: some programs are several processes."""
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and os.getsid(int(folder.name)) == session:
                found = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
                total += int(found.group(1)) / 1024 if found else 0
        except OSError:
            continue
    return total


def peak_memory(session, stop, found):
    while not stop.wait(0.1):
        found[0] = max(found[0], pss(session))


def measured(command, folder):
    """Runs a command: exit code, wall seconds, CPU seconds, peak memory in MiB, what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        stop, peak = threading.Event(), [0.0]
        watcher = threading.Thread(target=peak_memory, args=(process.pid, stop, peak))
        watcher.start()
        code = process.wait()
        wall = time.perf_counter() - started
        stop.set()
        watcher.join()
        log.seek(0)
        text = log.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return code, wall, cpu, peak[0], text


def ours(program, mock, parallel, number, folder):
    command = [program, "perf", "--url", mock.url(), "--model", "mock", "--parallel", str(parallel), "--number",
               str(number), "--max-tokens", str(TOKENS), "--dataset", "line_by_line", "--dataset-path",
               str(folder / "prompts.txt"), "--outputs-dir", str(folder / "out"), "--no-timestamp"]
    run = measured(command, folder)
    stage = json.loads(next((folder / "out").rglob("summary.json")).read_text())["stages"][0]
    latency = stage["latency"]
    pick = lambda name, p: latency[name]["percentiles"][p]["value"]
    said = {"ok": stage["requests"]["ok"], "rps": stage["throughput"]["requests_per_s"],
            "ttft_p50": pick("ttft_ms", "p50"), "ttft_p99": pick("ttft_ms", "p99"),
            "itl_p50": pick("itl_ms", "p50"), "itl_mean": latency["itl_ms"]["mean"], "invalid": stage["invalid"]}
    return run, said


def evalscope(program, mock, parallel, number, folder):
    command = [program, "perf", "--url", mock.url(), "--api", "openai", "--model", "mock", "--parallel",
               str(parallel), "--number", str(number), "--dataset", "line_by_line", "--dataset-path",
               str(folder / "prompts.txt"), "--max-tokens", str(TOKENS), "--stream", "--no-test-connection",
               "--outputs-dir", str(folder / "out"), "--no-timestamp"]
    run = measured(command, folder)
    summary = json.loads(next((folder / "out").rglob("benchmark_summary.json")).read_text())
    rows = json.loads(next((folder / "out").rglob("benchmark_percentile.json")).read_text())
    at = {row["Percentiles"]: row for row in rows}
    said = {"ok": summary["Success Requests"], "rps": summary["Req Throughput (req/s)"],
            "ttft_p50": at["50%"]["TTFT (ms)"], "ttft_p99": at["99%"]["TTFT (ms)"],
            "itl_p50": at["50%"]["ITL (ms)"], "itl_mean": summary["Avg ITL (ms)"], "invalid": []}
    return run, said


def wrk(program, mock, parallel, _number, folder):
    (folder / "wrk.lua").write_text(LUA % BODY)
    run = measured([program, "-t1", f"-c{parallel}", "-d5", "-s", str(folder / "wrk.lua"), mock.url()], folder)
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", run[4]).group(1))
    return run, {"ok": int(re.search(r"(\d+) requests in", run[4]).group(1)), "rps": rate}


def guidellm(program, mock, parallel, number, folder):
    command = [program, "run", "--backend", f"kind=openai_http,target=http://127.0.0.1:{mock.port},model=mock",
               "--profile", f"kind=concurrent,streams={parallel}", "--constraint", f"kind=max_requests,count={number}",
               "--data", f"kind=text_file,path={folder / 'prompts.txt'}", "--output",
               f"kind=json,path={folder / 'r.json'}", "--disable-console"]
    run = measured(command, folder)
    metrics = json.loads((folder / "r.json").read_text())["benchmarks"][0]["metrics"]
    good = lambda name: (metrics.get(name) or {}).get("successful") or {}
    at = lambda name, p: (good(name).get("percentiles") or {}).get(p)
    said = {"ok": metrics["request_totals"]["successful"], "rps": good("requests_per_second").get("mean") or 0,
            "ttft_p50": at("time_to_first_token_ms", "p50"), "ttft_p99": at("time_to_first_token_ms", "p99"),
            "itl_p50": at("inter_token_latency_ms", "p50"), "itl_mean": good("inter_token_latency_ms").get("mean")}
    return run, said


def aiperf(program, mock, parallel, number, folder):
    lines = (folder / "prompts.txt").read_text().splitlines()
    (folder / "prompts.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in lines))
    command = [program, "profile", "--model", "mock", "--url", f"http://127.0.0.1:{mock.port}", "--endpoint-type",
               "chat", "--streaming", "--concurrency", str(parallel), "--request-count", str(number), "--tokenizer",
               TOKENIZER[0], "--use-server-token-count", "--input-file", str(folder / "prompts.jsonl"),
               "--custom-dataset-type", "single_turn", "--osl", str(TOKENS), "--ui", "none", "--artifact-dir",
               str(folder / "out")]
    run = measured(command, folder)
    figures = json.loads((folder / "out" / "profile_export_aiperf.json").read_text())
    pick = lambda name, p: (figures.get(name) or {}).get(p)
    said = {"ok": pick("request_count", "avg") or 0, "rps": pick("request_throughput", "avg") or 0,
            "ttft_p50": pick("time_to_first_token", "p50"), "ttft_p99": pick("time_to_first_token", "p99"),
            "itl_p50": pick("inter_token_latency", "p50"), "itl_mean": pick("inter_token_latency", "avg")}
    return run, said


TOKENIZER = [""]
TOOLS = {"ours": ours, "evalscope": evalscope, "guidellm": guidellm, "aiperf": aiperf, "wrk": wrk}
# Python programs take a fixed time to start that no load shortens: their cost of a request is that of further ones.
SLOW = ("evalscope", "guidellm", "aiperf")
FAULTS = "429=0.02,500=0.02,reset=0.02,truncate=0.02,eof=0.02,error=0.02,malformed=0.02,stall=0.01"


def one(name, program, mock, parallel, number):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "prompts.txt").write_text("".join(f"prompt {n} " + "word " * 30 + "\n" for n in range(200)))
        mock.get("/reset")
        (code, wall, cpu, peak, text), said = TOOLS[name](program, mock, parallel, number, folder)
        server = mock.get("/stats")
    return {"tool": name, "parallel": parallel, "code": code, "wall_s": wall, "cpu_s": cpu, "peak_mib": peak,
            "load": os.getloadavg()[0], "said": said, "server": server}


def show(row):
    said, server = row["said"], row["server"]
    pair = lambda ours, theirs: "-" if ours is None or theirs is None else f"{theirs:.2f} → {ours:.2f}"
    ttft, itl = server.get("ttft_ms") or {}, server.get("itl_ms") or {}
    per_thousand = row["cpu_s"] * 1000 / max(said["ok"], 1)
    print(f"{row['tool']:<10} {row['parallel']:>5} {said['ok']:>7} {said['rps']:>9.0f} {per_thousand:>10.3f} "
          f"{row['peak_mib']:>8.1f} {server['max_in_flight']:>9} {server['connections']:>6} "
          f"{pair(said.get('ttft_p50'), ttft.get('p50')):>18} {pair(said.get('ttft_p99'), ttft.get('p99')):>18} "
          f"{pair(said.get('itl_p50'), itl.get('p50')):>16} {pair(said.get('itl_mean'), itl.get('mean')):>16} "
          f"{'; '.join(said.get('invalid') or [])}", flush=True)


def attempt(name, program, mock, parallel, number):
    try:
        row = one(name, program, mock, parallel, number)
    except Exception as error:
        print(f"{name:<10} {parallel:>5} failed: {type(error).__name__}: {error}", flush=True)
        return None
    show(row)
    return row


def ceiling(tools, mock, given):
    """All programs at once without delays, then the cost of a request beyond that of starting."""
    for name, program in tools:
        few, many = (300, 1500) if given.quick else (500, 4000)
        first = attempt(name, program, mock, 64, few) if name in SLOW else None
        row = attempt(name, program, mock, 64, many if name in SLOW else given.number)
        if first and row:
            cost = (row["cpu_s"] - first["cpu_s"]) * 1000 / max(row["said"]["ok"] - first["said"]["ok"], 1)
            print(f"{name:<10}       {cost:.3f} CPU s per 1,000 requests beyond the first {few}", flush=True)


def faults(program, given):
    mock = Mock(given.mock, 5, 1, "--fail-rate", FAULTS, "--stall", "60000")
    with tempfile.TemporaryDirectory() as scratch:
        command = [program, "perf", "--url", mock.url(), "--model", "mock", "--parallel", "32", "--number", "1000",
                   "--max-tokens", str(TOKENS), "--read-timeout", "5s", "--outputs-dir", scratch, "--no-timestamp"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stage = json.loads(next(Path(scratch).rglob("summary.json")).read_text())["stages"][0]
    print(f"faults: ours {json.dumps(stage['requests']['classes'])}")
    print(f"        server {json.dumps(mock.get('/stats')['outcomes'])}", flush=True)
    mock.end()


def schedule(program, given):
    seconds = 60
    mock = Mock(given.mock, 5, 1)
    with tempfile.TemporaryDirectory() as scratch:
        command = [program, "perf", "--url", mock.url(), "--model", "mock", "--rate", "500", "--arrivals", "constant",
                   "--duration", f"{seconds}s", "--max-tokens", "8", "--outputs-dir", scratch, "--no-timestamp"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stage = json.loads(next(Path(scratch).rglob("summary.json")).read_text())["stages"][0]
        rows = [json.loads(line) for line in next(Path(scratch).rglob("requests.jsonl")).open()]
    sent = sorted(row["sent_s"] for row in rows)
    late = stage["client"]["late_ms"]
    rate = (len(sent) - 1) / (sent[-1] - sent[0])
    print(f"schedule: {len(sent)} requests in {seconds} s, {rate:.2f}/s sent of 500 ({rate / 5 - 100:+.3f} %), late p50 "
          f"{late['percentiles']['p50']['value']} ms, p99 {late['percentiles']['p99']['value']} ms, "
          f"invalid: {stage['invalid']}", flush=True)
    mock.end()


def search(program, given):
    """A server that serves four at a time, each for 200 ms, bears 20 requests/s: a search must find that."""
    mock = Mock(given.mock, 50, 10, "--slots", "4", tokens=16)
    with tempfile.TemporaryDirectory() as scratch:
        command = [program, "perf", "--url", mock.url(), "--model", "mock", "--rate", "2", "--arrivals", "constant",
                   "--duration", "20s", "--sleep-interval", "1", "--max-tokens", "16", "--slo", "e2e:p99<400ms",
                   "--outputs-dir", scratch, "--no-timestamp"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        summary = json.loads(next(Path(scratch).rglob("summary.json")).read_text())
    print(f"search: {json.dumps(summary['search'])} in {len(summary['stages'])} trials; the truth is 20 requests/s", flush=True)
    mock.end()


def starts(tools):
    """From the start of a program to its help: the fastest of five."""
    for name, program in tools:
        words = {"ours": ["perf", "--help"], "evalscope": ["perf", "--help"], "guidellm": ["--help"],
                 "aiperf": ["profile", "--help"]}.get(name)
        if words:
            times = []
            for _ in range(5 if name == "ours" else 1):
                began = time.perf_counter()
                subprocess.run([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                times.append(time.perf_counter() - began)
            print(f"{name:<10} help in {min(times) * 1000:.1f} ms")


def first_request(program, given):
    """From the start of the program to the first request that the server sees."""
    mock = Mock(given.mock, 0, 0)
    times = []
    for _ in range(5):
        mock.get("/reset")
        with tempfile.TemporaryDirectory() as scratch:
            epoch = mock.get("/stats")["unix_epoch_us"]
            began = time.time()
            subprocess.run([program, "perf", "--url", mock.url(), "--model", "mock", "--number", "1", "--max-tokens", "8",
                            "--outputs-dir", scratch, "--no-timestamp"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times.append((epoch + mock.get("/stats")["first_arrival_us"]) / 1e6 - began)
    print(f"ours       first request after {min(times) * 1000:.1f} ms", flush=True)
    mock.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mock", required=True)
    parser.add_argument("--ours", default="target/release/evalscope")
    parser.add_argument("--evalscope")
    parser.add_argument("--guidellm")
    parser.add_argument("--aiperf")
    parser.add_argument("--tokenizer", default="", help="a folder with a tokenizer, which aiperf wants")
    parser.add_argument("--wrk")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--parallel", type=int, nargs="*", default=[1, 32, 128, 512, 1024])
    parser.add_argument("--number", type=int, default=20_000, help="requests of the ceiling")
    parser.add_argument("--skip-ceiling", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer requests of slow programs")
    parser.add_argument("--faults", action="store_true", help="faults too, of ours")
    parser.add_argument("--search", action="store_true", help="a search for a known limit too, of ours")
    parser.add_argument("--schedule", action="store_true", help="an open loop too, of ours")
    given = parser.parse_args()
    TOKENIZER[0] = os.path.abspath(given.tokenizer)
    tools = [(name, os.path.abspath(getattr(given, name))) for name in TOOLS if getattr(given, name)]
    ours_program = os.path.abspath(given.ours)
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    print(f"{os.cpu_count()} cores of {model.group(1) if model else 'unknown'}, kernel {os.uname().release}, "
          f"load average {os.getloadavg()[0]:.1f}")
    starts(tools)
    first_request(ours_program, given)
    print("tool        par.      ok     req/s  CPU s/1000  peak MiB in flight  conn.  TTFT p50, ms      "
          "TTFT p99, ms       ITL p50, ms      ITL mean, ms    (server's → reported)")
    for _ in range(given.repeat):
        if not given.skip_ceiling:
            mock = Mock(given.mock, 0, 0)
            ceiling(tools, mock, given)
            mock.end()
        mock = Mock(given.mock, 50, 10)
        for parallel in given.parallel:
            for name, program in tools:
                # What the slow ones do with a thousand streams is known from 512.
                is_too_much = given.quick and name in ("guidellm", "aiperf") and parallel not in (32, 512)
                if name != "wrk" and not is_too_much:
                    rounds = 3 if given.quick and name in SLOW else 6
                    attempt(name, program, mock, parallel, parallel * rounds if parallel > 1 else 20)
        mock.end()
    if given.faults:
        faults(ours_program, given)
    if given.schedule:
        schedule(ours_program, given)
    if given.search:
        search(ours_program, given)


main()
