"""The contenders in PyTorch: sets one up, then does a round for each line on standard input.

    python scripts/bench/python/work.py NAME SETTINGS

Speaks the lines that scripts/bench/child.ts speaks.
"""

import json
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def resident():
    """Bytes that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Numbers:
    """The generator of scripts/bench/gpt.ts."""

    def __init__(self, seed):
        self.x = seed

    def __call__(self):
        self.x = (self.x * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.x / 2**32


class Block(nn.Module):
    def __init__(self, width, heads, bias, gelu):
        super().__init__()
        self.heads, self.gelu = heads, gelu
        self.norm1 = nn.LayerNorm(width, bias=bias)
        self.qkv = nn.Linear(width, 3 * width, bias=bias)
        self.proj = nn.Linear(width, width, bias=bias)
        self.norm2 = nn.LayerNorm(width, bias=bias)
        self.fc = nn.Linear(width, 4 * width, bias=bias)
        self.out = nn.Linear(4 * width, width, bias=bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (
            y.view(B, T, self.heads, C // self.heads).transpose(1, 2)
            for y in self.qkv(self.norm1(x)).split(C, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(B, T, C))
        return x + self.out(F.gelu(self.fc(self.norm2(x)), approximate=self.gelu))


class GPT(nn.Module):
    def __init__(self, task):
        super().__init__()
        width, bias = task["width"], task["bias"]
        self.tokens = nn.Embedding(task["vocab"], width)
        self.positions = nn.Embedding(task["context"], width)
        self.blocks = nn.ModuleList(
            [Block(width, task["heads"], bias, task["gelu"]) for _ in range(task["layers"])]
        )
        self.norm = nn.LayerNorm(width, bias=bias)
        # the weights of scripts/bench/gpt.ts, in its order: the modules are declared in it
        number = Numbers(1)
        with torch.no_grad():
            for name, weight in self.named_parameters():
                if weight.dim() == 2:
                    values = [0.02 * 12**0.5 * (number() - 0.5) for _ in range(weight.numel())]
                    weight.copy_(torch.tensor(values).view(weight.shape))
                elif name.endswith("bias"):
                    weight.zero_()

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def batches(task):
    number, vocab, shape = Numbers(2), task["vocab"], (task["batch"], task["context"])
    while True:
        inputs, targets = [], []
        for _ in range(shape[0]):
            token = int(number() * vocab)
            for _ in range(shape[1]):
                inputs.append(token)
                token = (3 * token + int(number() * 4)) % vocab
                targets.append(token)
        yield torch.tensor(inputs).view(shape), torch.tensor(targets).view(shape)


def gpt(task):
    model, recipe, source = GPT(task), task["recipe"], batches(task)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe["lr"], betas=(recipe["beta1"], recipe["beta2"]),
        eps=recipe["eps"], weight_decay=recipe["decay"],
    )

    def run(units):
        losses = []
        for ids, targets in drawn.pop("next"):
            optimizer.zero_grad(set_to_none=True)
            loss = model(ids, targets)
            loss.backward()
            if "clip" in recipe:
                nn.utils.clip_grad_norm_(model.parameters(), recipe["clip"])
            optimizer.step()
            losses.append(loss.item())
        return losses

    drawn = {}  # drawing ids in Python is not PyTorch's work, so it is done before the clock starts

    def prepare(units):
        drawn["next"] = [next(source) for _ in range(units)]

    return run, prepare


def matmul(task):
    number, size = Numbers(4), task["size"]
    a, b = (
        torch.tensor([2 * number() - 1 for _ in range(size * size)]).view(size, size)
        for _ in range(2)
    )

    def run(units):
        for _ in range(units):
            c = a @ b
        return [c[-1, -1].item()]

    return run, None


def mnist(task):
    """The pictures and weights of scripts/bench/mnist.ts."""
    count, inputs, hidden, classes = (
        task[name] for name in ("examples", "inputs", "hidden", "classes")
    )
    number, batch = Numbers(6), task["batch"]

    def glorot(rows, columns):
        size = (6 / (rows + columns)) ** 0.5
        values = [size * (2 * number() - 1) for _ in range(rows * columns)]
        return torch.tensor(values).view(rows, columns).t()

    torch.manual_seed(1)
    first, second = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
    with torch.no_grad():
        for layer, weight in ((first, glorot(inputs, hidden)), (second, glorot(hidden, classes))):
            layer.weight.copy_(weight)
            layer.bias.zero_()
    model = nn.Sequential(first, nn.ReLU(), nn.Dropout(task["dropout"]), second)
    optimizer = torch.optim.Adam(model.parameters(), lr=task["lr"], eps=1e-7)
    number = Numbers(5)
    shapes = torch.tensor([float(number() < 0.2) for _ in range(classes * inputs)])
    ys = torch.tensor([int(number() * classes) for _ in range(count)])
    noise = torch.tensor([number() for _ in range(count * inputs)]).view(count, inputs)
    xs = 0.3 * shapes.view(classes, inputs)[ys] + 0.7 * noise

    def run(units):
        means = []
        for _ in range(units):
            losses = []
            for at in range(0, len(ys), batch):
                optimizer.zero_grad(set_to_none=True)
                loss = F.cross_entropy(model(xs[at:at + batch]), ys[at:at + batch])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            means.append(sum(losses) / len(losses))
        return means

    return run, None


def generation(task):
    from transformers import GPT2LMHeadModel

    model = GPT2LMHeadModel.from_pretrained(task["folder"]).eval()
    prompt = torch.tensor([task["prompt"]])

    def run(units):
        with torch.no_grad():
            ids = model.generate(
                prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=units,
                do_sample=False, use_cache=True, eos_token_id=None, pad_token_id=0,
            )
        return ids[0, prompt.shape[1]:].tolist()

    return run, None


def main():
    say = lambda message: print(json.dumps(message), flush=True)
    try:
        before = resident()
        name, task = sys.argv[1], json.loads(sys.argv[2])
        run, prepare = {
            "gpt": gpt, "matmul": matmul, "mnist": mnist, "generation": generation,
        }[name](task)
        versions = {"PyTorch": torch.__version__}
        if name == "generation":
            import transformers
            versions["transformers"] = transformers.__version__
        say({"facts": {
            "device": "cpu", "detail": f"{torch.get_num_threads()} threads",
            "versions": versions, "limit": "cpu",
        }})
        peak = 0
        for line in sys.stdin:
            units = int(line)
            if prepare:
                prepare(units)
            start = time.perf_counter()
            results = run(units)
            wall = 1000 * (time.perf_counter() - start)
            now = max(0, resident() - before)
            peak = max(peak, now)
            say({"sample": {
                "wallMillis": wall / units, "peakBytes": now, "lifePeakBytes": peak,
                "results": results,
            }})
    except Exception as error:
        say({"error": f"{type(error).__name__}: {error}"})


main()
