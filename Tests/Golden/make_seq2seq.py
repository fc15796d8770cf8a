"""Makes seq2seq.safetensors: encoders and decoders with attention by PyTorch.

    python make_seq2seq.py

For each case, under its name: the parameters as Recurrent names them under `parameters/`, `sources` and `targets` (ids of
rows of unlike length, padded with -1), the mean cross-entropy `loss` of the tokens of the targets and their ends, with label
smoothing where the name says so, and the gradients under `grad/`.
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

SOURCE, TARGET, EMBEDDING, HIDDEN, DECODER = 6, 5, 4, 3, 6
SOURCES = [[0, 3, 5, 2, 2], [1], [4, 4, 0]]
TARGETS = [[2, 1], [4, 0, 0, 3], []]


class Model(torch.nn.Module):
    def __init__(self, attention, cell, feeding):
        super().__init__()
        rnn = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
        self.attention, self.feeding = attention, feeding
        self.source = torch.nn.Embedding(SOURCE + 2, EMBEDDING)
        self.target = torch.nn.Embedding(TARGET + 2, EMBEDDING)
        self.encoder = rnn(EMBEDDING, HIDDEN, batch_first=True, bidirectional=True)
        self.decoder = rnn(EMBEDDING + (DECODER if feeding else 0), DECODER, batch_first=True)
        states = 2 if cell == "lstm" else 1
        self.bridges = torch.nn.ModuleList(torch.nn.Linear(2 * HIDDEN, DECODER) for _ in range(states))
        if attention == "general":
            self.query = torch.nn.Linear(DECODER, 2 * HIDDEN, bias=False)
        if attention == "additive":
            self.query = torch.nn.Linear(DECODER, DECODER, bias=False)
            self.memory = torch.nn.Linear(2 * HIDDEN, DECODER)
            self.energy = torch.nn.Linear(DECODER, 1, bias=False)
        self.combination = torch.nn.Linear(2 * HIDDEN + DECODER, DECODER)
        self.output = torch.nn.Linear(DECODER, TARGET + 2)

    def named(self):
        """Parameters by the names that Recurrent gives them."""
        names = {"bridges.": "bridge.l0.state", "query.": "attention.query.", "memory.": "attention.memory.",
                 "energy.weight": "attention.energy"}
        for name, parameter in self.named_parameters():
            for old, new in names.items():
                if name.startswith(old):
                    name = new + name[len(old):]
            yield name, parameter

    def attend(self, states, steps, mask):
        if self.attention == "additive":
            scores = self.energy(torch.tanh(self.query(states)[:, :, None] + self.memory(steps)[:, None]))[..., 0]
        else:
            scores = (self.query(states) if self.attention == "general" else states) @ steps.transpose(1, 2)
        weights = scores.masked_fill(mask[:, None], -torch.inf).softmax(-1)
        return torch.tanh(self.combination(torch.cat([weights @ steps, states], -1)))

    def forward(self, sources, inputs):
        lengths = torch.tensor([len(source) for source in sources])
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(source) for source in sources], batch_first=True)
        packed, state = self.encoder(
            pack_padded_sequence(self.source(padded), lengths, batch_first=True, enforce_sorted=False))
        steps = pad_packed_sequence(packed, batch_first=True)[0]
        mask = torch.arange(steps.shape[1]) >= lengths[:, None]
        parts = state if isinstance(state, tuple) else (state,)
        parts = tuple(torch.tanh(bridge(torch.cat(tuple(part), 1)))[None] for bridge, part in zip(self.bridges, parts))
        state = parts if len(parts) > 1 else parts[0]
        vectors = self.target(inputs)
        if not self.feeding:
            return self.output(self.attend(self.decoder(vectors, state)[0], steps, mask))
        fed, results = torch.zeros(len(sources), 1, DECODER), []
        for t in range(inputs.shape[1]):
            states, state = self.decoder(torch.cat([vectors[:, t:t + 1], fed], -1), state)
            fed = self.attend(states, steps, mask)
            results.append(fed)
        return self.output(torch.cat(results, 1))


def rows(sequences):
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in sequences], batch_first=True, padding_value=-1).int()


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    tensors = {}
    for name, attention, cell, feeding, smoothing in [
        ("dot.lstm", "dot", "lstm", False, 0), ("general.lstm.smoothed", "general", "lstm", False, 0.1),
        ("additive.gru", "additive", "gru", False, 0), ("general.gru.fed", "general", "gru", True, 0),
    ]:
        model = Model(attention, cell, feeding)
        inputs = rows([[TARGET + 1] + target for target in TARGETS]).long().clamp(min=0)
        targets = rows([target + [TARGET] for target in TARGETS]).long()
        logits = model([source + [SOURCE] for source in SOURCES], inputs)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1, label_smoothing=smoothing)
        loss.backward()
        tensors[f"{name}/sources"] = rows(SOURCES)
        tensors[f"{name}/targets"] = rows(TARGETS)
        tensors[f"{name}/loss"] = loss
        tensors |= {f"{name}/parameters/{k}": p for k, p in model.named()}
        tensors |= {f"{name}/grad/{k}": p.grad for k, p in model.named()}
    tensors = {k: v.detach().contiguous() for k, v in tensors.items()}
    save_file(tensors, pathlib.Path(__file__).with_name("seq2seq.safetensors"), metadata={"torch": torch.__version__})


if __name__ == "__main__":
    main()
