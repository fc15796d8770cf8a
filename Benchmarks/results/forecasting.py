#!/usr/bin/env python3
"""Runs the experiments of docs/results.md with forecasters: trains, evaluates, and prints each command and verdict.

    Benchmarks/results/forecasting.py etth1                   an experiment with its seeds
    Benchmarks/results/forecasting.py random-walk --runs 1,2   some of its seeds
    Benchmarks/results/forecasting.py --list

The tables of NCSoft and ETTh1 are read from forecasting/ in the folder that RECURRENT_DATA names, or in ../shared/data;
the series whose right answer is known are made here.
"""
import math
import random

import data
import runner


def etth1():
    """The oil temperature of ETTh1 (Zhou et al. 2021), its standard split: 8,640 hours to train, 2,880 to choose the epoch
    by and 2,880 for the test."""
    with open(data.given("forecasting/ETTh1.csv"), encoding="utf-8") as file:
        header, *rows = [line.rstrip("\n").split(",") for line in file]
    place = header.index("OT")
    return data.write("etth1.csv", ["date", "OT"], [(row[0], row[place]) for row in rows[:14_400]])


def made(name, seed, value, count=600):
    draw = random.Random(seed)
    rows, state = [], 0.0
    for step in range(count):
        state = value(step, state, draw)
        rows.append((step, state))
    return data.write(f"{name}-{seed}.csv", ["step", "value"], rows)


def forecaster(name, seed, table, options):
    folder, seconds, _ = runner.train("forecaster", f"{name}-{seed}", table, *options, "--seed", seed)
    result = runner.evaluate(folder, table)
    print("  " + result["verdict"])
    for baseline, own in result["baselines"].items():
        print(f"    {baseline}: MSE {own['mse_scaled']:.4f}, MAE {own['mae']:.4f}, CRPS {own['crps']:.4f}; {own['verdict']}")
    return {**result, "seconds": seconds}


NCSOFT = ["--time", "date", "--target", "stock_price", "--features", "num_search", "--window", 5, "--horizon", 4]
ETTH1 = ["--time", "date", "--target", "OT", "--window", 96, "--horizon", 24, "--validation", 2880, "--test", 2880]
MADE = ["--time", "step", "--target", "value", "--window", 24, "--horizon", 6]

# Name, seeds, table of a seed, and options.
RUNS = {
    "ncsoft": (range(1, 6), lambda seed: data.given("forecasting/ncsoft.csv"), NCSOFT),
    "ncsoft-feed-forward": (
        range(1, 6), lambda seed: data.given("forecasting/ncsoft.csv"), [*NCSOFT, "--model", "feed-forward"]),
    "etth1": (range(1, 4), lambda seed: etth1(), ETTH1),
    "etth1-feed-forward": (range(1, 4), lambda seed: etth1(), [*ETTH1, "--model", "feed-forward"]),
    "etth1-autoregressive": (range(1, 2), lambda seed: etth1(), [*ETTH1, "--model", "autoregressive"]),
    "sine": (range(1, 4), lambda seed: made(
        "sine", seed, lambda step, _, draw: math.sin(step * math.tau / 25) + draw.gauss(0, 0.1)), [*MADE, "--season", 25]),
    "trend": (range(1, 4), lambda seed: made(
        "trend", seed, lambda step, _, draw: 10 + 0.5 * step + draw.gauss(0, 1)), MADE),
    "random-walk": (range(1, 11), lambda seed: made(
        "random-walk", seed, lambda step, before, draw: before + draw.gauss(0, 1)), MADE),
}
EXPERIMENTS = {
    name: (seeds, lambda seed, name=name, table=table, options=options: forecaster(name, seed, table(seed), options))
    for name, (seeds, table, options) in RUNS.items()}


def scores(result):
    names = ["mae", "rmse", "mse_scaled", "smape", "mase", "crps", "coverage"]
    return {**{name: result[name] for name in names}, "seconds": result["seconds"]}


if __name__ == "__main__":
    runner.main(__doc__, EXPERIMENTS, scores)
