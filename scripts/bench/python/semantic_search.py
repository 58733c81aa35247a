"""Search by meaning in PyTorch, on the sentences of notebooks/004_investment/6.1_semantic_search.ipynb.

    python scripts/bench/python/semantic_search.py FOLDER TEXTS

FOLDER is that of all-MiniLM-L6-v2 as miniLMFolder() gives it, TEXTS a file with a JSON object {"text", "topic"} a line.
Prints the share of the five nearest texts that are about the same topic.
"""

import json
import sys

import torch
from transformers import AutoModel, AutoTokenizer

folder, texts = sys.argv[1:]
rows = [json.loads(line) for line in open(texts, encoding="utf-8")]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder).eval()
vectors = []
with torch.no_grad():
    for start in range(0, len(rows), 32):
        some = [row["text"] for row in rows[start : start + 32]]
        batch = tokenizer(some, padding=True, truncation=True, max_length=256, return_tensors="pt")
        mask = batch["attention_mask"].unsqueeze(-1)
        hidden = model(**batch).last_hidden_state * mask
        vectors.append(torch.nn.functional.normalize(hidden.sum(1) / mask.sum(1)))
scores = torch.cat(vectors) @ torch.cat(vectors).T
scores.fill_diagonal_(-2)
topics = [row["topic"] for row in rows]
near = scores.topk(5).indices.tolist()
right = [sum(topics[j] == topics[i] for j in found) / 5 for i, found in enumerate(near)]
print(json.dumps({"texts": len(rows), "precision": sum(right) / len(right), "torch": torch.__version__}))
