"""Runs `rnn` for the experiments, and prints what it runs."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from data import CACHE, ROOT

RNN = ROOT / ".build/release/rnn"


def build():
    subprocess.run(["swift", "build", "-c", "release", "--product", "rnn"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def measured(*command):
    """What a command prints, the seconds that it takes and its peak resident memory in MiB."""
    start = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return out, time.monotonic() - start, usage.ru_maxrss / 1024


def rnn(*arguments):
    """As `measured`, of `rnn` with these arguments."""
    shown = " ".join(["rnn", *map(str, arguments)])
    print("  " + shown.replace(str(CACHE), ".build-data").replace(str(ROOT.parent), ".."), flush=True)
    return measured(RNN, *arguments)


def train(task, name, *arguments):
    """Trains a model anew. Returns its folder, the seconds and the peak resident memory in MiB."""
    folder = CACHE / "models" / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder, *rnn("train", task, *arguments, "--quiet", "--out", folder)[1:]


def evaluate(folder, *arguments):
    return json.loads(rnn("evaluate", folder, *arguments, "--json")[0])


def main(description, experiments, scores):
    """The command line of a list of experiments.

    experiments: for each name its runs, and what a run is: a function from the run to the result of an evaluation.
    scores: from such a result to those of its figures that are shown, by name.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", choices=experiments)
    parser.add_argument("--runs", help="seeds or folds, separated by commas")
    parser.add_argument("--list", action="store_true", help="the names of the experiments")
    options = parser.parse_args()
    if options.list or not options.experiment:
        sys.exit(print("\n".join(experiments)))
    runs, experiment = experiments[options.experiment]
    if options.runs:
        runs = [int(run) for run in options.runs.split(",")]
    build()
    results = []
    for run in runs:
        results.append(scores(experiment(run)))
        print(run, "  ".join(f"{name} {value:.4f}" for name, value in results[-1].items()), flush=True)
    if len(results) > 1:
        for name in results[0]:
            values = [result[name] for result in results]
            print(f"{name}: mean {statistics.mean(values):.4f}, standard deviation {statistics.stdev(values):.4f}, "
                  f"{min(values):.4f} to {max(values):.4f}")
