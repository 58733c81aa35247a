"""Golden values of a model that listens, attends and spells, in PyTorch: memory, logits, loss, gradients, attention.

    python scripts/dev/golden/listen_attend_spell.py > tests/golden/listen_attend_spell.json
"""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

from speaking import Cell, answers, fill, flat

torch.manual_seed(0)


class Listener(nn.Module):
    def __init__(self, features, V, C, E):
        super().__init__()
        both = lambda inputs: nn.ModuleDict({"ahead": Cell(inputs, C // 2), "back": Cell(inputs, C // 2)})
        self.listener = nn.ModuleList([nn.ModuleDict({"layers": nn.ModuleList([both(2 * n)])}) for n in (features, C)])
        self.tokens, self.speller = nn.Embedding(V, E), Cell(E + C, C)
        self.attention = nn.ModuleDict({"query": nn.Linear(C, C, bias=False)})
        self.combine, self.head = nn.Linear(2 * C, C), nn.Linear(C, V)

    def hear(self, x):
        """One row, not filled up: [T, F]."""
        for layer in self.listener:
            if len(x) % 2:
                x = F.pad(x, (0, 0, 0, 1))
            x = x.reshape(len(x) // 2, -1)
            directions = []
            for name, order in (("ahead", range(len(x))), ("back", range(len(x) - 1, -1, -1))):
                cell = layer["layers"][0][name]
                h = c = x.new_zeros(1, cell.weightHh.shape[1])
                out = [None] * len(x)
                for t in order:
                    h, c = cell(x[t : t + 1], (h, c))
                    out[t] = h[0]
                directions.append(torch.stack(out))
            x = torch.cat(directions, 1)
        return x

    def spell(self, memory, ids):
        h = c = seen = memory.new_zeros(1, memory.shape[1])
        logits, weights = [], []
        for token in ids:
            h, c = self.speller(torch.cat([self.tokens(token)[None], seen], 1), (h, c))
            weights.append(torch.softmax(self.attention["query"](h) @ memory.T, -1)[0])
            seen = weights[-1][None] @ memory
            logits.append(self.head(torch.tanh(self.combine(torch.cat([h, seen], 1))))[0])
        return torch.stack(logits), torch.stack(weights)


def main():
    config = {"numFeatures": 2, "vocabSize": 5, "hiddenSize": 4, "embedDim": 3, "startId": 3, "endId": 4}
    model = Listener(2, 5, 4, 3)
    fill(model)
    lengths = [7, 4]
    frames = torch.randn(2, 7, 2)
    mask = [[1 if t < n else 0 for t in range(7)] for n in lengths]
    ids, labels = [[3, 0, 1], [3, 2, 4]], [[0, 1, 4], [2, 4, -100]]
    rows, logits, seen = [], [], []
    for b, n in enumerate(lengths):
        memory = model.hear(frames[b, :n])
        made, weights = model.spell(memory, torch.tensor(ids[b]))
        # in rows that are filled up a layer's output stays as it was
        rows.append(torch.cat([memory, torch.zeros(2 - len(memory), 4)]))
        logits.append(made)
        seen.append(weights)
    logits = torch.stack(logits)
    loss = F.cross_entropy(logits.reshape(-1, 5), torch.tensor(labels).reshape(-1))
    more = dict(frames=flat(frames), frameMask=mask, decoderIds=ids, labels=labels)
    return answers(model, loss, config=config, memory=flat(torch.stack(rows)), logits=flat(logits), seen=flat(seen[0]), **more)


json.dump({"source": f"python scripts/dev/golden/listen_attend_spell.py, torch {torch.__version__}", **main()}, sys.stdout, separators=(",", ":"))
