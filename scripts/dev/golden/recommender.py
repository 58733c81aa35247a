"""Golden values of recommenders: NeuMF and SASRec in PyTorch, measures of rankings, and the Fréchet distance.

    python scripts/dev/golden/recommender.py > tests/golden/recommender.json
"""

import json
import math
import sys

import numpy
import scipy
import scipy.linalg
import sklearn
import torch
from sklearn.metrics import average_precision_score, ndcg_score
from torch import nn
from torch.nn import functional as F

random = numpy.random.default_rng(0)


def flat(values):
    return [float(f"{v:.8g}") for v in torch.as_tensor(values).detach().flatten().tolist()]


def fill(module):
    """Value i of parameter n, in alphabetical order, is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms."""
    named = sorted(module.named_parameters())
    with torch.no_grad():
        for n, (name, p) in enumerate(named):
            i = torch.arange(p.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i * i + 1.7 * i + n + 1) + ("norm" in name)
            p.copy_(values.reshape(p.shape))


def answers(model, loss, **more):
    loss.backward()
    gradients = {name: flat(p.grad) for name, p in model.named_parameters()}
    return {"loss": loss.item(), "gradients": gradients, **more}


class Pair(nn.Module):
    def __init__(self, users, items, width):
        super().__init__()
        self.users, self.items = nn.Embedding(users, width), nn.Embedding(items, width)


class NeuMF(nn.Module):
    """He et al. 2017, equation 12."""

    def __init__(self, users, items, width, layers):
        super().__init__()
        self.factors = Pair(users, items, width)
        self.inputs = Pair(users, items, layers[0] // 2)
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(layers, layers[1:])])
        self.head = nn.Linear(width + layers[-1], 1)

    def forward(self, users, items):
        product = self.factors.users(users) * self.factors.items(items)
        x = torch.cat([self.inputs.users(users), self.inputs.items(items)], -1)
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.head(torch.cat([product, x], -1)).squeeze(-1)


class Table(nn.Module):
    def __init__(self, rows, width):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(rows, width))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        self.fc, self.proj = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, there):
        q, k, v = self.attn["qkv"](self.norm1(x)).chunk(3, -1)
        seen = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril() & there[:, None, :]
        scores = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).masked_fill(~seen, -1e9)
        x = x + self.attn["proj"](scores.softmax(-1) @ v)
        return x + self.proj(F.relu(self.fc(self.norm2(x))))


class SASRec(nn.Module):
    """Kang and McAuley 2018, section 3."""

    def __init__(self, items, length, width, blocks):
        super().__init__()
        self.items, self.positions = Table(items + 1, width), Table(length, width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(blocks)])
        self.norm, self.fill = nn.LayerNorm(width), items

    def forward(self, history):
        there = history != self.fill
        x = self.items.weight[history] * math.sqrt(self.items.weight.shape[1]) + self.positions.weight
        x = x * there[..., None]
        for block in self.blocks:
            x = block(x, there)
        return self.norm(x)


def neumf():
    sizes = {"numUsers": 4, "numItems": 5, "embedDim": 3, "layers": [8, 6, 4]}
    model = NeuMF(4, 5, 3, [8, 6, 4])
    fill(model)
    users, items = torch.tensor([0, 3, 1, 3]), torch.tensor([4, 0, 2, 2])
    labels = torch.tensor([1.0, 0, 1, 0])
    scores = model(users, items)
    loss = F.binary_cross_entropy_with_logits(scores, labels)
    given = {"users": users.tolist(), "items": items.tolist(), "labels": labels.tolist()}
    return answers(model, loss, sizes=sizes, scores=flat(scores), **given)


def sas_rec():
    sizes = {"numItems": 7, "contextLength": 4, "embedDim": 6, "numLayers": 2, "dropout": 0}
    model = SASRec(7, 4, 6, 2)
    fill(model)
    history = torch.tensor([[7, 7, 3, 1], [2, 0, 6, 5]])
    items = torch.tensor([[7, 7, 1, 4], [0, 6, 5, 3]])
    negatives = torch.tensor([[7, 7, 5, 6], [1, 4, 2, 0]])
    states = model(history)
    there = items != 7
    met = (states * model.items.weight[items]).sum(-1)
    unmet = (states * model.items.weight[negatives]).sum(-1)
    loss = (F.softplus(-met) + F.softplus(unmet))[there].mean()
    next_scores = states[:, -1] @ model.items.weight[:7].T
    given = {"history": history.tolist(), "items": items.tolist(), "negatives": negatives.tolist()}
    return answers(model, loss, sizes=sizes, scores=flat(next_scores), **given)


def rankings():
    scores = random.normal(size=(12, 20))
    relevant = random.random((12, 20)) < 0.2
    relevant[:, 3] |= ~relevant.any(1)
    order = [sorted(range(20), key=lambda i: (-row[i], i)) for row in scores]
    places = [[p for p, i in enumerate(o) if r[i]] for o, r in zip(order, relevant)]
    k = 5
    found = {
        "ndcg": ndcg_score(relevant, scores, k=k),
        "ndcgAll": ndcg_score(relevant, scores),
        "map": numpy.mean([average_precision_score(r, s) for r, s in zip(relevant, scores)]),
        "mrr": numpy.mean([1 / (p[0] + 1) for p in places]),
        "hitRate": numpy.mean([p[0] < k for p in places]),
        "recall": numpy.mean([sum(q < k for q in p) / len(p) for p in places]),
        "precision": numpy.mean([sum(q < k for q in p) / k for p in places]),
    }
    return {
        "k": k,
        "scores": [flat(row) for row in scores],
        "relevant": [numpy.flatnonzero(row).tolist() for row in relevant],
        **{name: float(value) for name, value in found.items()},
    }


def frechet():
    cases = []
    for rows, width in ((40, 6), (5, 8)):  # the second one has covariances without full rank
        a = random.normal(size=(rows, width)).round(4)
        b = (random.normal(size=(rows, width)) @ random.normal(size=(width, width)) + 0.5).round(4)
        (m1, s1), (m2, s2) = ((x.mean(0), numpy.cov(x, rowvar=False)) for x in (a, b))
        eigenvalues = scipy.linalg.eigvals(s1 @ s2)
        trace = numpy.sqrt(numpy.maximum(eigenvalues.real, 0)).sum()
        if rows > width:
            assert abs(trace - scipy.linalg.sqrtm(s1 @ s2).real.trace()) < 1e-9
        distance = ((m1 - m2) ** 2).sum() + numpy.trace(s1 + s2) - 2 * trace
        cases.append({"width": width, "a": flat(a), "b": flat(b), "distance": float(distance)})
    return cases


versions = f"torch {torch.__version__}, scikit-learn {sklearn.__version__}, scipy {scipy.__version__}"
json.dump({
    "source": f"python scripts/dev/golden/recommender.py, {versions}",
    "neumf": neumf(),
    "sasRec": sas_rec(),
    "rankings": rankings(),
    "frechet": frechet(),
}, sys.stdout, separators=(",", ":"))
