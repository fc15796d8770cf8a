"""Makes layers.safetensors: layers, optimisers and the training of a small language model by PyTorch.

    python make_layers.py

- `linear/`, `embedding/`, `layernorm/`, `crossentropy/`, `weightedcrossentropy/`, `binarycrossentropy/`: inputs, outputs
  `y` and gradients of sum(y * wy).
- `optimizer/`: parameters `w0` [37], gradients `g` [20, 37], and under each optimiser's name the parameters after each
  step [20, 37].
- `clip/`: gradients `a` and `b`, and both after clipping to a global norm of 0.5 (`clipped_`), and of 100 (`whole_`),
  which is more than theirs.
- `adaptive.NAME/`: AdaptiveLogSoftmaxWithLoss of 40 classes, with its parameters by PyTorch's names: `x` [33, 37],
  `targets` (rows whose target is negative take no part), `losses` of the rows, `loss`, `log_probabilities` [33, 40],
  and the gradients of `loss`.
- `lm.NAME/`: a language model trained on `ids` [4, 25] for three windows of 8 with carried, detached state:
  parameters before under `before/`, after under `after/`, and the loss of each step. Parameters have the names that
  Recurrent gives them.
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file


def parameter(*shape):
    return torch.randn(*shape, requires_grad=True)


def recorder(tensors):
    def record(name, inputs, y):
        wy = torch.randn_like(y)
        (y * wy).sum().backward()
        tensors.update({f"{name}/{k}": v for k, v in inputs.items()} | {f"{name}/y": y, f"{name}/wy": wy})
        tensors.update({f"{name}/grad/{k}": v.grad for k, v in inputs.items() if v.requires_grad})

    return record


def layers(tensors):
    record = recorder(tensors)
    linear = {"x": parameter(3, 5, 7), "weight": parameter(6, 7), "bias": parameter(6)}
    record("linear", linear, F.linear(linear["x"], linear["weight"], linear["bias"]))
    embedding = {"ids": torch.randint(0, 9, (3, 5)).int(), "weight": parameter(9, 4)}
    record("embedding", embedding, F.embedding(embedding["ids"].long(), embedding["weight"]))
    norm = {"x": parameter(3, 5, 19), "weight": parameter(19), "bias": parameter(19)}
    record("layernorm", norm, F.layer_norm(norm["x"], (19,), norm["weight"], norm["bias"]))
    entropy = {"x": parameter(11, 23), "targets": torch.randint(0, 23, (11,)).int()}
    record("crossentropy", entropy, F.cross_entropy(entropy["x"], entropy["targets"].long()))


def losses(tensors):
    record = recorder(tensors)
    entropy = {"x": parameter(11, 5), "targets": torch.randint(0, 5, (11,)).int(), "weight": torch.rand(5) * 3}
    record("weightedcrossentropy", entropy,
           F.cross_entropy(entropy["x"], entropy["targets"].long(), entropy["weight"]))
    binary = {"x": (torch.randn(7, 5) * 20).requires_grad_(), "labels": torch.randint(0, 2, (7, 5)).float(),
              "weight": torch.rand(5) * 3}
    record("binarycrossentropy", binary,
           F.binary_cross_entropy_with_logits(binary["x"], binary["labels"], pos_weight=binary["weight"]))


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "sgd-decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "rmsprop-0.9": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam-decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.01),
}


def optimizers(tensors):
    w0, g = torch.randn(37), torch.randn(20, 37)
    tensors |= {"optimizer/w0": w0, "optimizer/g": g}
    for name, make in OPTIMIZERS.items():
        w = w0.clone().requires_grad_()
        optimizer, path = make([w]), []
        for step in range(len(g)):
            w.grad = g[step].clone()
            optimizer.step()
            path.append(w.detach().clone())
        tensors[f"optimizer/{name}"] = torch.stack(path)


def clipping(tensors):
    a, b = (torch.zeros(n, requires_grad=True) for n in (5, 9))
    a.grad, b.grad = torch.randn(5), torch.randn(9)
    tensors |= {"clip/a": a.grad.clone(), "clip/b": b.grad.clone()}
    torch.nn.utils.clip_grad_norm_([a, b], 100)
    tensors |= {"clip/whole_a": a.grad.clone(), "clip/whole_b": b.grad.clone()}
    torch.nn.utils.clip_grad_norm_([a, b], 0.5)
    tensors |= {"clip/clipped_a": a.grad, "clip/clipped_b": b.grad}


def adaptive_softmax(tensors, name, cutoffs, targets):
    softmax = torch.nn.AdaptiveLogSoftmaxWithLoss(37, 40, cutoffs)
    x = torch.randn(len(targets), 37, requires_grad=True)
    counted = targets >= 0
    result = softmax(x[counted], targets[counted])
    result.loss.backward()
    losses = torch.zeros(len(targets))
    losses[counted] = -result.output
    parameters = dict(softmax.named_parameters()) | {"x": x}
    entries = parameters | {"targets": targets.int(), "losses": losses, "loss": result.loss}
    entries["log_probabilities"] = softmax.log_prob(x)
    entries |= {f"grad/{k}": torch.zeros_like(p) if p.grad is None else p.grad for k, p in parameters.items()}
    tensors |= {f"adaptive.{name}/{k}": v for k, v in entries.items()}


def language_model(tensors, name, rnn, embedding, tied, optimizer, cutoffs=None):
    vocabulary, hidden, window = 11, 9, 8
    if cutoffs:
        output = torch.nn.AdaptiveLogSoftmaxWithLoss(hidden, vocabulary, cutoffs)
    else:
        output = torch.nn.Linear(hidden, vocabulary)
    named = {f"rnn.{k}": p for k, p in rnn.named_parameters()}
    if embedding is not None:
        named["embedding.weight"] = embedding.weight
    if tied:
        output.weight = embedding.weight
    named |= {f"output.{k}": p for k, p in output.named_parameters() if p is not named.get("embedding.weight")}
    optimizer = optimizer(list(named.values()))
    ids = torch.randint(0, vocabulary, (4, 25))
    tensors[f"lm.{name}/ids"] = ids.int()
    tensors |= {f"lm.{name}/before/{k}": p.detach().clone() for k, p in named.items()}
    state, losses = None, []
    for start in range(0, 24, window):
        x, target = ids[:, start:start + window], ids[:, start + 1:start + window + 1]
        x = F.one_hot(x, vocabulary).float() if embedding is None else embedding(x)
        hidden_states, state = rnn(x, state)
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
        hidden_states, target = hidden_states.flatten(0, 1), target.flatten()
        loss = output(hidden_states, target).loss if cutoffs else F.cross_entropy(output(hidden_states), target)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(named.values(), 0.5)
        optimizer.step()
        losses.append(loss.detach())
    tensors[f"lm.{name}/losses"] = torch.stack(losses)
    tensors |= {f"lm.{name}/after/{k}": p.detach() for k, p in named.items()}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    tensors = {}
    layers(tensors)
    optimizers(tensors)
    clipping(tensors)
    language_model(tensors, "lstm", torch.nn.LSTM(6, 9, 2, batch_first=True), torch.nn.Embedding(11, 6), False,
                   lambda p: torch.optim.Adam(p, lr=0.01, eps=1e-4))
    language_model(tensors, "gru", torch.nn.GRU(11, 9, batch_first=True), None, False,
                   lambda p: torch.optim.SGD(p, lr=1))
    language_model(tensors, "tied", torch.nn.RNN(9, 9, batch_first=True), torch.nn.Embedding(11, 9), True,
                   lambda p: torch.optim.Adam(p, lr=0.01, eps=1e-4))
    losses(tensors)
    adaptive_softmax(tensors, "one", [9], torch.randint(0, 40, (33,)))
    adaptive_softmax(tensors, "two", [9, 21], torch.randint(0, 40, (33,)))
    adaptive_softmax(tensors, "unused", [9, 21], torch.randint(0, 21, (33,)))
    adaptive_softmax(tensors, "masked", [9, 21], torch.randint(0, 40, (33,)) - 41 * (torch.arange(33) % 3 == 1))
    language_model(tensors, "adaptive", torch.nn.LSTM(6, 9, batch_first=True), torch.nn.Embedding(11, 6), False,
                   lambda p: torch.optim.Adam(p, lr=0.01, eps=1e-4), cutoffs=[4])
    tensors = {k: v.detach().contiguous() for k, v in tensors.items()}
    save_file(tensors, pathlib.Path(__file__).with_name("layers.safetensors"), metadata={"torch": torch.__version__})


if __name__ == "__main__":
    main()
