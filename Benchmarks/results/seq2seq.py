#!/usr/bin/env python3
"""Runs the experiments of docs/results.md with models that read one sequence and write another: trains, evaluates, and
prints each command.

    Benchmarks/results/seq2seq.py g2p                 pronunciations of words: PER and WER, with a beam of 5 and without
    Benchmarks/results/seq2seq.py translation         German to English: BLEU, chrF and the time of training
    Benchmarks/results/seq2seq.py translation-torch   the same model in PyTorch, for as many updates
    Benchmarks/results/seq2seq.py chat                Korean answers to twenty questions, those not in training marked
    Benchmarks/results/seq2seq.py --list

The files are read from seq2seq/ in the folder that RECURRENT_DATA names, or in ../shared/data.
"""
import argparse
import collections
import csv
import hashlib
import json
import pathlib
import re
import subprocess
import sys

import data
import runner
from data import CACHE

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "compare"))
from compare import PACKAGES, PYTHON, install  # noqa: E402

G2P = ["--source-tokenizer", "char", "--target-tokenizer", "word", "--minimum-count", 1, "--hidden", 512, "--layers", 2,
       "--embedding", 64, "--dropout", 0.3, "--label-smoothing", 0.1, "--batch", 128, "--rate", 0.002, "--epochs", 14,
       "--validation", 0.01, "--precision", "bfloat16"]
TRANSLATION = ["--tokenizer", "word", "--minimum-count", 2, "--hidden", 256, "--embedding", 256, "--dropout", 0.3,
               "--batch", 64, "--rate", 0.002, "--epochs", 4, "--initialisation", "standard"]
CHAT = ["--source-column", "Q", "--target-column", "A", "--tokenizer", "bpe", "--vocabulary-size", 4000, "--hidden", 256,
        "--embedding", 128, "--dropout", 0.3, "--batch", 64, "--rate", 0.002, "--epochs", 12]


def tables(name, rows, is_test):
    """Pairs as two tables without a header, those of which `is_test` says so in the second."""
    paths = [CACHE / f"{name}-{part}.tsv" for part in ("train", "test")]
    CACHE.mkdir(parents=True, exist_ok=True)
    for path, wanted in zip(paths, (False, True)):
        path.write_text("".join(f"{source}\t{target}\n" for source, target in rows if is_test(source) == wanted))
    return paths


def g2p():
    """Words of CMUdict and their phonemes, with stress; words whose SHA-256 begins with a byte under 26 are for the test."""
    rows = []
    for line in data.given("seq2seq/cmudict.dict").read_text(encoding="utf-8").splitlines():
        word, *phonemes = line.split("#")[0].split()
        rows.append((word.split("(")[0], " ".join(phonemes)))
    training, test = tables("g2p", rows, lambda word: hashlib.sha256(word.encode()).digest()[0] < 26)
    folder, seconds, memory = runner.train("seq2seq", "g2p", training, *G2P)
    for beam in (5, 1):
        result = runner.evaluate(folder, test, "--alternatives", "--beam", beam)
        print(f"beam {beam}: WER {100 * (1 - result['exact']):.2f} %, PER {100 * result['token_error_rate']:.2f} % of "
              f"{result['count']} words", flush=True)
    print(f"without stress: WER {100 * without_stress(folder, rows, test):.2f} %")
    print(f"{seconds:.0f} seconds of training, {memory:.0f} MiB")


def without_stress(folder, rows, test):
    """The part of the words that are wrong where AH0, AH1 and AH2 are one phoneme, as most publications have it."""
    right = collections.defaultdict(set)
    for word, phonemes in rows:
        right[word].add(re.sub("[0-9]", "", phonemes))
    words = sorted({line.split("\t")[0] for line in test.read_text().splitlines()})
    path = CACHE / "g2p-words.txt"
    path.write_text("".join(word + "\n" for word in words))
    answers = runner.rnn("predict", folder, path, "--plain")[0].splitlines()
    return sum(re.sub("[0-9]", "", answer) not in right[word] for word, answer in zip(words, answers)) / len(words)


def multi30k(part, language):
    return data.given(f"seq2seq/multi30k-{part}.{language}")


def translation():
    files = {part: [multi30k(part, language) for language in ("de", "en")] for part in ("train", "val", "test2016")}
    folder, seconds, memory = runner.train(
        "seq2seq", "translation", "--source", files["train"][0], "--target", files["train"][1], "--validation",
        f"{files['val'][0]},{files['val'][1]}", *TRANSLATION)
    for beam in (5, 1):
        result = runner.evaluate(
            folder, "--source", files["test2016"][0], "--target", files["test2016"][1], "--beam", beam)
        print(f"beam {beam}: BLEU {result['bleu']:.2f}, chrF {result['chrf']:.2f}", flush=True)
    records = [json.loads(line) for line in (folder / "training/metrics.jsonl").read_text().splitlines()]
    best = min((r["validation_loss"], r["epoch"]) for r in records if "validation_loss" in r)
    print(f"{records[-1]['step']} updates in {records[-1]['seconds']:.0f} seconds ({seconds:.0f} with reading), "
          f"{memory:.0f} MiB; lowest validation loss {best[0]:.4f} in epoch {best[1]:.0f}")


def translation_torch():
    install(["torch", "sacrebleu"], [*PACKAGES, "sacrebleu"])
    options = dict(zip(TRANSLATION[::2], TRANSLATION[1::2]))
    chosen = [part for name in ("hidden", "embedding", "dropout", "batch", "rate", "epochs")
              for part in (f"--{name}", options[f"--{name}"])]
    command = [PYTHON, HERE / "torch_seq2seq.py",
               *(multi30k(part, language) for part in ("train", "val", "test2016") for language in ("de", "en")), *chosen]
    subprocess.run([str(part) for part in command], check=True)


def chat():
    """Half of the questions are of the training table, half are changed so that none of it is like them."""
    table = data.given("seq2seq/korean-chatbot.csv")
    folder, seconds, _ = runner.train("seq2seq", "chat", table, *CHAT)
    with open(table, newline="", encoding="utf-8") as file:
        known = {row["Q"].strip() for row in csv.DictReader(file)}
    questions = (HERE / "questions-ko.txt").read_text(encoding="utf-8").split("\n")[:-1]
    path = CACHE / "questions-ko.txt"
    path.write_text("\n".join(questions) + "\n", encoding="utf-8")
    answers = runner.rnn("predict", folder, path, "--plain", "--block-ngrams", 3)[0].splitlines()
    for question, answer in zip(questions, answers):
        print(f"| {question} | {answer} | {'' if question in known else 'unseen'} |")
    print(f"{seconds:.0f} seconds of training")


EXPERIMENTS = {"g2p": g2p, "translation": translation, "translation-torch": translation_torch, "chat": chat}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", nargs="?", choices=EXPERIMENTS)
    parser.add_argument("--list", action="store_true", help="the names of the experiments")
    options = parser.parse_args()
    if options.list or not options.experiment:
        sys.exit(print("\n".join(EXPERIMENTS)))
    runner.build()
    EXPERIMENTS[options.experiment]()
