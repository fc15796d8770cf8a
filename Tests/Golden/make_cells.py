"""Makes cells.safetensors: outputs, final states and gradients of torch.nn.RNN, LSTM and GRU.

    python make_cells.py

Each case has a name such as `lstm.2.bi.lengths.given` (cell, layers, directions, full or varied lengths, zero or given
initial states). Under `NAME/` stand the parameters by PyTorch's names; `x`, `lengths`, `h0`, `c0`; `y`, `hn`, `cn`; and
under `grad/` the gradients of

    loss = sum(y * wy) + sum(hn * wh) + sum(cn * wc)

with respect to all of these. Padded steps of x hold noise, which no result may depend on.
"""
import itertools
import pathlib

import torch
from safetensors.torch import save_file

CELLS = {
    "elman": lambda **k: torch.nn.RNN(nonlinearity="tanh", **k),
    "elman-relu": lambda **k: torch.nn.RNN(nonlinearity="relu", **k),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}


class SigmoidRNN(torch.nn.Module):
    """torch.nn.RNN with a sigmoid, which PyTorch lacks: forward direction, full lengths."""

    def __init__(self, input_size, hidden_size, num_layers, **_):
        super().__init__()
        like = torch.nn.RNN(input_size, hidden_size, num_layers)
        self.layers = num_layers
        for name, value in like.named_parameters():
            self.register_parameter(name, torch.nn.Parameter(value.detach().clone()))

    def forward(self, x, h0):
        final = []
        for layer in range(self.layers):
            w = {k: getattr(self, f"{k}_l{layer}") for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
            h, outputs = h0[layer], []
            for t in range(x.shape[1]):
                h = torch.sigmoid(x[:, t] @ w["weight_ih"].T + w["bias_ih"] + h @ w["weight_hh"].T + w["bias_hh"])
                outputs.append(h)
            x = torch.stack(outputs, 1)
            final.append(h)
        return x, torch.stack(final)


def run(cell, rnn, x, lengths, states):
    """Outputs `[batch, time, directions * hidden]`, zero at padded steps, and the final states."""
    state = states if cell == "lstm" else states[0]
    if lengths is None:
        y, final = rnn(x, state)
    else:
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, final = rnn(packed, state)
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
    return y, final if cell == "lstm" else (final,)


def make(tensors, name, cell, layers, bidirectional, varied, given, batch, time, inputs, hidden):
    torch.manual_seed(abs(hash_of(name)))
    kind = SigmoidRNN if cell == "elman-sigmoid" else CELLS[cell]
    rnn = kind(
        input_size=inputs, hidden_size=hidden, num_layers=layers, bidirectional=bidirectional, batch_first=True)
    directions = 2 if bidirectional else 1
    x = torch.randn(batch, time, inputs, requires_grad=True)
    lengths = torch.tensor([1 + (time // 2 + 2 * b) % time for b in range(batch)]) if varied else None
    make_state = torch.randn if given else torch.zeros
    states = [make_state(layers * directions, batch, hidden).requires_grad_() for _ in range(1 + (cell == "lstm"))]
    y, final = run(cell, rnn, x, lengths, tuple(states))
    weights = [torch.randn_like(value) for value in (y, *final)]
    sum((value * weight).sum() for value, weight in zip((y, *final), weights)).backward()

    entries = {"x": x, "y": y, "wy": weights[0], "grad/x": x.grad}
    if lengths is not None:
        entries["lengths"] = lengths.int()
    for key, state, last, weight in zip("hc", states, final, weights[1:]):
        entries |= {f"{key}0": state, f"{key}n": last, f"w{key}": weight, f"grad/{key}0": state.grad}
    for key, value in rnn.named_parameters():
        entries |= {key: value, f"grad/{key}": value.grad}
    tensors |= {f"{name}/{key}": value.detach().contiguous() for key, value in entries.items()}


def hash_of(name):
    """A seed that is the same in every run of Python."""
    return sum(ord(c) * 31**i for i, c in enumerate(name)) % 2**31


def main():
    torch.set_num_threads(1)
    tensors = {}
    for cell, layers, direction, length, start in itertools.product(
            CELLS, (1, 2, 3), ("uni", "bi"), ("full", "lengths"), ("zero", "given")):
        name = f"{cell}.{layers}.{direction}.{length}.{start}"
        make(tensors, name, cell, layers, direction == "bi", length == "lengths", start == "given", 3, 5, 4, 3)
    for cell in CELLS:
        make(tensors, f"{cell}.2.bi.lengths.given.wide", cell, 2, True, True, True, 5, 7, 19, 21)
    for layers in (1, 2):
        make(tensors, f"elman-sigmoid.{layers}.uni.full.given", "elman-sigmoid", layers, False, False, True, 3, 5, 4, 3)
    save_file(tensors, pathlib.Path(__file__).with_name("cells.safetensors"), metadata={"torch": torch.__version__})


if __name__ == "__main__":
    main()
