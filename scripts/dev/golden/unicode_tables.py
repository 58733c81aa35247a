"""Prints what Hugging Face's `tokenizers` makes of each code point: the source of lib/text/unicode_tables.ts.

    python scripts/dev/golden/unicode_tables.py > tables.json

tests/lib/text/unicode_tables_test.ts compares the tables with these answers where a Python with `tokenizers` is at hand.
"""
import json

from tokenizers import normalizers, pre_tokenizers


def bert(**on):
    options = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**options, **on})


TABLES = {
    "control": bert(clean_text=True),
    "chinese": bert(handle_chinese_chars=True),
    "nonspacing": bert(strip_accents=True),
    "combining": normalizers.StripAccents(),
    "lowercase": normalizers.Lowercase(),
    "NFC": normalizers.NFC(),
    "NFD": normalizers.NFD(),
    "NFKC": normalizers.NFKC(),
    "NFKD": normalizers.NFKD(),
}
answers = {name: {} for name in [*TABLES, "words"]}
split = pre_tokenizers.BertPreTokenizer()
for code in range(0x110000):
    if 0xD800 <= code < 0xE000:
        continue
    character = chr(code)
    for name, normalizer in TABLES.items():
        text = normalizer.normalize_str(character)
        if text != character:
            answers[name][code] = text
    words = len(split.pre_tokenize_str("a" + character + "b"))
    if words > 1:
        answers["words"][code] = words
print(json.dumps(answers))
