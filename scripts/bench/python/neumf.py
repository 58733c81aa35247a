"""NeuMF in PyTorch, trained and measured on the split and the cases that `train_recommender.ts --export` writes.

    deno run -A scripts/train_recommender.ts --export=split.json
    python scripts/bench/python/neumf.py split.json --epochs=5 --batch=2048 --lr=6e-3
"""

import argparse
import json
import time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("split")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--width", type=int, default=16)
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--negatives", type=int, default=4)
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--seed", type=int, default=1337)
parser.add_argument("--k", type=int, default=10)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

torch.manual_seed(args.seed)
torch.set_num_threads(args.threads)
random = numpy.random.default_rng(args.seed)
data = json.load(open(args.split))
users, items, history = data["numUsers"], data["numItems"], data["history"]


class NeuMF(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(n, w) for w in (width, 2 * width) for n in (users, items)])
        for table in self.tables:
            nn.init.normal_(table.weight, std=0.01)
        self.layers = nn.Sequential(nn.Linear(4 * width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width), nn.ReLU())
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
        self.head = nn.Linear(2 * width, 1)

    def forward(self, u, i):
        a, b, c, d = (table(x) for table, x in zip(self.tables, (u, i, u, i)))
        return self.head(torch.cat([a * b, self.layers(torch.cat([c, d], -1))], -1)).squeeze(-1)


met = numpy.zeros((users, items), bool)
for user, own in enumerate(history):
    met[user, own] = True
pairs = numpy.argwhere(met)
model = NeuMF(args.width)
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
start = time.time()
for epoch in range(args.epochs):
    known = numpy.repeat(pairs, args.negatives, 0)
    drawn = random.integers(items, size=len(known))
    while (bad := met[known[:, 0], drawn]).any():
        drawn[bad] = random.integers(items, size=bad.sum())
    u = torch.tensor(numpy.concatenate([pairs[:, 0], known[:, 0]]))
    i = torch.tensor(numpy.concatenate([pairs[:, 1], drawn]))
    y = torch.cat([torch.ones(len(pairs)), torch.zeros(len(known))])
    for part in torch.randperm(len(y)).split(args.batch):
        loss = F.binary_cross_entropy_with_logits(model(u[part], i[part]), y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

ranks = []
with torch.no_grad():
    for case in data["cases"]:
        candidates = torch.tensor(case["items"])
        scores = model(torch.full_like(candidates, case["user"]), candidates)
        own = scores[candidates == case["target"]]
        ranks.append(int((scores > own).sum()))
ranks = numpy.array(ranks)
print(json.dumps({
    "model": "NeuMF, PyTorch " + torch.__version__,
    "parameters": sum(p.numel() for p in model.parameters()),
    f"HR@{args.k}": float((ranks < args.k).mean()),
    f"NDCG@{args.k}": float(numpy.where(ranks < args.k, 1 / numpy.log2(ranks + 2), 0).mean()),
    "MRR": float((1 / (ranks + 1)).mean()),
    "lastLoss": loss.item(),
    "seconds": round(time.time() - start, 1),
}))
