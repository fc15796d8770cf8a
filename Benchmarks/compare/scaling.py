#!/usr/bin/env python3
"""Shows how the time of a training step grows with each of its sizes, and draws docs/scaling.svg.

    Benchmarks/compare/scaling.py

One size is doubled five times while the others stay. A cost linear in it has slope 1 on logarithmic axes, one quadratic in
it slope 2; the slope given is that of the straight line nearest to the points (least squares).
"""
import json
import math
import pathlib
import statistics
import subprocess
import sys

from compare import BUILD_RNN, PYTHON, RNN, ROOT, install, measure, processor

# What varies, its values, what stays, and the power of it that the cost should grow with.
SERIES = [
    ("time", [32 << i for i in range(6)], {"hidden": 256, "batch": 32, "vocabulary": 96}, 1),
    ("batch", [32 << i for i in range(6)], {"hidden": 256, "time": 32, "vocabulary": 96}, 1),
    ("vocabulary", [2000 << i for i in range(6)], {"hidden": 128, "embedding": 16, "batch": 32, "time": 32}, 1),
    ("hidden", [64 << i for i in range(6)], {"batch": 64, "time": 32, "vocabulary": 96}, 2),
]
ROUNDS = 3


def milliseconds(sizes):
    options = [word for name, value in sizes.items() for word in (f"--{name}", value)]
    command = [RNN, "bench", "train", "--cell", "lstm", "--layers", 1, *options, "--seconds", 1, "--json"]
    return statistics.median(measure(command)["milliseconds_per_step"] for _ in range(ROUNDS))


def slope(xs, ys):
    xs, ys = [math.log(x) for x in xs], [math.log(y) for y in ys]
    mx, my = statistics.mean(xs), statistics.mean(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def draw(results, path):
    """Runs in the Python that has matplotlib."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "recurrent"
    import matplotlib.pyplot as plot
    figure, axes = plot.subplots(1, len(results), figsize=(13, 3.4), constrained_layout=True)
    for axis, series in zip(axes, results):
        xs, ys, power = series["values"], series["milliseconds"], series["power"]
        axis.loglog(xs, [ys[-1] * (x / xs[-1]) ** power for x in xs], "--", color="0.6", label=f"slope {power}")
        axis.loglog(xs, ys, "o-", color="C0", label=f"measured, slope {series['slope']:.2f}")
        axis.set_xlabel(series["name"])
        axis.set_xticks(xs, [str(x) for x in xs])
        axis.minorticks_off()
        axis.legend(fontsize=8)
    axes[0].set_ylabel("milliseconds per step")
    figure.savefig(path, metadata={"Date": None})


def main():
    if sys.argv[1:2] == ["--draw"]:
        return draw(json.loads(sys.stdin.read()), sys.argv[2])
    install(["matplotlib"], ["matplotlib"])
    subprocess.run(BUILD_RNN, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    results = []
    for name, values, others, power in SERIES:
        times = [milliseconds({**others, name: value}) for value in values]
        results.append({"name": name, "values": values, "others": others, "power": power, "milliseconds": times,
                        "slope": slope(values, times)})
        print(f"{name:10} {values[0]} to {values[-1]}: {times[0]:.2f} to {times[-1]:.1f} ms a step, "
              f"slope {results[-1]['slope']:.2f}", flush=True)
    (ROOT / "docs/scaling.json").write_text(json.dumps({"processor": processor(), "series": results}, indent=1) + "\n")
    subprocess.run([PYTHON, pathlib.Path(__file__), "--draw", ROOT / "docs/scaling.svg"], input=json.dumps(results),
                   text=True, check=True)


if __name__ == "__main__":
    main()
