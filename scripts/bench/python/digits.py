"""The models of `train_image_classifier.ts` in PyTorch, on the same images; `scripts/bench/digits.ts` runs both.

    python scripts/bench/python/digits.py runs/digits --model=lenet --epochs=8 --batch=64 --lr=2e-3

The folder holds `learnt.bin` and `held.bin`: of each image one byte for its class, then its 28 × 28 pixels. The last line that
is printed is an object with the class that each held-out image was taken for. The ViT needs the `transformers` package.
"""

import argparse
import json
import math
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--model", choices=["softmax", "mlp", "lenet", "keras-cnn", "resnet-8", "resnet", "inception", "vit"], default="lenet")
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--lr", type=float, default=2e-3)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(args.seed)


def read(name):
    rows = torch.frombuffer(bytearray(open(f"{args.folder}/{name}.bin", "rb").read()), dtype=torch.uint8).view(-1, 785)
    return rows[:, 1:].view(-1, 1, 28, 28).float() / 255, rows[:, 0].long()


def conv(channels, filters, size, stride=1):
    """Filters of a residual network: without a bias, drawn as He et al. draw them."""
    layer = nn.Conv2d(channels, filters, size, stride, size // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class Block(nn.Module):
    """Two convolutions, whose result is added to what they were given."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.body = nn.Sequential(conv(channels, filters, 3, stride), nn.BatchNorm2d(filters), nn.ReLU(),
                                  conv(filters, filters, 3), nn.BatchNorm2d(filters))
        same = stride == 1 and channels == filters
        self.skip = nn.Identity() if same else nn.Sequential(conv(channels, filters, 1, stride), nn.BatchNorm2d(filters))

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


def resnet(depth):
    stages = [Block((16, 16, 32, 64)[i] if k == 0 else (16, 32, 64)[i], (16, 32, 64)[i], 2 if i > 0 and k == 0 else 1)
              for i in range(3) for k in range(depth)]
    return nn.Sequential(conv(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Branches(nn.Module):
    """An Inception block."""

    def __init__(self, channels, one, three, five, pool):
        super().__init__()
        unit = lambda i, o, size: nn.Sequential(conv(i, o, size), nn.BatchNorm2d(o, eps=1e-3), nn.ReLU())
        self.parts = nn.ModuleList([
            unit(channels, one, 1),
            nn.Sequential(unit(channels, three[0], 1), unit(*three, 3)),
            nn.Sequential(unit(channels, five[0], 1), unit(*five, 5)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), unit(channels, pool, 1)),
        ])

    def forward(self, x):
        return torch.cat([part(x) for part in self.parts], 1)


def inception():
    return nn.Sequential(conv(1, 16, 3), nn.BatchNorm2d(16, eps=1e-3), nn.ReLU(), nn.MaxPool2d(2),
                         Branches(16, 8, (8, 16), (4, 8), 8), nn.MaxPool2d(2), Branches(40, 16, (16, 32), (8, 16), 16),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(80, 10))


def vit():
    from transformers import ViTConfig, ViTForImageClassification

    class Logits(nn.Module):
        def __init__(self):
            super().__init__()
            self.vit = ViTForImageClassification(ViTConfig(
                image_size=28, patch_size=4, num_channels=1, hidden_size=48, num_hidden_layers=3, num_attention_heads=4,
                intermediate_size=192, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.0, num_labels=10))
            for layer in self.vit.modules():
                if isinstance(layer, nn.Conv2d):
                    layer.reset_parameters()

        def forward(self, x):
            return self.vit(x).logits

    return Logits()


def glorot(model):
    """Draws weights as Keras does."""
    for layer in model:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return model


MODELS = {
    "softmax": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
    "mlp": lambda: glorot(nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))),
    "lenet": lambda: nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
                                   nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(),
                                   nn.Linear(84, 10)),
    "keras-cnn": lambda: glorot(nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
                                              nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10))),
    "resnet-8": lambda: resnet(1),
    "resnet": lambda: resnet(3),
    "inception": inception,
    "vit": vit,
}

(train_x, train_y), (test_x, test_y) = read("learnt"), read("held")
model = MODELS[args.model]()
steps = args.epochs * (len(train_x) // args.batch)
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.0)


def lr_at(step, warmup=20):
    """Linear to the peak, then a half cosine to a fiftieth."""
    if step < warmup:
        return step / warmup
    share = (step - warmup) / max(1, steps - warmup)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_at)
times = []
for epoch in range(args.epochs):
    order = torch.randperm(len(train_x))
    for start in range(0, len(order) - args.batch + 1, args.batch):
        began = time.perf_counter()
        rows = order[start:start + args.batch]
        loss = cross_entropy(model(train_x[rows]), train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        times.append(time.perf_counter() - began)
model.eval()
with torch.no_grad():
    logits = torch.cat([model(part) for part in test_x.split(250)])
predictions = logits.argmax(1)
print(json.dumps({
    "accuracy": (predictions == test_y).float().mean().item(),
    "loss": cross_entropy(logits, test_y).item(),
    "parameters": sum(p.numel() for p in model.parameters()),
    "predictions": predictions.tolist(),
    "millisPerStep": 1000 * sorted(times)[len(times) // 2],
    "steps": steps,
    "version": torch.__version__,
}))
