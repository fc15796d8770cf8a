"""A linear-chain conditional random field in PyTorch, as ConditionalRandomField of this package: all sequences of a batch
side by side, a step at a time."""
import torch


class Field(torch.nn.Module):
    def __init__(self, tags):
        """tags: such as B-PER in IOBES; what this does not allow has no probability."""
        super().__init__()
        self.transitions = torch.nn.Parameter(torch.zeros(len(tags), len(tags)))
        self.start = torch.nn.Parameter(torch.zeros(len(tags)))
        self.end = torch.nn.Parameter(torch.zeros(len(tags)))

        def allows(before, after):
            inside, goes_on = before[0] in "BI", after[0] in "IE"
            return inside == goes_on and (not inside or before[1:] == after[1:])

        def penalties(rows):
            return torch.tensor([[0.0 if allowed else -1e4 for allowed in row] for row in rows])
        self.register_buffer("between", penalties([[allows(a, b) for b in tags] for a in tags]))
        self.register_buffer("first", penalties([[allows("O", tag) for tag in tags]])[0])
        self.register_buffer("last", penalties([[allows(tag, "O") for tag in tags]])[0])

    def potentials(self):
        return self.transitions + self.between, self.start + self.first, self.end + self.last

    def loss(self, emissions, tags, lengths):
        """The mean over sentences of -log p(tags). emissions: [batch, time, tags]; tags: [batch, time]."""
        transitions, start, end = self.potentials()
        mask = torch.arange(emissions.shape[1]) < lengths[:, None]
        alpha = start + emissions[:, 0]  # [batch, tags]
        for t in range(1, emissions.shape[1]):
            following = torch.logsumexp(alpha[:, :, None] + transitions, 1) + emissions[:, t]
            alpha = torch.where(mask[:, t, None], following, alpha)
        partition = torch.logsumexp(alpha + end, 1)
        rows = torch.arange(len(tags))
        score = (emissions.gather(2, tags[:, :, None])[:, :, 0] * mask).sum(1)
        score = score + (transitions[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(1)
        score = score + start[tags[:, 0]] + end[tags[rows, lengths - 1]]
        return (partition - score).mean()

    def decode(self, emissions, lengths):
        """The best tags of each sentence (Viterbi 1967)."""
        transitions, start, end = self.potentials()
        best = start + emissions[:, 0]
        stay = torch.arange(best.shape[1]).expand_as(best)
        pointers = []
        for t in range(1, emissions.shape[1]):
            values, before = (best[:, :, None] + transitions).max(1)
            going = (t < lengths)[:, None]
            best = torch.where(going, values + emissions[:, t], best)
            pointers.append(torch.where(going, before, stay))
        path = [(best + end).argmax(1)]
        for before in reversed(pointers):
            path.append(before.gather(1, path[-1][:, None])[:, 0])
        paths = torch.stack(path[::-1], 1).tolist()
        return [path[:length] for path, length in zip(paths, lengths.tolist())]
