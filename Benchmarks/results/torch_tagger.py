"""The tagger of `rnn train tagger` with its defaults, in PyTorch: the same vocabulary, model and training.

    python torch_tagger.py TRAIN VALIDATE TEST [--epochs N ...]

Prints one JSON object; the score is the F1 of entities.
"""
import collections
import re
from typing import NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from torch_field import Field
from torch_training import BidirectionalLSTM, arguments, by_length, train


class Sentence(NamedTuple):
    words: torch.Tensor
    forms: torch.Tensor  # numbers of the words as they are written
    tags: torch.Tensor
    entities: set


def read(path):
    """Sentences as lists of token and tag."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return [[(line.split()[0], line.split()[-1]) for line in part.split("\n")] for part in re.split("\n\n+", text.strip())]


def entities(tags):
    """(first, last, type) of each entity, as conlleval finds them in IOB2 and IOBES."""
    found, start = set(), None
    for index, (tag, following) in enumerate(zip(tags, [*tags[1:], "O"])):
        if tag == "O":
            continue
        if tag[0] in "BS" or start is None:
            start = index
        if tag[0] in "ES" or following[0] not in "IE" or following[1:] != tag[1:]:
            found.add((start, index, tag[2:]))
            start = None
    return found


def iobes(tags):
    result = ["O"] * len(tags)
    for start, end, kind in entities(tags):
        inner = [f"I-{kind}"] * (end - start - 1)
        result[start:end + 1] = [f"S-{kind}"] if start == end else [f"B-{kind}", *inner, f"E-{kind}"]
    return result


class Tagger(torch.nn.Module):
    def __init__(self, counts, characters, forms, tags, way, embedding=100, character=25, hidden=100, dropout=0.5):
        """counts: of each word; forms: the ids of the characters of each form."""
        super().__init__()
        self.words = torch.nn.Embedding(len(counts), embedding)
        self.words.weight.data /= embedding ** 0.5
        self.characters = torch.nn.Embedding(characters, character)
        self.spelling = BidirectionalLSTM(character, character, way)
        self.rnn = BidirectionalLSTM(embedding + 2 * character, hidden, way)
        self.output = torch.nn.Linear(2 * hidden, len(tags))
        self.field = Field(tags)
        self.drop = torch.nn.Dropout(dropout)
        self.forms = forms
        self.drop_rates = 0.5 / (0.5 + torch.tensor(counts).clamp(min=1) * 0.5)

    def forward(self, sentences):
        """Emissions [batch, time, tags], and lengths."""
        lengths = torch.tensor([len(sentence.words) for sentence in sentences])
        words = pad_sequence([sentence.words for sentence in sentences], batch_first=True)
        if self.training:
            words = words.masked_fill(torch.rand(words.shape) < self.drop_rates[words], 0)
        forms = pad_sequence([sentence.forms for sentence in sentences], batch_first=True,
                             padding_value=int(sentences[0].forms[0]))
        different, places = torch.unique(forms, return_inverse=True)  # each form is read once
        spelled = [self.forms[form] for form in different.tolist()]
        _, vectors = self.spelling(self.characters(pad_sequence(spelled, batch_first=True)),
                                   torch.tensor([len(form) for form in spelled]))
        x = torch.cat([self.words(words), vectors[places]], 2)
        return self.output(self.drop(self.rnn(self.drop(x), lengths)[0])), lengths


def main():
    a = arguments(__doc__, ["train", "validate", "test"], epochs=30, batch=16, rate=0.002, clip=5.0)
    files = [read(path) for path in (a.train, a.validate, a.test)]

    def key(token):
        return re.sub("[0-9]", "0", token.lower())
    counts = collections.Counter(key(token) for sentence in files[0] for token, _ in sentence)
    words = {word: number + 1 for number, word in enumerate(counts)}
    characters = {c: number + 1 for number, c in enumerate(sorted({c for s in files[0] for token, _ in s for c in token}))}
    kinds = sorted({tag[2:] for sentence in files[0] for _, tag in sentence if tag != "O"})
    tags = ["O"] + [f"{letter}-{kind}" for kind in kinds for letter in "BIES"]
    forms = {}

    def encoded(sentence):
        tokens, gold = zip(*sentence)
        return Sentence(torch.tensor([words.get(key(token), 0) for token in tokens]),
                        torch.tensor([forms.setdefault(token, len(forms)) for token in tokens]),
                        torch.tensor([tags.index(tag) for tag in iobes(gold)]), entities(gold))
    training, validation, test = ([encoded(sentence) for sentence in file] for file in files)
    spelled = [torch.tensor([characters.get(c, 0) for c in (form if len(form) <= 64 else form[:32] + form[-32:])])
               for form in forms]
    model = Tagger([1, *counts.values()], len(characters) + 1, spelled, tags, a.lstm)

    def length(sentence):
        return len(sentence.words)

    def loss_of(sentences, result=None):
        emissions, lengths = result or model(sentences)
        return model.field.loss(emissions, pad_sequence([s.tags for s in sentences], batch_first=True), lengths)

    def score(sentences):
        right = found = 0
        loss = 0.0
        for batch in by_length(sentences, 64, length):
            emissions, lengths = model(batch)
            loss += loss_of(batch, (emissions, lengths)).item() * len(batch)
            for sentence, path in zip(batch, model.field.decode(emissions, lengths)):
                predicted = entities([tags[tag] for tag in path])
                right += len(predicted & sentence.entities)
                found += len(predicted)
        return loss / len(sentences), 2 * right / max(1, found + sum(len(s.entities) for s in sentences))

    train(model, training, loss_of, lambda: score(validation), lambda: score(test), a, length)


if __name__ == "__main__":
    main()
