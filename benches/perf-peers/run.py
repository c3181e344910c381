#!/usr/bin/env python3
"""Puts the same load on one mock server with our `evalscope perf` and with other programs, one after the other, again and
again, and prints a row for each run: what the program says next to what the server knows.

    benches/perf-peers/run.py --mock PROGRAM [--ours PROGRAM] [--wrk PROGRAM] [--evalscope PROGRAM] [--repeat N]

PROGRAM of --mock is a server with `--port --ttft-ms --itl-ms --output-tokens`, OpenAI's chat completions, `/stats` and
`/reset`; ours are built with `cargo build --release -p evalscope-cli`. Only the standard library is used.
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
    def __init__(self, program, ttft, itl):
        self.port = free_port()
        command = [program, "--port", str(self.port), "--ttft-ms", str(ttft), "--itl-ms", str(itl),
                   "--output-tokens", str(TOKENS)]
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


def peak_memory(pid, stop, found):
    while not stop.wait(0.05):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        pss = re.search(r"^Pss:\s+(\d+)", text, re.M)
        if pss:
            found[0] = max(found[0], int(pss.group(1)) / 1024)


def measured(command, folder):
    """Runs a command: exit code, wall seconds, CPU seconds, peak memory in MiB, what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with open(folder / "log", "w+") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
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


TOOLS = {"ours": ours, "evalscope": evalscope, "wrk": wrk}


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
          f"{'; '.join(said.get('invalid', []))}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mock", required=True)
    parser.add_argument("--ours", default="target/release/evalscope")
    parser.add_argument("--evalscope")
    parser.add_argument("--wrk")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--parallel", type=int, nargs="*", default=[1, 32, 128, 512, 1024])
    parser.add_argument("--number", type=int, default=20_000, help="requests of the ceiling")
    parser.add_argument("--skip-ceiling", action="store_true")
    given = parser.parse_args()
    tools = [(name, os.path.abspath(getattr(given, name))) for name in TOOLS if getattr(given, name)]
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    print(f"{os.cpu_count()} cores of {model.group(1) if model else 'unknown'}, kernel {os.uname().release}, "
          f"load average {os.getloadavg()[0]:.1f}")
    print("tool        par.      ok     req/s  CPU s/1000  peak MiB in flight  conn.  TTFT p50, ms      "
          "TTFT p99, ms       ITL p50, ms      ITL mean, ms    (server's → reported)")
    for _ in range(given.repeat):
        if not given.skip_ceiling:
            mock = Mock(given.mock, 0, 0)
            for name, program in tools:
                show(one(name, program, mock, 64, given.number if name == "ours" else min(given.number, 4000)))
            mock.end()
        mock = Mock(given.mock, 50, 10)
        for parallel in given.parallel:
            for name, program in tools:
                if name != "wrk":
                    show(one(name, program, mock, parallel, parallel * 6 if parallel > 1 else 20))
        mock.end()


main()
