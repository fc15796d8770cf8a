"""The work of `rnn bench` in PyTorch: the same model, tokens, optimiser and clipping."""
import math

import torch
import torch.nn.functional as F

from measure import report
from shapes import peer_arguments


class LanguageModel(torch.nn.Module):
    def __init__(self, shape):
        super().__init__()
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[shape.cell]
        self.vocabulary = shape.vocabulary
        self.embedding = torch.nn.Embedding(shape.vocabulary, shape.embedding) if shape.embedding else None
        self.rnn = kind(shape.embedding or shape.vocabulary, shape.hidden, shape.layers)
        if shape.softmax == "adaptive":
            # As rnn: the words of the first cluster, then those of the tail, through projections a quarter as wide.
            self.output = torch.nn.AdaptiveLogSoftmaxWithLoss(shape.hidden, shape.vocabulary, cutoffs(shape.vocabulary))
        else:
            self.output = torch.nn.Linear(shape.hidden, shape.vocabulary)

    def hidden(self, ids, state):
        """ids: [time, batch]"""
        x = self.embedding(ids) if self.embedding else F.one_hot(ids, self.vocabulary).float()
        return self.rnn(x, state)

    def forward(self, ids, state):
        hidden, state = self.hidden(ids, state)
        return self.output(hidden), state

    def loss(self, ids, targets, state):
        hidden, state = self.hidden(ids, state)
        if isinstance(self.output, torch.nn.AdaptiveLogSoftmaxWithLoss):
            return self.output(hidden.flatten(0, 1), targets).loss, state
        return F.cross_entropy(self.output(hidden).flatten(0, 1), targets), state


def cutoffs(vocabulary):
    """Those of `rnn --softmax adaptive`."""
    ends = [2000]
    while ends[-1] * 10 <= vocabulary:
        ends.append(ends[-1] * 5)
    return ends


class Classifier(torch.nn.Module):
    def __init__(self, shape):
        super().__init__()
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[shape.cell]
        self.embedding = torch.nn.Embedding(shape.vocabulary, shape.embedding)
        self.rnn = kind(shape.embedding, shape.hidden, shape.layers, bidirectional=True)
        self.output = torch.nn.Linear(2 * shape.hidden, 2)

    def forward(self, ids):
        """ids: [time, batch]"""
        hidden, _ = self.rnn(self.embedding(ids))
        return self.output(hidden.amax(0))


def predicted_batch(shape, model):
    ids = torch.randint(shape.vocabulary, (shape.time, shape.batch))

    @torch.inference_mode()
    def step():
        model(ids).tolist()

    return step


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def training_step(shape, model):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    tokens = torch.randint(shape.vocabulary, (shape.time + 1, shape.batch))
    if shape.softmax == "adaptive":
        # The sum of 1 / n up to N is nearly log(N): the logarithm of n is uniform.
        ranks = torch.exp(torch.rand(tokens.shape, dtype=torch.double) * math.log(shape.vocabulary + 1)).long()
        tokens = ranks.clamp(max=shape.vocabulary) - 1
    inputs, targets = tokens[:-1], tokens[1:].flatten()
    state = None

    def step():
        nonlocal state
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=shape.precision == "bfloat16"):
            loss, state = model.loss(inputs, targets, state)
        state = detached(state)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def generated_token(model):
    ids, state = torch.zeros(1, 1, dtype=torch.long), None

    @torch.inference_mode()
    def step():
        nonlocal ids, state
        logits, state = model(ids, state)
        ids = torch.multinomial(torch.softmax(logits[0], -1), 1)

    return step


def main():
    shape, seconds = peer_arguments(__doc__)
    torch.manual_seed(1)
    torch.set_num_threads(shape.threads)
    if shape.work == "predict":
        return report(predicted_batch(shape, Classifier(shape).eval()), shape.batch * shape.time, seconds,
                      torch=torch.__version__)
    model = LanguageModel(shape)
    if shape.work == "train":
        report(training_step(shape, model), shape.batch * shape.time, seconds, torch=torch.__version__)
    else:
        report(generated_token(model.eval()), 1, seconds, torch=torch.__version__)


if __name__ == "__main__":
    main()
