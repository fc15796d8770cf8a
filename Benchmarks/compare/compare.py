#!/usr/bin/env python3
"""Compares `rnn bench` with PyTorch and ONNX Runtime on this machine, and writes docs/performance.md.

    Benchmarks/compare/compare.py                        every row of the table
    Benchmarks/compare/compare.py --only generate        rows whose title contains a word; the others stay
    Benchmarks/compare/compare.py train --cell gru --hidden 300 --batch 16    any other shape

Makes a Python environment of its own in .build-python and builds `rnn` if need be. The sides run in turn, a process each
time; ratios are taken within a round, and medians over the rounds. PyTorch runs on the number of threads that suits it best.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict, replace

from shapes import add_options, from_options, rows

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = ROOT / ".build-python/bin/python"
RNN = ROOT / ".build/release/rnn"
PACKAGES = ["torch==2.15.0", "numpy", "onnx", "onnxruntime==1.32.0"]
BUILD_RNN = ["swift", "build", "-c", "release", "--product", "rnn"]
BEGIN, END = "<!-- compare.py: begin -->\n", "<!-- compare.py: end -->\n"


def install(modules, packages):
    """Makes sure that the Python environment has them."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", ROOT / ".build-python"], check=True)
    if subprocess.run([PYTHON, "-c", "import " + ", ".join(modules)], capture_output=True).returncode:
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", *packages], check=True)


def prepare():
    install(["torch", "onnxruntime", "onnx"], PACKAGES)
    subprocess.run(BUILD_RNN, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def measure(command):
    """What a command prints, with its peak resident memory in MiB."""
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(map(str, command))}\n{errors}")
    return {**json.loads(out.strip().splitlines()[-1]), "memory": usage.ru_maxrss / 1024}


def ours(shape, seconds):
    weights = ["--weights", shape.weights] if shape.work == "generate" else []
    return [RNN, "bench", shape.work, *shape.options, *weights, "--seconds", seconds, "--json"]


def peers(shape):
    names = {"train": ["torch_peer"], "generate": ["torch_peer", "torch_cell_peer", "onnx_peer"],
             "predict": ["torch_peer", "onnx_classifier_peer"]}[shape.work]
    return {name: lambda seconds, s=shape, n=name: [
        PYTHON, HERE / f"{n}.py", s.work, *s.options, "--seconds", seconds]
        for name in names}


def best_threads(shape):
    """The number of threads on which PyTorch is fastest, up to that of the shape."""
    def speed(threads):
        command = peers(replace(shape, threads=threads))["torch_peer"](2)
        return measure(command)["tokens_per_second"]
    return max(range(1, shape.threads + 1), key=speed) if shape.threads > 1 else 1


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def compare(shape, rounds, seconds):
    threads = best_threads(shape) if shape.work == "train" else 1
    commands = {"rnn": ours(shape, seconds)}
    for name, command in peers(replace(shape, threads=threads)).items():
        commands[name] = command(seconds)
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    speeds = {name: [run["tokens_per_second"] for run in all] for name, all in runs.items()}
    operations = runs["rnn"][0]["gflops"] / runs["rnn"][0]["tokens_per_second"]
    peak = statistics.median(run["peak_gflops"] for run in runs["rnn"])
    return {
        "shape": asdict(shape), "title": shape.title, "peer_threads": threads, "peak_gflops": peak,
        "sides": {name: {
            "tokens_per_second": spread(speeds[name]),
            "ratio": spread([a / b for a, b in zip(speeds["rnn"], speeds[name])]),
            "share_of_peak": statistics.median(speeds[name]) * operations / peak,
            "memory_mib": statistics.median(run["memory"] for run in runs[name]),
        } for name in commands},
        "estimated_memory_mib": runs["rnn"][0].get("estimated_memory_bytes", 0) / 2 ** 20}


def figure(x):
    return f"{x:,.0f}" if x >= 100 else f"{x:.2g}"


def table(results):
    """Rows of training, of generation and of prediction."""
    lines = ["| training | rnn, tokens/s | share of peak | PyTorch (threads) | share of peak | ratio (least to greatest) | "
             "memory, MiB: rnn (estimated), PyTorch |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for r in (r for r in results if r["shape"]["work"] == "train"):
        a, b = r["sides"]["rnn"], r["sides"]["torch_peer"]
        ratio = b["ratio"]
        lines.append(
            f"| {r['title'].removeprefix('train ')} | {figure(a['tokens_per_second']['median'])} | "
            f"{a['share_of_peak']:.0%} | {figure(b['tokens_per_second']['median'])} ({r['peer_threads']}) | "
            f"{b['share_of_peak']:.0%} | **{ratio['median']:.2f}** ({ratio['least']:.2f} to {ratio['greatest']:.2f}) | "
            f"{a['memory_mib']:.0f} ({r['estimated_memory_mib']:.0f}), {b['memory_mib']:.0f} |")
    names = {"torch_peer": "PyTorch", "torch_cell_peer": "PyTorch, cells", "onnx_peer": "ONNX Runtime (no sampling)"}
    lines += ["", "| generation, one thread | rnn, µs a token | " + " | ".join(
        f"{n}, µs | ratio" for n in names.values()) + " |", "| --- " * (2 + 2 * len(names)) + "|"]
    for r in (r for r in results if r["shape"]["work"] == "generate"):
        cells = [r["title"].removeprefix("generate "),
                 f"{1e6 / r['sides']['rnn']['tokens_per_second']['median']:.1f}"]
        for name in names:
            side = r["sides"][name]
            cells += [f"{1e6 / side['tokens_per_second']['median']:.1f}", f"**{side['ratio']['median']:.2f}**"]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| prediction, a bidirectional classifier | rnn, documents/s | PyTorch | ratio (least to greatest) | "
              "ONNX Runtime | ratio (least to greatest) |", "| --- " * 6 + "|"]
    for r in (r for r in results if r["shape"]["work"] == "predict"):
        cells = [r["title"].removeprefix("predict ")]
        for name in ("rnn", "torch_peer", "onnx_classifier_peer"):
            side = r["sides"][name]
            cells.append(figure(side["tokens_per_second"]["median"] / r["shape"]["time"]))
            if name != "rnn":
                ratio = side["ratio"]
                cells.append(f"**{ratio['median']:.2f}** ({ratio['least']:.2f} to {ratio['greatest']:.2f})")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":")[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def write(results, rounds):
    """Writes the rows, and keeps what is written of the others."""
    path = ROOT / "docs/performance.json"
    known = {r["title"]: r for r in (json.loads(path.read_text())["rows"] if path.exists() else [])}
    known |= {r["title"]: r for r in results}
    results = [known[s.title] for s in rows() if s.title in known]
    report = {"processor": processor(), "processors": os.cpu_count(), "system": platform.platform(),
              "packages": PACKAGES, "rounds": rounds, "rows": results}
    path.write_text(json.dumps(report, indent=1) + "\n")
    path = ROOT / "docs/performance.md"
    before, rest = path.read_text().split(BEGIN)
    after = rest.split(END)[1]
    head = (f"{processor()}, {os.cpu_count()} processors; {PACKAGES[0]}, {PACKAGES[3]}; medians of {rounds} rounds, the "
            "sides in turn. Shares are of the multiply-add peak probed in the same run.\n\n")
    path.write_text(before + BEGIN + head + table(results) + END + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="?", choices=["train", "generate", "predict"], help="compare one shape, given by the options")
    add_options(parser)
    parser.add_argument("--only", default="", help="rows of the table whose title contains this")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each run")
    a = parser.parse_args()
    prepare()
    shapes = [from_options(a.work, a)] if a.work else [s for s in rows() if a.only in s.title]
    results = []
    for shape in shapes:
        results.append(compare(shape, a.rounds, a.seconds))
        print(table(results[-1:]) if a.work else table(results), flush=True)
    if not a.work:
        write(results, a.rounds)


if __name__ == "__main__":
    main()
