"""Generation in PyTorch by a loop over `LSTMCell` or `GRUCell`, which costs less per token than `torch.nn.LSTM`."""
import torch

from measure import report
from shapes import peer_arguments


def main():
    shape, seconds = peer_arguments(__doc__)
    torch.manual_seed(1)
    torch.set_num_threads(shape.threads)
    kind = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell, "elman": torch.nn.RNNCell}[shape.cell]
    first = shape.embedding or shape.vocabulary
    cells = [kind(first if i == 0 else shape.hidden, shape.hidden).eval() for i in range(shape.layers)]
    table = torch.randn(shape.vocabulary, first) if shape.embedding else torch.eye(shape.vocabulary)
    output = torch.nn.Linear(shape.hidden, shape.vocabulary).eval()
    zeros = torch.zeros(1, shape.hidden)
    states = [(zeros, zeros) if shape.cell == "lstm" else zeros for _ in cells]
    ids = torch.zeros(1, dtype=torch.long)

    @torch.inference_mode()
    def step():
        nonlocal ids
        x = table[ids]
        for i, cell in enumerate(cells):
            states[i] = cell(x, states[i])
            x = states[i][0] if shape.cell == "lstm" else states[i]
        ids = torch.multinomial(torch.softmax(output(x), -1), 1)[0]

    report(step, 1, seconds, torch=torch.__version__)


if __name__ == "__main__":
    main()
