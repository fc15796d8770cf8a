"""The work of `rnn bench` in PyTorch: the same model, tokens, optimiser and clipping."""
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
        self.output = torch.nn.Linear(shape.hidden, shape.vocabulary)

    def forward(self, ids, state):
        """ids: [time, batch]"""
        x = self.embedding(ids) if self.embedding else F.one_hot(ids, self.vocabulary).float()
        hidden, state = self.rnn(x, state)
        return self.output(hidden), state


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
    inputs, targets = tokens[:-1], tokens[1:].flatten()
    state = None

    def step():
        nonlocal state
        logits, state = model(inputs, state)
        loss = F.cross_entropy(logits.flatten(0, 1), targets)
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
