"""The shapes that are compared, and the options by which any other can be given."""
import argparse
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Shape:
    work: str = "train"  # generate, predict
    cell: str = "lstm"  # gru, elman
    vocabulary: int = 96
    embedding: int = 0  # 0: one-hot
    hidden: int = 512
    layers: int = 2
    batch: int = 64
    time: int = 100
    threads: int = 2
    weights: str = "float32"  # of rnn when it generates; the peers have float32
    precision: str = "float32"  # of training; PyTorch's autocast
    softmax: str = "full"  # of training; adaptive: PyTorch's AdaptiveLogSoftmaxWithLoss, tokens drawn by Zipf's law

    @property
    def options(self):
        """The options of `rnn bench` and of the peers."""
        left_out = {"work", "weights"} | (set() if self.work == "train" else {"precision", "softmax"})
        return [part for name, value in asdict(self).items() if name not in left_out
                for part in (f"--{name}", str(value))]

    @property
    def title(self):
        source = f"embedding {self.embedding}" if self.embedding else "one-hot"
        size = f"{self.layers} x {self.hidden}, vocabulary {self.vocabulary} ({source})"
        if self.work == "generate":
            return f"generate {self.cell}, {size}, {self.weights}"
        if self.work == "predict":
            return f"predict {self.cell}, {size}, batch {self.batch}, time {self.time}, threads {self.threads}"
        more = [word for word in (self.precision, self.softmax) if word not in ("float32", "full")]
        return ", ".join([f"train {self.cell}, {size}, batch {self.batch}, time {self.time}", *more])


def rows():
    for cell in ("lstm", "gru", "elman"):
        yield Shape(cell=cell)
    for cell in ("lstm", "gru", "elman"):
        yield Shape(cell=cell, hidden=128, batch=50, time=50)
    yield Shape(vocabulary=66, hidden=256, batch=32)
    yield Shape(vocabulary=10_000, embedding=650, hidden=650, batch=20, time=35)
    for softmax in ("full", "adaptive"):
        yield Shape(vocabulary=100_000, embedding=650, hidden=650, batch=20, time=35, softmax=softmax)
    yield Shape(hidden=1024, layers=1)
    yield Shape(precision="bfloat16")
    yield Shape(cell="elman", vocabulary=5, hidden=5, layers=1, batch=1, time=6, threads=1)
    for hidden in (128, 512):
        for cell in ("lstm", "gru"):
            yield Shape(work="generate", cell=cell, hidden=hidden, threads=1)
    for weights in ("bfloat16", "int8"):
        yield Shape(work="generate", hidden=512, threads=1, weights=weights)
    for threads in (1, 2):
        for batch in (1, 4, 16, 64):
            yield Shape(work="predict", vocabulary=10_000, embedding=128, hidden=128, layers=1, batch=batch,
                        threads=threads)


CHOICES = {"cell": ["lstm", "gru", "elman"], "weights": ["float32", "bfloat16", "int8"],
           "precision": ["float32", "bfloat16"], "softmax": ["full", "adaptive"]}


def add_options(parser):
    """An option for each property of a shape."""
    for field in fields(Shape):
        if field.name == "work":
            continue
        choices = CHOICES.get(field.name)
        parser.add_argument(f"--{field.name}", type=field.type, choices=choices, default=field.default)


def from_options(work, a):
    return Shape(work=work, **{f.name: getattr(a, f.name) for f in fields(Shape) if f.name != "work"})


def peer_arguments(description):
    """The command line of a peer: work, a shape and how long to measure."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("work", choices=["train", "generate", "predict"])
    add_options(parser)
    parser.add_argument("--seconds", type=float, default=5)
    a = parser.parse_args()
    return from_options(a.work, a), a.seconds
