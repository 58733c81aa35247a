"""Makes tests/golden/text_parts.json: how Hugging Face's `tokenizers` normalises, splits and cuts.

    python scripts/dev/golden/text_parts.py

The table of the normalizer Precompiled is that of a small SentencePiece model, which PyPI's `sentencepiece` makes here.
"""
import base64
import json
import os
import random
import tempfile

import tokenizers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden/text_parts.json")
PIECES = [*"abcXYZ 019 .,'()[]\u2581", " ", " ", "  ", "\u00e9", "e\u0301", "a\u0323\u0307", "q\u0307\u0323", "\u1e69", "\u0301",
          "\u00df", "\u0130", "\u03a3", "\ufb01", "\u2460", "\uff21\uff22", "\uac01", "\u1112\u1161\u11ab", "\u4e2d\u6587",
          "\u0915\u093f", "\u00bd", "\u2167", "\U0001f600", "\U0001f468\u200d\U0001f469", "\u0344", "\u0345\u0300", "\u0958",
          "\u00a0", "\u3000", "\t", "\n", "\u200b", "\ufeff", "\u0000", "\u2126", "\u1e9b\u0323", "_", "-", "\U0001d4d0"]
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}
NORMALIZERS = [
    *({"type": name} for name in ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"]),
    {**BERT, "strip_accents": None, "lowercase": True},
    {**BERT, "strip_accents": True, "lowercase": False},
    {**BERT, "strip_accents": False, "lowercase": True},
    {"type": "Strip", "strip_left": True, "strip_right": False},
    {"type": "Strip", "strip_left": False, "strip_right": True},
    {"type": "Prepend", "prepend": "\u2581x"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581\u2581"},
    {"type": "Replace", "pattern": {"Regex": "[a-c]+"}, "content": "\u00e4"},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]},
    {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "bcd"},
                                         {"type": "NFKC"}, {"type": "Prepend", "prepend": "\u2581"}]},
]
SPLITS = [
    *({"type": name} for name in ["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]),
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
    {"type": "Digits", "individual_digits": True},
    {"type": "Digits", "individual_digits": False},
    {"type": "CharDelimiterSplit", "delimiter": "_"},
    *({"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": split}
      for scheme in ["always", "first", "never"] for split in [True, False]),
    *({"type": "Punctuation", "behavior": behavior}
      for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]),
    *({"type": "Split", "pattern": {"Regex": "[a-z]+"}, "behavior": behavior, "invert": invert}
      for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] for invert in [True, False]),
    {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Digits", "individual_digits": True},
                                           {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}]},
]


def charsmap():
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as proto
    with tempfile.TemporaryDirectory() as folder:
        rules = os.path.join(folder, "rules.tsv")
        with open(rules, "w") as f:
            # from one to one, from one to two, from two to one, to nothing, of three bytes, of a joined character
            for source, target in [("c9", "65"), ("fb01", "66 69"), ("61 323", "1ea1"), ("200b", ""), ("3000", "20"),
                                   ("ff21", "41"), ("65 301", "e9"), ("1112 1161 11ab", "d55c"), ("a0", "20"), ("2460", "31")]:
                f.write(f"{source}\t{target}\n")
        text = os.path.join(folder, "text.txt")
        with open(text, "w") as f:
            f.write("the whale and the sea\n" * 20)
        sentencepiece.SentencePieceTrainer.train(
            input=text, model_prefix=os.path.join(folder, "m"), vocab_size=20, normalization_rule_tsv=rules, hard_vocab_limit=False)
        model = proto.ModelProto()
        model.ParseFromString(open(os.path.join(folder, "m.model"), "rb").read())
        return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def units(text):
    at, all_ = 0, [0]
    for character in text:
        at += 2 if ord(character) > 0xFFFF else 1
        all_.append(at)
    return all_


def main():
    table = charsmap()
    chance = random.Random(7)
    texts = ["", " ", "\u0301"] + ["".join(chance.choice(PIECES) for _ in range(chance.randint(1, 14))) for _ in range(60)]
    cases = []
    for normalizer, split in ([(n, None) for n in [*NORMALIZERS, {"type": "Precompiled", "precompiled_charsmap": table}]]
                              + [(None, s) for s in SPLITS]
                              + [(NORMALIZERS[15], SPLITS[9]), (NORMALIZERS[6], SPLITS[0]), (NORMALIZERS[3], SPLITS[4])]):
        file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": normalizer,
                "pre_tokenizer": split, "post_processor": None, "decoder": None,
                "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}}
        tokenizer = Tokenizer.from_str(json.dumps(file))
        answers = []
        for text in texts:
            normal = tokenizer.normalizer.normalize_str(text) if normalizer else text
            made = tokenizer.encode(text)
            place = units(text)
            answers.append([normal, [[place[a], place[b]] for a, b in made.offsets], made.word_ids])
        cases.append({"normalizer": normalizer, "pre_tokenizer": split, "answers": answers})
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump({"source": f"tokenizers {tokenizers.__version__}, by python scripts/dev/golden/text_parts.py",
                   "texts": texts, "cases": cases}, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
