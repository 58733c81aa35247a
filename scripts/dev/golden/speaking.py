"""Golden values of models that speak, in PyTorch: WaveNet's loss, a Tacotron's loss, frames and attention.

    python scripts/dev/golden/speaking.py > tests/golden/speaking.json
"""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


def flat(values):
    return [float(f"{v:.7g}") for v in torch.as_tensor(values).detach().flatten().tolist()]


def fill(module):
    """Value i of parameter n, in alphabetical order, is 0.3 sin(0.37 i² + 1.7 i + n + 1)."""
    with torch.no_grad():
        for n, (_, p) in enumerate(sorted(module.named_parameters())):
            i = torch.arange(p.numel(), dtype=torch.float64)
            p.copy_((0.3 * torch.sin(0.37 * i * i + 1.7 * i + n + 1)).reshape(p.shape))


def answers(model, loss, **more):
    loss.backward()
    gradients = {name: flat(p.grad) for name, p in model.named_parameters()}
    return {"loss": loss.item(), "gradients": gradients, **more}


class Conv(nn.Module):
    """Filters are kept as [taps, in, out] and the channels come last, as in the library."""

    def __init__(self, inputs, outputs, taps, dilation=1, causal=False, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(taps, inputs, outputs))
        if bias:
            self.bias = nn.Parameter(torch.zeros(outputs))
        total = (taps - 1) * dilation
        self.dilation, self.zeros = dilation, (total, 0) if causal else (total // 2, total - total // 2)

    def forward(self, x):
        x = F.pad(x.transpose(1, 2), self.zeros)
        bias = getattr(self, "bias", None)
        return F.conv1d(x, self.weight.permute(2, 1, 0), bias, dilation=self.dilation).transpose(1, 2)


class WaveNet(nn.Module):
    def __init__(self, levels, C, S, dilations, classes):
        super().__init__()
        self.samples = nn.Embedding(levels, C)
        self.blocks = nn.ModuleList()
        for k, d in enumerate(dilations):
            block = nn.ModuleDict({"conv": Conv(C, 2 * C, 2, d, causal=True), "condition": nn.Embedding(classes, 2 * C)})
            if k + 1 < len(dilations):
                block["residual"] = nn.Linear(C, C)
            block["skip"] = nn.Linear(C, S)
            self.blocks.append(block)
        self.fc, self.head = nn.Linear(S, S), nn.Linear(S, levels)

    def forward(self, ids, labels):
        x, skips = self.samples(ids), 0
        for block in self.blocks:
            f, g = (block["conv"](x) + block["condition"](labels)[:, None]).chunk(2, -1)
            z = torch.tanh(f) * torch.sigmoid(g)
            skips = skips + block["skip"](z)
            if "residual" in block:
                x = x + block["residual"](z)
        return self.head(F.relu(self.fc(F.relu(skips))))


def wavenet():
    config = {"levels": 8, "residualChannels": 3, "skipChannels": 5, "dilations": [1, 2, 4], "numClasses": 2}
    model = WaveNet(8, 3, 5, [1, 2, 4], 2)
    fill(model)
    ids, labels = torch.randint(0, 8, (2, 12)), torch.tensor([1, 0])
    logits = model(ids[:, :-1], labels)
    loss = F.cross_entropy(logits.reshape(-1, 8), ids[:, 1:].reshape(-1))
    return answers(model, loss, config=config, ids=ids.tolist(), labels=labels.tolist(), logits=flat(logits))


class Cell(nn.Module):
    """An LSTM cell whose parameters have the library's names."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.weightIh, self.weightHh = nn.Parameter(torch.zeros(4 * hidden, inputs)), nn.Parameter(torch.zeros(4 * hidden, hidden))
        self.biasIh, self.biasHh = nn.Parameter(torch.zeros(4 * hidden)), nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x, state):
        return torch._VF.lstm_cell(x, state, self.weightIh, self.weightHh, self.biasIh, self.biasHh)


class Tacotron(nn.Module):
    def __init__(self, V, M, r, E, P, D, A, filters, taps, post):
        super().__init__()
        self.r, self.M, self.D = r, M, D
        self.letters = nn.Embedding(V, E)
        self.convs = nn.ModuleList([Conv(E, E, 5)])
        direction = lambda: Cell(E, E // 2)
        self.encoder = nn.ModuleDict({"layers": nn.ModuleList([nn.ModuleDict({"ahead": direction(), "back": direction()})])})
        self.prenet = nn.ModuleList([nn.Linear(M, P), nn.Linear(P, P)])
        self.attentionCell = Cell(P + E, D)
        plain = lambda a, b: nn.Linear(a, b, bias=False)
        self.attention = nn.ModuleDict({"query": nn.Linear(D, A), "key": plain(E, A), "filters": Conv(2, filters, taps, bias=False), "location": plain(filters, A), "value": plain(A, 1)})
        self.decoder = Cell(D + E, D)
        self.frames, self.stop = nn.Linear(D + E, r * M), nn.Linear(D + E, 1)
        self.postnet = nn.ModuleList([Conv(M, post, 5), Conv(post, M, 5)])

    def encode(self, ids, mask):
        present = mask[..., None].float()
        x = self.letters(ids) * present
        x = F.relu(self.convs[0](x)) * present
        layer, rows = self.encoder["layers"][0], []
        for b, n in enumerate(mask.sum(1).tolist()):
            both = []
            for name, order in (("ahead", range(n)), ("back", range(n - 1, -1, -1))):
                h = c = x.new_zeros(1, layer[name].weightHh.shape[1])
                out = [None] * n
                for t in order:
                    h, c = layer[name](x[b : b + 1, t], (h, c))
                    out[t] = h[0]
                both.append(torch.stack(out))
            rows.append(F.pad(torch.cat(both, 1), (0, 0, 0, ids.shape[1] - n)))
        return torch.stack(rows)

    def forward(self, ids, mask, frames):
        memory = self.encode(ids, mask)
        B, T, M = frames.shape
        steps = T // self.r
        before = torch.cat([frames.new_zeros(B, 1, M), frames.view(B, steps, self.r, M)[:, :-1, -1]], 1)
        read = F.relu(self.prenet[1](F.relu(self.prenet[0](before))))
        at = self.attention
        keys = at["key"](memory)
        weights = total = memory.new_zeros(B, ids.shape[1])
        context = memory.new_zeros(B, memory.shape[2])
        h = c = d = e = memory.new_zeros(B, self.D)
        coarse, stops, seen = [], [], []
        for t in range(steps):
            h, c = self.attentionCell(torch.cat([read[:, t], context], 1), (h, c))
            places = at["location"](at["filters"](torch.stack([weights, total], 2)))
            scores = at["value"](torch.tanh(at["query"](h)[:, None] + keys + places))[..., 0]
            weights = torch.softmax(scores.masked_fill(mask == 0, -1e9), -1)
            total = total + weights
            context = torch.einsum("bs,bsc->bc", weights, memory)
            d, e = self.decoder(torch.cat([h, context], 1), (d, e))
            both = torch.cat([d, context], 1)
            coarse.append(self.frames(both).view(B, self.r, M))
            stops.append(self.stop(both)[:, 0])
            seen.append(weights)
        coarse = torch.cat(coarse, 1)
        refined = coarse + self.postnet[1](torch.tanh(self.postnet[0](coarse)))
        return coarse, refined, torch.stack(stops, 1), torch.stack(seen, 1)


def tacotron():
    sizes = dict(vocabSize=6, numMels=3, framesPerStep=2, encoderDim=4, prenetDim=3, decoderDim=4, attentionDim=3, locationFilters=2, locationTaps=3, postnetDim=3)
    model = Tacotron(6, 3, 2, 4, 3, 4, 3, 2, 3, 3)
    fill(model)
    ids, mask = torch.tensor([[1, 2, 3, 4], [5, 1, 0, 0]]), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    frames, present = torch.randn(2, 6, 3), torch.tensor([[1] * 6, [1, 1, 1, 0, 0, 0]])
    coarse, refined, stops, seen = model(ids, mask, frames)
    error = lambda made: (((made - frames) ** 2).mean(-1) * present).sum() / present.sum()
    # the second row ends within its second step
    last, there = torch.tensor([[0.0, 0, 1], [0, 1, 0]]), torch.tensor([[1.0, 1, 1], [1, 1, 0]])
    stop = (F.binary_cross_entropy_with_logits(stops, last, reduction="none") * there).sum() / there.sum()
    plain = error(coarse) + error(refined) + stop
    t = torch.arange(3.0)[None, :, None] / there.sum(1)[:, None, None]
    s = torch.arange(4.0)[None, None] / mask.sum(1)[:, None, None]
    guide = ((seen * (1 - torch.exp(-((t - s) ** 2) / (2 * 0.2**2)))).sum(2) * there).sum() / there.sum()
    loss = plain + 0.5 * guide
    return answers(
        model, loss, config=sizes, ids=ids.tolist(), mask=mask.tolist(), frames=flat(frames), frameMask=present.tolist(),
        plain=plain.item(), coarse=flat(coarse), refined=flat(refined), stops=flat(stops), seen=flat(seen),
    )


if __name__ == "__main__":
    json.dump({
        "source": f"python scripts/dev/golden/speaking.py, torch {torch.__version__}",
        "wavenet": wavenet(),
        "tacotron": tacotron(),
    }, sys.stdout, separators=(",", ":"))
