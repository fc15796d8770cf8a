#!/usr/bin/env python3
"""The model that `rnn train seq2seq --attention general` trains, in PyTorch: bidirectional LSTM encoder, bridge, LSTM decoder,
general attention, the attentional vector, as many updates. Prints a line of JSON: seconds of training, BLEU and chrF.

    torch_seq2seq.py TRAIN.de TRAIN.en VAL.de VAL.en TEST.de TEST.en --hidden 256 --embedding 256

Words that occur twice at least, batches of similar length, Adam, warm-up of 100 steps and a cosine, clipping at norm 1, the
epoch with the lowest validation loss. Outputs by beam search with the length normalised, as `rnn evaluate` does it.
"""
import argparse
import collections
import copy
import json
import math
import pathlib
import random
import time

import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from torch_training import by_length, shuffled

UNKNOWN = 0


class Vocabulary:
    def __init__(self, lines, least):
        counts = collections.Counter(word for line in lines for word in line)
        self.words = ["<unk>"] + sorted((word for word in counts if counts[word] >= least), key=lambda word: (-counts[word], word))
        self.ids = {word: index for index, word in enumerate(self.words)}
        self.end, self.start = len(self.words), len(self.words) + 1

    def __len__(self):
        return len(self.words) + 2

    def encode(self, line):
        return [self.ids.get(word, UNKNOWN) for word in line]


class Model(torch.nn.Module):
    def __init__(self, sources, targets, a):
        super().__init__()
        half = a.hidden // 2
        self.source = torch.nn.Embedding(sources, a.embedding)
        self.target = torch.nn.Embedding(targets, a.embedding)
        self.encoder = torch.nn.LSTM(a.embedding, half, batch_first=True, bidirectional=True)
        self.bridge = torch.nn.ModuleList(torch.nn.Linear(a.hidden, a.hidden) for _ in range(2))
        self.decoder = torch.nn.LSTM(a.embedding, a.hidden, batch_first=True)
        self.query = torch.nn.Linear(a.hidden, a.hidden, bias=False)
        self.combination = torch.nn.Linear(2 * a.hidden, a.hidden)
        self.output = torch.nn.Linear(a.hidden, targets)
        self.drop = torch.nn.Dropout(a.dropout)

    def encode(self, sources):
        lengths = torch.tensor([len(source) for source in sources])
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(source) for source in sources], batch_first=True)
        packed = pack_padded_sequence(self.drop(self.source(padded)), lengths, batch_first=True, enforce_sorted=False)
        packed, state = self.encoder(packed)
        steps = pad_packed_sequence(packed, batch_first=True)[0]
        mask = torch.arange(steps.shape[1]) >= lengths[:, None]
        return steps, mask, tuple(torch.tanh(layer(torch.cat(tuple(part), 1)))[None] for layer, part in zip(self.bridge, state))

    def decode(self, inputs, steps, mask, state):
        """inputs [batch, time]; the logits of the next words, and the state."""
        states, state = self.decoder(self.drop(self.target(inputs)), state)
        scores = self.query(states) @ steps.transpose(1, 2)
        weights = scores.masked_fill(mask[:, None], -math.inf).softmax(-1)
        vectors = torch.tanh(self.combination(torch.cat([weights @ steps, states], -1)))
        return self.output(self.drop(vectors)), state

    def loss(self, pairs, vocabulary):
        steps, mask, state = self.encode([source for source, _ in pairs])
        inputs = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor([vocabulary.start] + target) for _, target in pairs], batch_first=True)
        targets = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(target + [vocabulary.end]) for _, target in pairs], batch_first=True, padding_value=-1)
        logits, _ = self.decode(inputs, steps, mask, state)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1), int((targets >= 0).sum())

    def search(self, source, vocabulary, beam, most=200):
        """The words of the best output by log p / ((5 + tokens) / 6)."""
        steps, mask, state = self.encode([source])
        live, finished = [(0.0, [])], []
        words = torch.tensor([[vocabulary.start]])
        for length in range(most + 1):
            count = len(live)
            logits, state = self.decode(words, steps.expand(count, -1, -1), mask.expand(count, -1), state)
            logs = logits[:, 0].log_softmax(-1)
            logs[:, [UNKNOWN, vocabulary.start]] = -math.inf
            total = logs + torch.tensor([score for score, _ in live])[:, None]
            values, places = total.flatten().topk(2 * beam)
            following, parents = [], []
            for rank, (value, place) in enumerate(zip(values.tolist(), places.tolist())):
                parent, word = divmod(place, len(vocabulary))
                if word == vocabulary.end:
                    if rank < beam:
                        finished.append((value / ((5 + length + 1) / 6), live[parent][1]))
                elif length == most:
                    if rank < beam:
                        finished.append((live[parent][0] / ((5 + length) / 6), live[parent][1]))
                elif len(following) < beam:
                    following.append((value, live[parent][1] + [word]))
                    parents.append(parent)
            live = following
            if not live or len(finished) >= beam or finished and live[0][0] / ((5 + most + 1) / 6) <= max(finished)[0]:
                break
            words = torch.tensor([[words[-1]] for _, words in live])
            state = tuple(part[:, parents] for part in state)
        return [vocabulary.words[word] for word in max(finished)[1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs=6)
    for name, value in {"hidden": 256, "embedding": 256, "dropout": 0.3, "batch": 64, "rate": 0.002, "epochs": 8, "threads": 2,
                        "seed": 1, "steps": 0}.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    a = parser.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    drawn = random.Random(a.seed)
    lines = [[line.split() for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()] for path in a.files]
    source, target = Vocabulary(lines[0], 2), Vocabulary(lines[1], 2)

    def pairs(sources, targets):
        return [(source.encode(one) + [source.end], target.encode(other)) for one, other in zip(sources, targets)]

    def length(pair):
        return len(pair[0]) + len(pair[1])

    training, validation = pairs(lines[0], lines[1]), pairs(lines[2], lines[3])
    model = Model(len(source), len(target), a)
    optimizer = torch.optim.Adam(model.parameters(), lr=a.rate, fused=True)
    total, step, best, kept = a.epochs * math.ceil(len(training) / a.batch), 0, math.inf, None
    start, processor = time.perf_counter(), time.process_time()
    for epoch in range(a.epochs):
        for batch in shuffled(training, a.batch, drawn, length):
            for group in optimizer.param_groups:
                group["lr"] = a.rate * ((step + 1) / 100 if step < 100 else
                                        0.5 * (1 + math.cos(math.pi * (step - 100) / max(1, total - 100))))
            optimizer.zero_grad(set_to_none=True)
            loss, _ = model.loss(batch, target)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()
            step += 1
            if step == a.steps:  # to measure speed alone
                return print(json.dumps({"seconds": time.perf_counter() - start, "updates": step,
                                         "processor_seconds": time.process_time() - processor}))
        model.eval()
        with torch.inference_mode():
            losses = [model.loss(batch, target) for batch in by_length(validation, 64, length)]
        model.train()
        mean = sum(loss.item() * count for loss, count in losses) / sum(count for _, count in losses)
        if mean < best:
            best, kept = mean, copy.deepcopy(model.state_dict())
    seconds = time.perf_counter() - start
    model.load_state_dict(kept)
    model.eval()
    result = {"seconds": seconds, "updates": step, "parameters": sum(p.numel() for p in model.parameters()),
              "validation_loss": best}
    import sacrebleu  # not needed to measure speed

    references = [pathlib.Path(a.files[5]).read_text(encoding="utf-8").splitlines()]
    with torch.inference_mode():
        for beam in (1, 5):
            outputs = [" ".join(model.search(source.encode(line) + [source.end], target, beam)) for line in lines[4]]
            result[f"bleu_{beam}"] = sacrebleu.corpus_bleu(outputs, references).score
            result[f"chrf_{beam}"] = sacrebleu.corpus_chrf(outputs, references).score
    print(json.dumps(result))


if __name__ == "__main__":
    main()
