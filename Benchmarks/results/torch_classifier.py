"""The classifier of `rnn train classifier` with its defaults, in PyTorch: the same reading of texts, model and training.

    python torch_classifier.py TRAIN.csv VALIDATE.csv TEST.csv [--epochs N ...]

Prints one JSON object; the score is the macro F1.
"""
import collections
import csv
import unicodedata

import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence

from torch_training import BidirectionalLSTM, arguments, by_length, train

WORD = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No")


def words(text):
    """In small letters, digits as 0, punctuation apart: TextNormalisation.words."""
    def is_word(character):
        return unicodedata.category(character) in WORD
    result = []
    for before, character, after in zip(" " + text, text, text[1:] + " "):
        if character.isspace():
            result.append(character)
        elif not (is_word(character) or character in "'\u2019" and is_word(before) and is_word(after)):
            result.append(f" {character} ")
        else:
            result.append("0" if unicodedata.category(character) == "Nd" else character.lower())
    return "".join(result).encode().split()  # at ASCII white space alone


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [(words(row["text"]), row["label"]) for row in csv.DictReader(file)]


class Classifier(torch.nn.Module):
    def __init__(self, vocabulary, labels, way, embedding=128, hidden=128, dropout=0.5):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, embedding)
        self.rnn = BidirectionalLSTM(embedding, hidden, way)
        self.drop = torch.nn.Dropout(dropout)
        self.output = torch.nn.Linear(2 * hidden, labels)

    def forward(self, texts):
        lengths = torch.tensor([len(text) for text in texts])
        hidden, _ = self.rnn(self.drop(self.embedding(pad_sequence(texts, batch_first=True))), lengths)
        padding = torch.arange(hidden.shape[1]) >= lengths[:, None]
        return self.output(self.drop(hidden.masked_fill(padding[..., None], -torch.inf).amax(1)))


def macro_f1(gold, predicted, labels):
    def f1(label):
        both = ((gold == label) & (predicted == label)).sum().item()
        return 2 * both / max(1, (gold == label).sum().item() + (predicted == label).sum().item())
    return sum(map(f1, range(labels))) / labels


def main():
    a = arguments(__doc__, ["train", "validate", "test"], epochs=20, batch=32, rate=0.001, warmup=50, clip=1.0, patience=5)
    tables = [read(path) for path in (a.train, a.validate, a.test)]
    counts = collections.Counter(word for text, _ in tables[0] for word in text)
    ids = {word: number + 2 for number, word in enumerate(word for word, count in counts.most_common(30_000) if count >= 2)}
    labels = sorted({label for _, label in tables[0]})
    training, validation, test = (
        [(torch.tensor([ids.get(word, 0) for word in text] or [0]), labels.index(label)) for text, label in table]
        for table in tables)
    model = Classifier(len(ids) + 2, len(labels), a.lstm)

    def length(item):
        return len(item[0])

    def run(items):
        texts, gold = zip(*items)
        return model(texts), torch.tensor(gold)

    def loss_of(items):
        return F.cross_entropy(*run(items))

    def score(items):
        logits, gold = map(torch.cat, zip(*(run(batch) for batch in by_length(items, 64, length))))
        return F.cross_entropy(logits, gold).item(), macro_f1(gold, logits.argmax(1), len(labels))

    train(model, training, loss_of, lambda: score(validation), lambda: score(test), a, length)


if __name__ == "__main__":
    main()
