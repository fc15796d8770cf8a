#!/usr/bin/env python3
"""Trains the same models with `rnn` and with PyTorch on this machine, in turn, and prints a table of time, score and memory.

    Benchmarks/results/beside_pytorch.py                        the classifier of messages and the tagger of names
    Benchmarks/results/beside_pytorch.py sms --seeds 1,2,3      one of them, trained three times on each side
    Benchmarks/results/beside_pytorch.py names --epochs 3       for the time of an epoch alone

Both sides have the defaults of `rnn train classifier` and `rnn train tagger`, and read the same files. PyTorch gets the
number of threads, and the way to read sequences of different lengths, with which it is fastest (see torch_training.py).
Seconds are those of training with its validations; reading the files and starting the programs come on top.
"""
import argparse
import itertools
import json
import pathlib
import statistics
import sys

import data
import runner

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "compare"))
from compare import PACKAGES, PYTHON, install  # noqa: E402

TRIAL_STEPS = 40


def sms():
    training, test = data.sms()
    return *data.held_out(training), test


# Title, task, peer, files, the options of `rnn` for them, and the score by its name in `rnn evaluate --json`.
MODELS = {
    "sms": ("SMS spam, classifier", "classifier", "torch_classifier", sms, ["--text", "text", "--label", "label"], "f1_macro"),
    "names": ("CoNLL-2002 Spanish, tagger", "tagger", "torch_tagger", data.conll2002, [], "f1"),
}


def ours(name, seed, epochs):
    _, task, _, files, columns, score = MODELS[name]
    training, validation, test = files()
    options = ["--epochs", epochs] if epochs else []
    folder, _, memory = runner.train(
        task, f"beside-{name}-{seed}", training, "--validation", validation, *columns, *options, "--seed", seed)
    records = [json.loads(line) for line in (folder / "training/metrics.jsonl").read_text().splitlines()]
    validations = [record for record in records if "validation_loss" in record]
    losses = [[r["training_loss"] for r in records if "training_loss" in r and epoch < r["epoch"] <= epoch + 1]
              for epoch in range(len(validations))]
    history = [{**validation, "training_loss": statistics.mean(all)} for validation, all in zip(validations, losses)]
    return {"seconds": records[-1]["seconds"], "epochs": len(history), "memory": memory, "history": history,
            "score": runner.evaluate(folder, test, *columns)[score]}


def peer(name, *options):
    _, _, program, files, _, _ = MODELS[name]
    out, _, memory = runner.measured(PYTHON, HERE / f"{program}.py", *files(), *options)
    return {**json.loads(out), "memory": memory}


def fastest(name):
    """The options with which PyTorch is fastest."""
    ways = [("--threads", threads, "--lstm", way) for threads, way in itertools.product((1, 2), ("packed", "reversed"))]
    times = {way: peer(name, *way, "--steps", TRIAL_STEPS)["seconds"] for way in ways}
    for way, seconds in times.items():
        print(f"  PyTorch, {TRIAL_STEPS} steps, {' '.join(map(str, way))}: {seconds:.1f} s", flush=True)
    return min(times, key=times.get)


def row(title, side, runs):
    """The medians of the runs, and the scores of all."""
    def median(key):
        return statistics.median(map(key, runs))
    seconds, each = median(lambda run: run["seconds"]), median(lambda run: run["seconds"] / run["epochs"])
    scores = ", ".join(f"{run['score']:.4f}" for run in runs)
    return (f"| {title} | {side} | {seconds:.1f} | {median(lambda run: run['epochs']):g} | {each:.2f} | {scores} | "
            f"{median(lambda run: run['memory']):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", choices=MODELS, help="both if none is named")
    parser.add_argument("--seeds", default="1", help="separated by commas")
    parser.add_argument("--epochs", type=int, help="instead of the default, for both sides")
    parser.add_argument("--history", action="store_true", help="losses and scores of each epoch as well")
    a = parser.parse_args()
    install(["torch", "numpy"], PACKAGES[:2])
    runner.build()
    lines = ["| model | side | training, s | epochs | s an epoch | score on the test, each seed | peak memory, MiB |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for name in [a.model] if a.model else MODELS:
        way = fastest(name)
        sides = {"rnn": [], f"PyTorch, {way[3]}, threads: {way[1]}": []}
        for seed in a.seeds.split(","):
            runs = ours(name, seed, a.epochs), peer(name, *way, "--seed", seed, *(["--epochs", a.epochs] if a.epochs else []))
            for (side, all), run in zip(sides.items(), runs):
                all.append(run)
                for epoch, record in enumerate(run["history"] if a.history else [], 1):
                    print(f"  {side}, epoch {epoch}: training loss {record['training_loss']:.4f}, validation loss "
                          f"{record['validation_loss']:.4f}, score {record['validation_score']:.4f}", flush=True)
        lines += [row(MODELS[name][0], side, runs) for side, runs in sides.items()]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
