"""Training in PyTorch as `rnn train` does it: batches by length, Adam, clipping, cosine, and the best epoch kept."""
import argparse
import copy
import itertools
import json
import math
import random
import time

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def arguments(description, files, **defaults):
    parser = argparse.ArgumentParser(description=description)
    for name in files:
        parser.add_argument(name)
    defaults = {"steps": 0, "threads": 1, "seed": 1, "warmup": 0, "patience": 0, "lstm": "packed", **defaults}
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    a = parser.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    a.random = random.Random(a.seed)
    return a


class BidirectionalLSTM(torch.nn.Module):
    """One layer over sequences of given lengths, in the way that is faster on the machine; the results are the same.

    packed: `pack_padded_sequence`, as most do it.
    reversed: a layer for each direction on padded sequences, which oneDNN computes; the backward one reads each sequence
    turned round within its length.
    """

    def __init__(self, inputs, hidden, way):
        super().__init__()
        self.packed = way == "packed"
        if self.packed:
            self.lstm = torch.nn.LSTM(inputs, hidden, batch_first=True, bidirectional=True)
        else:
            self.ahead = torch.nn.LSTM(inputs, hidden, batch_first=True)
            self.back = torch.nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x, lengths):
        """x: [batch, time, inputs]. Returns [batch, time, 2 * hidden], and the final states [batch, 2 * hidden]."""
        if self.packed:
            packed, (final, _) = self.lstm(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
            return pad_packed_sequence(packed, batch_first=True)[0], torch.cat(final.unbind(), 1)
        steps = torch.arange(x.shape[1])
        turned = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
        rows = torch.arange(len(x))
        ahead, back = self.ahead(x)[0], self.back(x[rows[:, None], turned])[0]
        final = torch.cat([ahead[rows, lengths - 1], back[rows, lengths - 1]], 1)
        return torch.cat([ahead, back[rows[:, None], turned]], 2), final


def by_length(items, size, length=len):
    """In the order of length: for evaluation."""
    order = sorted(range(len(items)), key=lambda index: length(items[index]))
    return [[items[index] for index in order[start:start + size]] for start in range(0, len(items), size)]


def shuffled(items, size, random, length=len):
    """Batches of similar length, in random order: lengths are the same if they fall into the same class, an eighth wide."""
    tops = [0]
    while tops[-1] < max(map(length, items)):
        tops.append(tops[-1] + 1 + (tops[-1] + 1) // 8)
    classes = {top: number for number, pair in enumerate(itertools.pairwise([-1, *tops]))
               for top in range(pair[0] + 1, pair[1] + 1)}
    mixed = random.sample(items, len(items))
    batches = by_length(mixed, size, lambda item: classes[length(item)])
    random.shuffle(batches)
    return batches


def train(model, items, loss_of, validate, test, a, length=len):
    """loss_of: from a list of items to a mean loss. validate and test: to the loss and the score of the model."""
    optimizer = torch.optim.Adam(model.parameters(), lr=a.rate, fused=True)
    total = a.epochs * math.ceil(len(items) / a.batch)

    def rate(step):
        if step < a.warmup:
            return a.rate * (step + 1) / a.warmup
        return a.rate * 0.5 * (1 + math.cos(math.pi * (step - a.warmup) / max(1, total - a.warmup)))

    best, kept, since, step, history, start = -1.0, None, 0, 0, [], time.perf_counter()
    for epoch in range(a.epochs):
        losses = []
        for batch in shuffled(items, a.batch, a.random, length):
            for group in optimizer.param_groups:
                group["lr"] = rate(step)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), a.clip)
            optimizer.step()
            losses.append(loss.item())
            step += 1
            if step == a.steps:  # to measure speed alone
                return print(json.dumps({"seconds": time.perf_counter() - start}))
        model.eval()
        with torch.inference_mode():
            validation_loss, score = validate()
        model.train()
        history.append({"epoch": epoch + 1, "training_loss": sum(losses) / len(losses),
                        "validation_loss": validation_loss, "validation_score": score})
        since += 1
        if score > best:
            best, kept, since = score, copy.deepcopy(model.state_dict()), 0
        if a.patience and since >= a.patience:
            break
    seconds = time.perf_counter() - start
    model.load_state_dict(kept)
    model.eval()
    with torch.inference_mode():
        score = test()[1]
    print(json.dumps({"seconds": seconds, "epochs": len(history), "score": score, "history": history}))
