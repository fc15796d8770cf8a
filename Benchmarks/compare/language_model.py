"""Trains in PyTorch the language model that `rnn train lm` trains, to compare loss and time.

    python language_model.py --text FILE [--steps N ...]

Same text, vocabulary, streams, windows, initialisation, optimiser, clipping and schedule as `rnn train lm`; only the
random numbers differ. Prints one JSON object.
"""
import argparse
import json
import math
import time

import torch
import torch.nn.functional as F


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--text", required=True)
    p.add_argument("--cell", choices=["lstm", "gru", "elman"], default="lstm")
    p.add_argument("--hidden", type=int, default=256)
    p.add_argument("--layers", type=int, default=2)
    p.add_argument("--embedding", type=int, default=0, help="0 for one-hot input")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--window", type=int, default=100)
    p.add_argument("--steps", type=int, required=True)
    p.add_argument("--rate", type=float, default=0.002)
    p.add_argument("--warmup", type=int, default=100, help="steps of the cosine schedule's warm-up")
    p.add_argument("--clip", type=float, default=1.0)
    p.add_argument("--dropout", type=float, default=0.0)
    p.add_argument("--threads", type=int, default=torch.get_num_threads())
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--evaluation-streams", type=int, default=32)
    return p.parse_args()


class LanguageModel(torch.nn.Module):
    def __init__(self, vocabulary, a):
        super().__init__()
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[a.cell]
        self.vocabulary = vocabulary
        self.embedding = torch.nn.Embedding(vocabulary, a.embedding) if a.embedding else None
        self.rnn = kind(a.embedding or vocabulary, a.hidden, a.layers, batch_first=True, dropout=a.dropout)
        self.drop = torch.nn.Dropout(a.dropout)
        self.output = torch.nn.Linear(a.hidden, vocabulary)

    def forward(self, ids, state=None):
        x = self.drop(self.embedding(ids)) if self.embedding else F.one_hot(ids, self.vocabulary).float()
        hidden, state = self.rnn(x, state)
        return self.output(self.drop(hidden)), state


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def streams(ids, batch):
    """`[batch, length]` inputs and targets."""
    length = (len(ids) - 1) // batch
    cut = lambda start: ids[start:start + batch * length].view(batch, length)
    return cut(0), cut(1)


@torch.inference_mode()
def evaluate(model, ids, count):
    """Mean cross-entropy over `count` parts read side by side, each with its state carried."""
    model.eval()
    length = len(ids) // count
    rows = ids[:count * length].view(count, length)
    state, total = None, 0.0
    for start in range(0, length - 1, 256):
        piece = rows[:, start:start + 257]
        logits, state = model(piece[:, :-1], state)
        total += F.cross_entropy(logits.flatten(0, 1), piece[:, 1:].flatten(), reduction="sum").item()
    model.train()
    return total / (count * (length - 1))


def rate(a, step):
    if step < a.warmup:
        return a.rate * (step + 1) / a.warmup
    return a.rate * 0.5 * (1 + math.cos(math.pi * (step - a.warmup) / max(1, a.steps - a.warmup)))


def main():
    a = arguments()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    text = open(a.text, encoding="utf-8", newline="").read()
    kinds = {c: i + 1 for i, c in enumerate(sorted(set(text)))}  # 0 is the unknown token
    ids = torch.tensor([kinds[c] for c in text])
    held = math.ceil(len(ids) * 0.1)
    train, validation = ids[:-held], ids[-held:]

    model = LanguageModel(len(kinds) + 1, a)
    optimizer = torch.optim.Adam(model.parameters(), lr=a.rate, fused=True)
    inputs, targets = streams(train, a.batch)
    position, state, losses, start = 0, None, [], time.perf_counter()
    for step in range(a.steps):
        x, y = inputs[:, position:position + a.window], targets[:, position:position + a.window]
        for group in optimizer.param_groups:
            group["lr"] = rate(a, step)
        logits, state = model(x, state)
        state = detached(state)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), a.clip)
        optimizer.step()
        losses.append(loss.item())
        position += a.window
        if position >= inputs.shape[1]:
            position, state = 0, None
    seconds = time.perf_counter() - start
    print(json.dumps({
        "seconds": seconds,
        "tokens_per_second": a.steps * a.batch * a.window / seconds,
        "training_loss": sum(losses[-100:]) / len(losses[-100:]),
        "validation_loss": evaluate(model, validation, a.evaluation_streams),
        "torch": torch.__version__,
        "threads": a.threads,
    }))


if __name__ == "__main__":
    main()
