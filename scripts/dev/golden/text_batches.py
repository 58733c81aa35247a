"""Makes tests/golden/text_batches.json: how `transformers` cuts and fills up batches.

    python scripts/dev/golden/text_batches.py
"""
import json
import os
import random

import transformers


GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden/text_batches.json")
WORDS = "the a whale sea ship old man said to him white sails wind and of captain n't ##s ##ing ##ed . , ? !".split()
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
STRATEGIES = {"longestFirst": "longest_first", "first": "only_first", "second": "only_second"}


def main():
    chance = random.Random(3)
    sentence = lambda n: " ".join(chance.choice(WORDS).replace("##", "sail") for _ in range(n))
    tokenizer = transformers.BertTokenizerFast(vocab={token: i for i, token in enumerate(VOCAB)})
    cases = []
    for texts, strategies in [([sentence(n) for n in (1, 5, 9, 17)], ["longestFirst", "first"]),
                              ([(sentence(a), sentence(b)) for a, b in ((2, 9), (9, 2), (7, 8), (1, 20))],
                               ["longestFirst", "first", "second"])]:
        for strategy in strategies:
            for length in (6, 9, 13, 40):
                for stride in (None, 0, 2):
                    pair = not isinstance(texts[0], str)
                    if stride is not None and (pair and strategy == "longestFirst"):
                        continue
                    usable = texts
                    if pair and strategy != "longestFirst":  # the other text must leave room, also for the stride
                        other = 1 if strategy == "first" else 0
                        usable = [t for t in texts if len(tokenizer.tokenize(t[other])) + 3 + (stride or 0) < length]
                    if not usable:
                        continue
                    args = [[t[0] for t in usable], [t[1] for t in usable]] if pair else [usable]
                    made = tokenizer(*args, max_length=length, truncation=STRATEGIES[strategy],
                                     stride=stride or 0, return_overflowing_tokens=stride is not None,
                                     return_offsets_mapping=True, return_special_tokens_mask=True, padding=True)
                    count = len(made["input_ids"])
                    cases.append({
                        "texts": usable, "maxLength": length, "truncation": strategy, "stride": stride,
                        "ids": made["input_ids"], "mask": made["attention_mask"], "segments": made["token_type_ids"],
                        "offsets": made["offset_mapping"], "special": made["special_tokens_mask"],
                        "words": [[-1 if w is None else w for w in made.word_ids(i)] for i in range(count)],
                        "index": made.get("overflow_to_sample_mapping", list(range(count))),
                    })
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump({"source": f"transformers {transformers.__version__}, by python scripts/dev/golden/text_batches.py",
                   "vocab": VOCAB, "cases": cases}, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
