"""Makes layer_options.safetensors: what layers do beside their cells, in PyTorch.

    python make_layer_options.py

Cases: `projection.LAYERS.LENGTHS`, torch.nn.LSTM with proj_size; `norm.CELL`, cells with the two sides of their
pre-activations normalised by torch.nn.functional.layer_norm; `zoneout.CELL`, the mean over zoneout's masks, as in evaluation,
with 0.3 for h and 0.2 for c. Under `NAME/` stand parameters by their names, x, lengths, initial states, results, and under
`grad/` the gradients of

    loss = sum(y * wy) + sum(hn * wh) + sum(cn * wc)

with respect to all of these, as in cells.safetensors.
"""
import pathlib

import torch
from safetensors.torch import save_file

BATCH, TIME, INPUTS, HIDDEN, PROJECTED = 3, 5, 4, 6, 2
GATES = {"lstm": 4, "gru": 3, "elman": 1}


def cell(kind, a, recurrent, states):
    """The next states; a is the input side of all gates, `recurrent` the other one."""
    h, c = states[0], states[-1]
    if kind == "lstm":
        i, f, g, o = (a + recurrent).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return [o.sigmoid() * c.tanh(), c]
    if kind == "gru":
        (ar, az, an), (br, bz, bn) = a.chunk(3, 1), recurrent.chunk(3, 1)
        r, z = (ar + br).sigmoid(), (az + bz).sigmoid()
        return [(1 - z) * (an + r * bn).tanh() + z * h]
    return [(a + recurrent).tanh()]


def by_hand(kind, w, x, states, norm, rates):
    outputs = []
    for t in range(x.shape[1]):
        a, b = x[:, t] @ w["weight_ih_l0"].T, states[0] @ w["weight_hh_l0"].T
        if norm:
            width = [a.shape[1]]
            a = torch.nn.functional.layer_norm(a, width, w["gain_ih_l0"])
            b = torch.nn.functional.layer_norm(b, width, w["gain_hh_l0"])
        new = cell(kind, a + w["bias_ih_l0"], b + w["bias_hh_l0"], states)
        states = [rate * old + (1 - rate) * n for rate, old, n in zip(rates, states, new)]
        outputs.append(states[0])
    return torch.stack(outputs, 1), [s[None] for s in states]


def store(tensors, name, parameters, x, states, y, final, lengths=None):
    weights = [torch.randn_like(v) for v in (y, *final)]
    sum((v * w).sum() for v, w in zip((y, *final), weights)).backward()
    entries = {"x": x, "y": y, "wy": weights[0], "grad/x": x.grad}
    if lengths is not None:
        entries["lengths"] = lengths.int()
    for key, state, last, weight in zip("hc", states, final, weights[1:]):
        entries |= {f"{key}0": state, f"{key}n": last, f"w{key}": weight, f"grad/{key}0": state.grad}
    for key, value in parameters.items():
        entries |= {key: value, f"grad/{key}": value.grad}
    tensors |= {f"{name}/{key}": value.detach().contiguous() for key, value in entries.items()}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(6)
    tensors = {}
    for layers in (1, 2):
        for varied in (False, True):
            rnn = torch.nn.LSTM(INPUTS, HIDDEN, layers, batch_first=True, proj_size=PROJECTED)
            x = torch.randn(BATCH, TIME, INPUTS, requires_grad=True)
            states = [
                torch.randn(layers, BATCH, PROJECTED, requires_grad=True),
                torch.randn(layers, BATCH, HIDDEN, requires_grad=True),
            ]
            lengths = torch.tensor([5, 2, 4]) if varied else None
            if varied:
                packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
                y, final = rnn(packed, tuple(states))
                y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=TIME)
            else:
                y, final = rnn(x, tuple(states))
            name = f"projection.lstm.{layers}.{'lengths' if varied else 'full'}"
            store(tensors, name, dict(rnn.named_parameters()), x, states, y, final, lengths)
    for kind, gates in GATES.items():
        for option in ("norm", "zoneout"):
            width = gates * HIDDEN
            shapes = {
                "weight_ih_l0": (width, INPUTS), "weight_hh_l0": (width, HIDDEN), "bias_ih_l0": (width,),
                "bias_hh_l0": (width,),
            }
            if option == "norm":
                shapes |= {"gain_ih_l0": (width,), "gain_hh_l0": (width,)}
            w = {k: (torch.randn(s) * 0.5 + k.startswith("gain")).requires_grad_() for k, s in shapes.items()}
            x = torch.randn(BATCH, TIME, INPUTS, requires_grad=True)
            states = [torch.randn(1, BATCH, HIDDEN, requires_grad=True) for _ in range(2 if kind == "lstm" else 1)]
            rates = (0.3, 0.2) if option == "zoneout" else (0, 0)
            y, final = by_hand(kind, w, x, [s[0] for s in states], option == "norm", rates)
            store(tensors, f"{option}.{kind}.1.full", w, x, states, y, final)
    path = pathlib.Path(__file__).with_name("layer_options.safetensors")
    save_file(tensors, path, metadata={"torch": torch.__version__})


if __name__ == "__main__":
    main()
