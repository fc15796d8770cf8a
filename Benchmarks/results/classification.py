#!/usr/bin/env python3
"""Runs the experiments of docs/results.md with classifiers: trains, evaluates, and prints each command.

    Benchmarks/results/classification.py sms                  an experiment with its five seeds
    Benchmarks/results/classification.py reviews-from --runs 0,1    some of its seeds or folds
    Benchmarks/results/classification.py --list

The data of those that are not downloaded is read from the folder that RECURRENT_DATA names.
"""
import data
import runner
from data import CACHE
from runner import rnn

TEXT = ["--text", "text", "--label", "label"]


def language_model():
    """A language model of the training texts of IMDB without their labels, trained once."""
    folder = CACHE / "models/imdb-lm"
    if not (folder / "model.safetensors").exists():
        rnn("train", "lm", data.text_of(data.words_apart(data.imdb()[0])), "--tokenizer", "word", "--vocabulary-size", 30_000,
            "--softmax", "adaptive", "--embedding", 256, "--hidden", 512, "--layers", 1, "--dropout", 0.25, "--batch", 32,
            "--window", 70, "--epochs", 4, "--initialisation", "uniform:0.05", "--validation", 0.03,
            "--precision", "bfloat16", "--quiet", "--out", folder)
    return folder


def classifier(name, run, parts, options, columns=TEXT, seed=None):
    folder, seconds, _ = runner.train(
        "classifier", f"{name}-{run}", parts[0], *columns, *options, "--seed", run if seed is None else seed)
    return {**runner.evaluate(folder, parts[1], *columns), "seconds": seconds}


SMS_BEST = ["--validation", 0, "--epochs", 10, "--minimum-count", 1, "--token-dropout", 0.05]
IMDB = ["--epochs", 6, "--maximum-length", 400, "--initialisation", "uniform:0.05", "--precision", "bfloat16"]
IMDB_FROM = ["--epochs", 3, "--maximum-length", 400, "--pooling", "concat", "--unfreeze", "at-once", "--layer-decay", 1.3,
             "--dropout", 0.4, "--precision", "bfloat16"]
REVIEWS_FROM = ["--epochs", 4, "--batch", 16, "--maximum-length", 800, "--pooling", "concat", "--unfreeze", "at-once",
                "--layer-decay", 1.3, "--dropout", 0.4, "--precision", "bfloat16"]
REVIEWS = ["--epochs", 10, "--maximum-length", 800, "--initialisation", "uniform:0.05", "--precision", "bfloat16"]

# Name, what it is of, its runs, and what a run is.
EXPERIMENTS = {
    "sms": (range(1, 6), lambda seed: classifier("sms", seed, data.sms(), [])),
    "sms-best": (range(1, 6), lambda seed: classifier("sms-best", seed, data.sms(), SMS_BEST)),
    "imdb": ([1], lambda seed: classifier("imdb", seed, data.imdb(), IMDB)),
    "imdb-from": ([1], lambda seed: classifier(
        "imdb-from", seed, tuple(map(data.words_apart, data.imdb())), ["--from", language_model(), *IMDB_FROM])),
    "reviews": (range(10), lambda fold: classifier("reviews", fold, data.reviews(fold), REVIEWS, seed=1)),
    "reviews-from": (range(10), lambda fold: classifier(
        "reviews-from", fold, data.reviews(fold), ["--from", language_model(), *REVIEWS_FROM], seed=1)),
    "vowels": (range(1, 6), lambda seed: classifier(
        "vowels", seed, data.vowels(), ["--epochs", 60, "--validation", 0], columns=[])),
    "fashion": ([1], lambda seed: classifier("fashion", seed, data.fashion(), [], columns=[])),
}


def scores(result):
    classes = result["per_class"].items() if len(result["per_class"]) == 2 else []
    return {"accuracy": result["accuracy"], "f1_macro": result["f1_macro"], "mcc": result["mcc"],
            **{f"f1 {label}": scores["f1"] for label, scores in classes}, "seconds": result["seconds"]}


if __name__ == "__main__":
    runner.main(__doc__, EXPERIMENTS, scores)
