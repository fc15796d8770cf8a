#!/usr/bin/env python3
"""Runs the experiments of docs/results.md with classifiers: trains, evaluates, and prints each command.

    Benchmarks/results/classification.py sms                  an experiment with its five seeds
    Benchmarks/results/classification.py reviews-from --runs 0,1    some of its seeds or folds
    Benchmarks/results/classification.py --list

The data of those that are not downloaded is read from the folder that RECURRENT_DATA names.
"""
import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time

import data
from data import CACHE, ROOT

RNN = ROOT / ".build/release/rnn"
TEXT = ["--text", "text", "--label", "label"]


def rnn(*arguments):
    command = ["rnn", *map(str, arguments)]
    print("  " + " ".join(command).replace(str(CACHE), ".build-data"), flush=True)
    run = subprocess.run([RNN, *command[1:]], stdout=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(run.returncode)
    return run.stdout


def language_model(table):
    """A language model of the texts of a table, trained once."""
    folder = CACHE / "models" / f"{table.stem}-lm"
    if not (folder / "model.safetensors").exists():
        rnn("train", "lm", data.text_of(table), "--tokenizer", "word", "--vocabulary-size", 30_000, "--softmax", "adaptive",
            "--embedding", 256, "--hidden", 512, "--layers", 1, "--dropout", 0.2, "--batch", 32, "--window", 70,
            "--epochs", 3, "--quiet", "--out", folder)
    return folder


def classifier(name, run, parts, options, columns=TEXT, seed=None):
    folder = CACHE / "models" / f"{name}-{run}"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.monotonic()
    rnn("train", "classifier", parts[0], *columns, *options, "--seed", run if seed is None else seed, "--quiet", "--out",
        folder)
    seconds = time.monotonic() - start
    return {**json.loads(rnn("evaluate", folder, parts[1], *columns, "--json")), "seconds": seconds}


SMS_BEST = ["--tokenizer", "char", "--embedding", 64, "--hidden", 128, "--dropout", 0.3, "--epochs", 25]
IMDB = ["--epochs", 4, "--maximum-length", 400]
IMDB_FROM = ["--epochs", 4, "--maximum-length", 400]

# Name, what it is of, its runs, and what a run is.
EXPERIMENTS = {
    "sms": (range(1, 6), lambda seed: classifier("sms", seed, data.sms(), [])),
    "sms-best": (range(1, 6), lambda seed: classifier("sms-best", seed, data.sms(), SMS_BEST)),
    "imdb": ([1], lambda seed: classifier("imdb", seed, data.imdb(), IMDB)),
    "imdb-from": ([1], lambda seed: classifier(
        "imdb-from", seed, data.imdb(), ["--from", language_model(data.imdb()[0]), *IMDB_FROM])),
    "reviews": (range(10), lambda fold: classifier("reviews", fold, data.reviews(fold), [], seed=1)),
    "reviews-from": (range(10), lambda fold: classifier(
        "reviews-from", fold, data.reviews(fold), ["--from", language_model(data.imdb()[0])], seed=1)),
    "vowels": (range(1, 6), lambda seed: classifier(
        "vowels", seed, data.vowels(), ["--epochs", 60, "--validation", 0], columns=[])),
    "fashion": ([1], lambda seed: classifier("fashion", seed, data.fashion(), [], columns=[])),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", choices=EXPERIMENTS)
    parser.add_argument("--runs", help="seeds or folds, separated by commas")
    parser.add_argument("--list", action="store_true", help="the names of the experiments")
    options = parser.parse_args()
    if options.list or not options.experiment:
        sys.exit(print("\n".join(EXPERIMENTS)))
    runs, experiment = EXPERIMENTS[options.experiment]
    if options.runs:
        runs = [int(run) for run in options.runs.split(",")]
    subprocess.run(["swift", "build", "-c", "release", "--product", "rnn"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    results = []
    for run in runs:
        result = experiment(run)
        scores = {"accuracy": result["accuracy"], "f1_macro": result["f1_macro"], "mcc": result["mcc"],
                  **{f"f1 {label}": scores["f1"] for label, scores in result["per_class"].items()
                     if len(result["per_class"]) == 2}, "seconds": result["seconds"]}
        print(run, "  ".join(f"{name} {value:.4f}" for name, value in scores.items()), flush=True)
        results.append(scores)
    if len(results) > 1:
        for name in results[0]:
            values = [result[name] for result in results]
            print(f"{name}: mean {statistics.mean(values):.4f}, standard deviation {statistics.stdev(values):.4f}, "
                  f"{min(values):.4f} to {max(values):.4f}")


if __name__ == "__main__":
    main()
