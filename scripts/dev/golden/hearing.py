"""Golden values of models that hear, in PyTorch: a keyword CNN, a recurrent network and a Conformer with CTC.

    python scripts/dev/golden/hearing.py > tests/golden/hearing.json

Parameters have the names and the layout of the library, and values by formula.
"""

import json
import math

import torch
from torch import nn
from torch.nn import functional as F


def flat(values):
    return [float(f"{v:.6g}") for v in torch.as_tensor(values).detach().flatten().tolist()]


def fill(module):
    """Value i of parameter n, in alphabetical order, is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms."""
    with torch.no_grad():
        for n, (name, p) in enumerate(sorted(module.named_parameters())):
            i = torch.arange(p.numel(), dtype=torch.float64)
            p.copy_((0.3 * torch.sin(0.37 * i * i + 1.7 * i + n + 1) + ("norm" in name)).reshape(p.shape))


class Conv2d(nn.Module):
    """Filters are kept as [height, width, in, out] and the channels come last, as in the library."""

    def __init__(self, inputs, outputs, stride=1, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3, 3, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.stride = stride

    def forward(self, x):
        y = F.conv2d(x.permute(0, 3, 1, 2), self.weight.permute(3, 2, 0, 1), self.bias, self.stride, 1)
        return y.permute(0, 2, 3, 1)


class Norm(nn.Module):
    """Batch norm of the last axis by the statistics of the batch."""

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        flat = x.reshape(-1, x.shape[-1])
        return F.batch_norm(flat, None, None, self.weight, self.bias, training=True).reshape(x.shape)


class KeywordCNN(nn.Module):
    def __init__(self, widths, classes):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ModuleDict({"conv": Conv2d(i, o, bias=False), "norm": Norm(o)}) for i, o in zip([1, *widths], widths)
        )
        self.classifier = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = x[..., None]
        for i, layer in enumerate(self.layers):
            if i > 0:
                x = F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
            x = layer["norm"](layer["conv"](x)).relu()
        return self.classifier(x.mean((1, 2)))


class Recurrence(nn.Module):
    def __init__(self, inputs, H):
        super().__init__()
        self.weightIh, self.weightHh = nn.Parameter(torch.zeros(4 * H, inputs)), nn.Parameter(torch.zeros(4 * H, H))
        self.biasIh, self.biasHh = nn.Parameter(torch.zeros(4 * H)), nn.Parameter(torch.zeros(4 * H))

    def forward(self, x, length, reverse):
        H = self.weightHh.shape[1]
        h, c, out = torch.zeros(H), torch.zeros(H), [torch.zeros(H)] * len(x)
        for t in reversed(range(length)) if reverse else range(length):
            s = self.weightIh @ x[t] + self.biasIh + self.weightHh @ h + self.biasHh
            i, f, g, o = s.chunk(4)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = out[t] = o.sigmoid() * c.tanh()
        return torch.stack(out)


class RNNCTC(nn.Module):
    def __init__(self, inputs, H, layers, stack, classes):
        super().__init__()
        self.stack = stack
        self.rnn = nn.ModuleDict({
            "layers": nn.ModuleList(
                nn.ModuleDict({"ahead": Recurrence(i, H), "back": Recurrence(i, H)})
                for i in [inputs * stack] + [2 * H] * (layers - 1)
            )
        })
        self.classifier = nn.Linear(2 * H, classes)

    def forward(self, x, lengths):
        T = x.shape[1] // self.stack
        x = x[:, : T * self.stack].reshape(len(x), T, -1)
        steps = [n // self.stack for n in lengths]
        rows = []
        for row, n in zip(x, steps):
            for layer in self.rnn["layers"]:
                row = torch.cat([layer["ahead"](row, n, False), layer["back"](row, n, True)], -1)
            rows.append(row)
        return self.classifier(torch.stack(rows)), steps


class FeedForward(nn.Module):
    def __init__(self, C, hidden):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(C), nn.Linear(C, hidden), nn.Linear(hidden, C)

    def forward(self, x):
        return self.down(F.silu(self.up(self.norm(x))))


class Depthwise(nn.Module):
    def __init__(self, C, taps):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(taps, 1, C)), nn.Parameter(torch.zeros(C))

    def forward(self, x):
        taps, _, C = self.weight.shape
        return F.conv1d(x.transpose(1, 2), self.weight.permute(2, 1, 0), self.bias, padding=taps // 2, groups=C).transpose(1, 2)


class Convolution(nn.Module):
    def __init__(self, C, taps):
        super().__init__()
        self.norm, self.gate, self.depthwise = nn.LayerNorm(C), nn.Linear(C, 2 * C), Depthwise(C, taps)
        self.batchNorm, self.out = Norm(C), nn.Linear(C, C)

    def forward(self, x, kept):
        return self.out(F.silu(self.batchNorm(self.depthwise(F.glu(self.gate(self.norm(x))) * kept))))


class Attention(nn.Module):
    def __init__(self, C, heads):
        super().__init__()
        self.q, self.k, self.v, self.proj = (nn.Linear(C, C) for _ in range(4))
        self.heads = heads

    def forward(self, x, kept):
        B, T, C = x.shape
        split = lambda y: y.reshape(B, T, self.heads, -1).transpose(1, 2)
        hidden = (kept[:, None, None, :, 0] - 1) * 1e9
        y = F.scaled_dot_product_attention(split(self.q(x)), split(self.k(x)), split(self.v(x)), attn_mask=hidden)
        return self.proj(y.transpose(1, 2).reshape(B, T, C))


class Block(nn.Module):
    def __init__(self, C, heads, hidden, taps):
        super().__init__()
        self.first, self.norm, self.attention = FeedForward(C, hidden), nn.LayerNorm(C), Attention(C, heads)
        self.convolution, self.second, self.last = Convolution(C, taps), FeedForward(C, hidden), nn.LayerNorm(C)

    def forward(self, x, kept):
        x = x + self.first(x) / 2
        x = x + self.attention(self.norm(x), kept)
        x = x + self.convolution(x, kept)
        return self.last(x + self.second(x) / 2)


class Conformer(nn.Module):
    def __init__(self, features, C, layers, heads, hidden, taps, halvings, width, classes):
        super().__init__()
        self.front = nn.ModuleList(Conv2d(1 if i == 0 else width, width, 2) for i in range(halvings))
        bands = features
        for _ in range(halvings):
            bands = math.ceil(bands / 2)
        self.proj = nn.Linear(bands * width, C)
        self.blocks = nn.ModuleList(Block(C, heads, hidden, taps) for _ in range(layers))
        self.classifier = nn.Linear(C, classes)

    def forward(self, x, lengths):
        x = x[..., None]
        mask = torch.tensor([[float(t < n) for t in range(x.shape[1])] for n in lengths])
        for conv in self.front:
            x = conv(x * mask[:, :, None, None]).relu()
            mask = mask[:, ::2]
        x = self.proj(x.flatten(2))
        for block in self.blocks:
            x = block(x, mask[..., None])
        return self.classifier(x), [int(n) for n in mask.sum(1)]


B, T, features = 2, 13, 6
frames = torch.sin(torch.arange(B * T * features, dtype=torch.float64) ** 2 * 0.01).float().reshape(B, T, features)
lengths = [13, 10]
labels = [[1, 2], [3]]


def recognized(model):
    fill(model)
    logits, steps = model(frames, lengths)
    targets = torch.tensor(sum(labels, []))
    loss = F.ctc_loss(logits.log_softmax(-1).transpose(0, 1), targets, torch.tensor(steps), torch.tensor([2, 1]))
    loss.backward()
    return {
        "logits": flat(logits),
        "steps": steps,
        "loss": loss.item(),
        "gradients": {name: flat(p.grad.flatten()[:40]) for name, p in model.named_parameters()},
    }


keyword = KeywordCNN([3, 5], 4)
fill(keyword)
logits = keyword(frames)
loss = F.cross_entropy(logits, torch.tensor([2, 0]))
loss.backward()
print(
    json.dumps(
        {
            "source": f"PyTorch {torch.__version__}; scripts/dev/golden/hearing.py; of each gradient the first 40 numbers",
            "shape": [B, T, features],
            "lengths": lengths,
            "labels": labels,
            "keyword": {
                "logits": flat(logits),
                "loss": loss.item(),
                "gradients": {name: flat(p.grad.flatten()[:40]) for name, p in keyword.named_parameters()},
            },
            "recurrent": recognized(RNNCTC(features, 4, 2, 2, 4)),
            "conformer": recognized(Conformer(features, 8, 2, 2, 12, 3, 1, 3, 4)),
        },
        separators=(",", ":"),
    )
)
