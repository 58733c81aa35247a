"""Golden values of forecasters and of the planner in PyTorch: outputs, losses and gradients.

    python scripts/dev/golden/forecaster.py > tests/golden/forecaster.json
"""

import json
import math

import torch
from torch import nn
from torch.nn import functional as F


def flat(values):
    return [float(f"{v:.7g}") for v in torch.as_tensor(values).detach().flatten().tolist()]


def fill(module):
    """Value i of parameter n, in alphabetical order, is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms."""
    with torch.no_grad():
        for n, (name, p) in enumerate(sorted(module.named_parameters())):
            i = torch.arange(p.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i * i + 1.7 * i + n + 1) + ("norm" in name)
            p.copy_(values.reshape(p.shape))


def answers(model, output, loss):
    loss.backward()
    return {"output": flat(output), "loss": loss.item(), "gradients": {name: flat(p.grad) for name, p in model.named_parameters()}}


class Direction(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.weightIh, self.weightHh = nn.Parameter(torch.zeros(4 * hidden, inputs)), nn.Parameter(torch.zeros(4 * hidden, hidden))
        self.biasIh, self.biasHh = nn.Parameter(torch.zeros(4 * hidden)), nn.Parameter(torch.zeros(4 * hidden))

    def forward(self, x):
        weights = [self.weightIh, self.weightHh, self.biasIh, self.biasHh]
        zero = torch.zeros(1, x.shape[0], self.weightHh.shape[1])
        return torch._VF.lstm(x, (zero, zero), weights, True, 1, 0.0, False, False, True)[0]


class Layer(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.ahead = Direction(inputs, hidden)

    def forward(self, x):
        return self.ahead(x)


class Recurrent(nn.Module):
    def __init__(self, inputs, hidden, layers):
        super().__init__()
        self.layers = nn.ModuleList([Layer(hidden if i else inputs, hidden) for i in range(layers)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (part.reshape(B, T, self.heads, -1).transpose(1, 2) for part in self.qkv(x).split(C, 2))
        return self.proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, C))


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc, self.proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.proj(F.gelu(self.fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2, self.attn, self.mlp = nn.LayerNorm(width), nn.LayerNorm(width), Attention(width, heads), MLP(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Positions(nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(length, width))

    def forward(self, x):
        return x + self.weight


class Transformer(nn.Module):
    def __init__(self, inputs, width, heads, layers, length):
        super().__init__()
        self.embed, self.positions = nn.Linear(inputs, width), Positions(length, width)
        self.blocks, self.norm = nn.ModuleList([Block(width, heads) for _ in range(layers)]), nn.LayerNorm(width)

    def forward(self, x):
        x = self.positions(self.embed(x))
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


class Forecaster(nn.Module):
    def __init__(self, kind, contextLength, horizon, hiddenSize, numLayers, inFeatures, numHeads):
        super().__init__()
        self.reader = Recurrent(inFeatures, hiddenSize, numLayers) if kind == "lstm" else Transformer(inFeatures, hiddenSize, numHeads, numLayers, contextLength)
        self.head = nn.Linear(hiddenSize, horizon)

    def forward(self, past):
        last = past[:, -1:]
        return self.head(self.reader(past - last)[:, -1]) + last[:, :, 0]


class Conv(nn.Module):
    """Filters in the order height, width, inputs, outputs."""

    def __init__(self, inputs, outputs, size):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(size, size, inputs, outputs)), nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return F.conv2d(x, self.weight.permute(3, 2, 0, 1), self.bias, padding=self.weight.shape[0] // 2)


MOVES = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1)]


class Planner(nn.Module):
    def __init__(self, hiddenChannels, iterations):
        super().__init__()
        self.iterations, self.look, self.cost = iterations, Conv(2, hiddenChannels, 3), Conv(hiddenChannels, 8, 1)
        self.sharpness = nn.Parameter(torch.zeros(()))

    def forward(self, maps):
        x = maps.permute(0, 3, 1, 2)
        costs = F.softplus(self.cost(F.relu(self.look(x))))
        start = v = x[:, 1:] * self.iterations
        H, W = x.shape[2:]
        for _ in range(self.iterations):
            wide = F.pad(v, (1, 1, 1, 1))[:, 0]
            q = torch.stack([wide[:, 1 + down:1 + down + H, 1 + across:1 + across + W] for across, down in MOVES], 1) - costs
            v = torch.maximum(start, q.amax(1, keepdim=True))
        return (q * self.sharpness).permute(0, 2, 3, 1)


cases = []
for kind, inFeatures in [("lstm", 2), ("transformer", 2)]:
    sizes = {"kind": kind, "contextLength": 5, "horizon": 3, "hiddenSize": 8, "numLayers": 2, "inFeatures": inFeatures, "numHeads": 2}
    model = Forecaster(**sizes)
    fill(model)
    past = torch.tensor([math.sin(0.7 * i * i + i) for i in range(2 * 5 * inFeatures)]).reshape(2, 5, inFeatures)
    future = torch.tensor([math.cos(1.3 * i) for i in range(6)]).reshape(2, 3)
    found = model(past)
    cases.append({"sizes": sizes, "past": flat(past), "future": flat(future), **answers(model, found, F.mse_loss(found, future))})

sizes = {"hiddenChannels": 5, "iterations": 6}
planner = Planner(**sizes)
fill(planner)
maps = torch.zeros(2, 5, 4, 2)
for b, row, column in [(0, 1, 1), (0, 2, 1), (1, 3, 2), (1, 0, 0)]:
    maps[b, row, column, 0] = 1
maps[0, 4, 3, 1] = maps[1, 1, 2, 1] = 1
moves = torch.tensor([float(i % 3 == 0 or i % 7 == 2) for i in range(2 * 5 * 4 * 8)]).reshape(2, 5, 4, 8)
moves[0, 4, 3] = 0
found = planner(maps)
right = torch.logsumexp(found + 60 * (moves - 1), -1) - torch.logsumexp(found, -1)
counted = moves.amax(-1) > 0
plan = {"sizes": sizes, "maps": flat(maps), "moves": flat(moves), **answers(planner, found, -right[counted].mean())}
print(json.dumps({"source": f"scripts/dev/golden/forecaster.py with torch {torch.__version__}", "forecasters": cases, "planner": plan}))
