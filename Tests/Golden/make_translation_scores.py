"""Makes translation_scores.json: BLEU and chrF of sacreBLEU for outputs beside references, and words as its 13a cuts them.

    python make_translation_scores.py

- `cases`: outputs, the references of each, `bleu` and `chrf` with sacreBLEU's defaults.
- `tokenised`: texts with marks, numbers and entities, and their words.
"""
import json
import pathlib
import random

import sacrebleu

WORDS = "the a cat dog sat on mat , . big house 's don't 3.5 1,000 well-known 2-year-old ( ) \" é 안녕 & % -- ! ?".split()
TEXTS = [
    "Hello, world!", "a.b,c.", "3.5 and 1,000.", "1.,2", "well-known 5-year plan -- no", "\"Quoted\" (text) [x] {y}",
    "AT&amp;T &quot;x&quot; &lt;b&gt; &amp;lt;", "don't we're 's", "a\u00a0b\u3000c  d\te", "e-mail: me@x.org/y", "...", "..", ".,.",
    "a..b", "1..2", "-5 5- 5-5", "안녕, 세상!", "<skipped>text<skipped>", "~`@#$%^&*()_+=|\\:;<>?/", "", " ", "§ € “x” ’s —",
    "é e\u0301", "1,2.3-4", "'", "x'y",
]


def changed(words, generator):
    """Some words left out, some put in, some in the place of others."""
    result = []
    for word in words:
        draw = generator.random()
        if draw < 0.1:
            continue
        result.append(generator.choice(WORDS) if draw < 0.25 else word)
        if draw > 0.92:
            result.append(generator.choice(WORDS))
    return result


def main():
    generator = random.Random(5)
    cases = []

    def case(name, outputs, references):
        # sacreBLEU takes streams of references; it leaves out those that are None.
        most = max(map(len, references))
        streams = [[own[index] if index < len(own) else None for own in references] for index in range(most)]
        cases.append({"name": name, "outputs": outputs, "references": references,
                      "bleu": sacrebleu.corpus_bleu(outputs, streams).score,
                      "chrf": sacrebleu.corpus_chrf(outputs, streams).score})

    for count in (1, 3, 20):
        for references in (1, 2, 3):
            gold = [[generator.choice(WORDS) for _ in range(generator.randint(1, 15))] for _ in range(count)]
            case(f"{count} sentences, {references} references", [" ".join(changed(words, generator)) for words in gold],
                 [[" ".join(changed(words, generator)) or "x" for _ in range(references)] for words in gold])
    case("the same", ["the cat sat on the mat ."], [["the cat sat on the mat ."]])
    case("nothing in common", ["xyz"], [["the cat sat on the mat"]])
    case("too short for four", ["the cat"], [["the cat"]])
    case("no match of four", ["the cat sat on a mat"], [["the cat sat by the mat"]])
    case("empty output", [""], [["the cat"]])
    case("an empty output among others", ["", "the big cat sat on the mat"], [["a dog"], ["the big cat sat on a mat"]])
    case("empty reference", ["the cat"], [[""]])
    case("shorter", ["the cat sat on"], [["the cat sat on the big mat in the house"]])
    case("longer", ["the cat sat on the big mat in the house"], [["the cat sat on the"]])
    case("marks", TEXTS, [[text.lower() + " ."] for text in TEXTS])
    tokenizer = sacrebleu.tokenizers.tokenizer_13a.Tokenizer13a()
    tokenised = [{"text": text, "words": tokenizer(text.rstrip()).split()} for text in TEXTS]
    with open(pathlib.Path(__file__).with_name("translation_scores.json"), "w", encoding="utf-8") as file:
        json.dump({"sacrebleu": sacrebleu.__version__, "cases": cases, "tokenised": tokenised}, file, ensure_ascii=False,
                  indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
