"""Golden values of recurrent language models made of PyTorch's modules, as its example `word_language_model` is.

    python scripts/dev/golden/rnn_lm.py > tests/golden/rnn_lm.json
"""

import json
import sys

import torch
from torch import nn

torch.manual_seed(0)
V, E, H, LAYERS = 9, 6, 6, 2
IDS = torch.tensor([[1, 5, 3, 8, 0], [2, 2, 7, 4, 8]])
TARGETS = torch.tensor([[5, 3, 8, 0, 7], [2, 7, 4, 8, -100]])


class Model(nn.Module):
    def __init__(self, cell, tied):
        super().__init__()
        self.encoder = nn.Embedding(V, E)
        self.rnn = getattr(nn, cell)(E, H, LAYERS, batch_first=True)
        self.decoder = nn.Linear(H, V)
        if tied:
            self.decoder.weight = self.encoder.weight

    def forward(self, ids, state=None):
        output, state = self.rnn(self.encoder(ids), state)
        return self.decoder(output), state


def flat(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def case(cell, tied):
    model = Model(cell, tied)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.5)
    logits, _ = model(IDS)
    loss = nn.functional.cross_entropy(logits.view(-1, V), TARGETS.view(-1))
    loss.backward()
    ids, state, greedy = IDS[:1, :3], None, IDS[0, :3].tolist()
    for _ in range(8):
        step, state = model(ids, state)
        ids = step[:, -1:].argmax(-1)
        greedy.append(ids.item())
    return {
        "cell": cell.lower(),
        "tied": tied,
        "logits": flat(logits),
        "loss": loss.item(),
        "weights": {n: {"shape": list(p.shape), "values": flat(p)} for n, p in model.named_parameters()},
        "gradients": {n: flat(p.grad) for n, p in model.named_parameters()},
        "greedy": greedy,
    }


json.dump({
    "source": f"python scripts/dev/golden/rnn_lm.py, torch {torch.__version__}",
    "sizes": {"vocabSize": V, "embedDim": E, "hiddenSize": H, "numLayers": LAYERS},
    "ids": IDS.tolist(),
    "targets": TARGETS.tolist(),
    "cases": [case("LSTM", True), case("GRU", False)],
}, sys.stdout, separators=(",", ":"))
