"""The models of `train_speech.ts` in PyTorch, from the same first weights and batches; `train_speech.ts --pytorch` runs it.

    python scripts/bench/python/speech.py runs/strings

The folder holds `run.json`, `first.safetensors`, `learnt.bin` and `held.bin`: of each batch four int32, B, T, F and S, then the
frames, float32 [B, T, F], their mask, int32 [B, T], and the labels, int32 [B] or [B, S]. What the model says of the held-out
examples is left in `predictions.json`. Strings are found by a search over beginnings of 8, as there.
"""

import json
import math
import struct
import sys
import time

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
with open(f"{folder}/run.json") as file:
    run = json.load(file)
config = run["config"]
torch.manual_seed(1)


def read(name):
    with open(f"{folder}/{name}.bin", "rb") as file:
        while head := file.read(16):
            B, T, features, S = struct.unpack("<4i", head)
            take = lambda kind, *shape: torch.from_numpy(
                np.frombuffer(file.read(4 * math.prod(shape)), kind).reshape(shape).copy()
            )
            frames, mask = take(np.float32, B, T, features), take(np.int32, B, T)
            yield frames, mask, take(np.int32, B) if run["task"] == "keyword" else take(np.int32, B, S)


class KeywordCNN(nn.Module):
    def __init__(self):
        super().__init__()
        widths = config.get("widths", [16, 32, 64])
        self.layers = nn.ModuleList(
            nn.ModuleDict({"conv": nn.Conv2d(i, o, 3, padding=1, bias=False), "norm": nn.BatchNorm2d(o)})
            for i, o in zip([1, *widths], widths)
        )
        self.drop = nn.Dropout(config.get("dropout", 0.2))
        self.classifier = nn.Linear(widths[-1], config["numLabels"])

    def forward(self, x, mask):
        x = x[:, None]
        for i, layer in enumerate(self.layers):
            if i > 0:
                x = F.max_pool2d(x, 2)
            x = layer["norm"](layer["conv"](x)).relu()
        return self.classifier(self.drop(x.mean((2, 3)))), None


class RNNCTC(nn.Module):
    def __init__(self):
        super().__init__()
        self.stack, H = config.get("framesPerStep", 1), config["hiddenSize"]
        layers, rate = config.get("numLayers", 1), config.get("dropout", 0)
        self.rnn = nn.LSTM(
            self.stack * config["numFeatures"], H, layers, batch_first=True, bidirectional=True,
            dropout=rate if layers > 1 else 0,
        )
        self.drop = nn.Dropout(rate)
        self.classifier = nn.Linear(2 * H, config["numLabels"])

    def forward(self, x, mask):
        T = x.shape[1] // self.stack
        steps = mask.sum(1) // self.stack
        x = x[:, : T * self.stack].reshape(len(x), T, -1)
        packed = nn.utils.rnn.pack_padded_sequence(x, steps, batch_first=True, enforce_sorted=False)
        out, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=T)
        return self.classifier(self.drop(out)), steps


class FeedForward(nn.Module):
    def __init__(self, C, hidden, rate):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(C), nn.Linear(C, hidden), nn.Linear(hidden, C)
        self.drop = nn.Dropout(rate)

    def forward(self, x):
        return self.drop(self.down(self.drop(F.silu(self.up(self.norm(x))))))


class Block(nn.Module):
    def __init__(self, C, heads, hidden, taps, rate):
        super().__init__()
        self.first, self.second = FeedForward(C, hidden, rate), FeedForward(C, hidden, rate)
        self.norm, self.last, self.drop = nn.LayerNorm(C), nn.LayerNorm(C), nn.Dropout(rate)
        self.attention = nn.ModuleDict({name: nn.Linear(C, C) for name in ["q", "k", "v", "proj"]})
        self.convolution = nn.ModuleDict({
            "norm": nn.LayerNorm(C), "gate": nn.Linear(C, 2 * C), "batchNorm": nn.BatchNorm1d(C),
            "depthwise": nn.Conv1d(C, C, taps, padding=taps // 2, groups=C), "out": nn.Linear(C, C),
        })
        self.heads, self.rate = heads, rate

    def attend(self, x, mask):
        B, T, C = x.shape
        split = lambda y: y.reshape(B, T, self.heads, -1).transpose(1, 2)
        q, k, v = (split(self.attention[name](x)) for name in "qkv")
        rate = self.rate if self.training else 0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None].bool(), dropout_p=rate)
        return self.drop(self.attention["proj"](y.transpose(1, 2).reshape(B, T, C)))

    def convolve(self, x, mask):
        part = self.convolution
        y = F.glu(part["gate"](part["norm"](x))) * mask[..., None]
        y = F.silu(part["batchNorm"](part["depthwise"](y.transpose(1, 2)))).transpose(1, 2)
        return self.drop(part["out"](y))

    def forward(self, x, mask):
        x = x + self.first(x) / 2
        x = x + self.attend(self.norm(x), mask)
        x = x + self.convolve(x, mask)
        return self.last(x + self.second(x) / 2)


class Conformer(nn.Module):
    def __init__(self):
        super().__init__()
        C, halvings = config["embedDim"], config.get("numHalvings", 2)
        width, rate = config.get("frontWidth", C), config.get("dropout", 0.1)
        self.front = nn.ModuleList(nn.Conv2d(1 if i == 0 else width, width, 3, 2, 1) for i in range(halvings))
        bands = config["numFeatures"]
        for _ in range(halvings):
            bands = math.ceil(bands / 2)
        self.proj = nn.Linear(bands * width, C)
        hidden, taps = config.get("hiddenDim", 4 * C), config.get("kernelSize", 15)
        self.blocks = nn.ModuleList(
            Block(C, config["numHeads"], hidden, taps, rate) for _ in range(config["numLayers"])
        )
        self.classifier, self.drop = nn.Linear(C, config["numLabels"]), nn.Dropout(rate)

    def forward(self, x, mask):
        x = x[:, None]
        for conv in self.front:
            x = conv(x * mask[:, None, :, None]).relu()
            mask = mask[:, ::2]
        x = self.drop(self.proj(x.permute(0, 2, 3, 1).flatten(2)))
        for block in self.blocks:
            x = block(x, mask)
        return self.classifier(x), mask.sum(1)


def torch_name(ours):
    parts = ours.split(".")
    if parts[0] == "rnn":
        end = {"weightIh": "weight_ih", "weightHh": "weight_hh", "biasIh": "bias_ih", "biasHh": "bias_hh"}[parts[4]]
        return f"rnn.{end}_l{parts[2]}{'_reverse' if parts[3] == 'back' else ''}"
    return ours.replace("runningMean", "running_mean").replace("runningVar", "running_var")


model = {"keyword": KeywordCNN, "rnn": RNNCTC, "conformer": Conformer}[run["model"]]()
weights = {}
for ours, value in load_file(f"{folder}/first.safetensors").items():
    order = {4: (3, 2, 0, 1), 3: (2, 1, 0)}.get(value.ndim)
    weights[torch_name(ours)] = value.permute(order).contiguous() if order else value
missing, surplus = model.load_state_dict(weights, strict=False)
assert not surplus and all(name.endswith("num_batches_tracked") for name in missing), (missing, surplus)


def loss_of(frames, mask, labels):
    logits, steps = model(frames, mask)
    if run["task"] == "keyword":
        return F.cross_entropy(logits, labels.long())
    lengths = (labels >= 0).sum(1)
    return F.ctc_loss(logits.log_softmax(-1).transpose(0, 1), labels.clamp(0), steps, lengths, zero_infinity=True)


def search(rows, width=8):
    """The likeliest text; beginnings have the logarithms of their paths that end in a blank, and in a label."""
    both, never = np.logaddexp, -np.inf
    kept = {(): (0.0, never)}
    for row in rows:
        found = {}

        def add(text, blank, label):
            old = found.get(text, (never, never))
            found[text] = (both(old[0], blank), both(old[1], label))

        for text, (blank, label) in kept.items():
            whole = both(blank, label)
            add(text, whole + row[0], label + row[text[-1]] if text else never)
            for k in range(1, len(row)):
                add((*text, k), never, (blank if text and text[-1] == k else whole) + row[k])
        kept = dict(sorted(found.items(), key=lambda pair: -both(*pair[1]))[:width])
    return list(max(kept, key=lambda text: both(*kept[text])))


matrices = [value for value in model.parameters() if value.ndim > 1]
others = [value for value in model.parameters() if value.ndim <= 1]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": run["weightDecay"]}, {"params": others, "weight_decay": 0.0}]
)
model.train()
times = []
for step, batch in enumerate(read("learnt")):
    rate = step / run["warmup"] if step < run["warmup"] else 0.02 + 0.49 * (
        1 + math.cos(math.pi * (step - run["warmup"]) / max(1, run["steps"] - run["warmup"]))
    )
    for group in optimizer.param_groups:
        group["lr"] = run["lr"] * rate
    began = time.perf_counter()
    loss = loss_of(*batch)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    times.append(1000 * (time.perf_counter() - began))
    if step % 50 == 0 or step + 1 == run["steps"]:
        print(f"PyTorch step {step + 1}, loss {loss.item():.4f}", flush=True)
print(f"PyTorch {torch.__version__}: {sorted(times)[len(times) // 2]:.0f} ms a step")
model.eval()
answers = []
with torch.no_grad():
    for frames, mask, _ in read("held"):
        logits, steps = model(frames, mask)
        if run["task"] == "keyword":
            answers += [[k] for k in logits.argmax(-1).tolist()]
        else:
            rows = logits.double().log_softmax(-1).numpy()
            answers += [search(row[:count]) for row, count in zip(rows, steps.tolist())]
with open(f"{folder}/predictions.json", "w") as file:
    json.dump(answers, file)
