#!/usr/bin/env python3
"""Runs the experiments of docs/results.md with taggers: trains, evaluates, and prints each command.

    Benchmarks/results/tagging.py crf                 an experiment with its three seeds
    Benchmarks/results/tagging.py softmax --runs 1    some of its seeds
    Benchmarks/results/tagging.py --list

The names in Spanish news of CoNLL-2002 (Tjong Kim Sang 2002): trained on train, the best epoch chosen on testa, evaluated
on testb. The files are read from tagging/ in the folder that RECURRENT_DATA names, or in ../shared/data.
"""
import data
import runner


def tagger(name, seed, options):
    training, validation, test = data.conll2002()
    folder, seconds, _ = runner.train(
        "tagger", f"{name}-{seed}", training, "--validation", validation, *options, "--seed", seed)
    return {**runner.evaluate(folder, test), "seconds": seconds}


# Name and options.
OPTIONS = {
    "crf": [],
    "softmax": ["--output", "softmax"],
}
EXPERIMENTS = {name: (range(1, 4), lambda seed, name=name, options=options: tagger(name, seed, options))
               for name, options in OPTIONS.items()}


def scores(result):
    return {"f1": result["f1"], "precision": result["precision"], "recall": result["recall"],
            "token accuracy": result["token_accuracy"],
            **{f"f1 {kind}": scores["f1"] for kind, scores in result["per_type"].items()}, "seconds": result["seconds"]}


if __name__ == "__main__":
    runner.main(__doc__, EXPERIMENTS, scores)
