"""Trains in PyTorch the model that scripts/train_seq2seq.ts left, from the start, and writes from the held-out texts.

    deno run -A scripts/train_seq2seq.ts --set=verses --tokenizer=bpe --steps=1000 --out=runs/verses
    python scripts/bench/python/seq2seq.py runs/verses PAIRS '{"steps": 1000, "batch": 32}' > runs/verses/torch.jsonl
    deno run -A scripts/train_seq2seq.ts --set=verses --out=runs/verses --measure --beside=runs/verses/torch.jsonl

RUN holds best/config.json, best/tokenizer.json and written.jsonl, whose sources are not trained on. PAIRS is a file of
tab-separated values or JSON Lines, maybe with .gz. The settings have the names of the script's flags, with its defaults.
Layers, sizes, initial weights, optimizer, schedule and number of steps are those of the script; the random numbers are not.
"""

import gzip
import json
import math
import sys
import time

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional as F

SETTINGS = {
    "steps": 1000, "batch": 32, "lr": 2e-3, "warmup": 50, "weightDecay": 0.01, "labelSmoothing": 0.0,
    "maxTokens": 64, "maxTarget": None, "seed": 1337, "evalEvery": 250, "threads": 2,
}


def read_pairs(path, source=None, target=None):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            if ".jsonl" in path:
                row = json.loads(line)
                yield row[source or "source"], row[target or "target"]
            else:
                row = line.rstrip("\r\n").split("\t")
                yield row[int(source or 0)], row[int(target or 1)]


class Model(nn.Module):
    """torch.nn.Transformer between one table of vectors with fixed positions and the same table as output."""

    def __init__(self, config):
        super().__init__()
        width = config["embedDim"]
        self.config = config
        self.tokens = nn.Embedding(config["vocabSize"], width)
        nn.init.normal_(self.tokens.weight, std=width ** -0.5)
        self.layers = nn.Transformer(
            width, config["numHeads"], config["numLayers"], config["decoderLayers"], config["hiddenDim"],
            config["dropout"], config["activation"], norm_first=config["normFirst"], batch_first=True,
        )
        for name, weight in self.layers.named_parameters():
            if name.endswith("in_proj_weight"):  # as three matrices
                for part in weight.data.chunk(3):
                    nn.init.xavier_normal_(part)
            elif weight.dim() == 2:
                nn.init.xavier_normal_(weight)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        place = torch.arange(config["contextLength"]).unsqueeze(1)
        angle = place * torch.exp(-math.log(10000) * torch.arange(0, width, 2) / width)
        self.register_buffer("positions", torch.stack((angle.sin(), angle.cos()), -1).reshape(-1, width))
        self.drop = nn.Dropout(config["dropout"])

    def embed(self, ids):
        scaled = self.tokens(ids) * math.sqrt(self.config["embedDim"])
        return self.drop(scaled + self.positions[: ids.shape[1]])

    def encode(self, ids, hidden):
        return self.layers.encoder(self.embed(ids), src_key_padding_mask=hidden)

    def decode(self, ids, memory, hidden):
        count = ids.shape[1]
        causal = torch.ones(count, count, dtype=torch.bool).triu(1)
        y = self.layers.decoder(self.embed(ids), memory, tgt_mask=causal, memory_key_padding_mask=hidden)
        return y @ self.tokens.weight.t()


def stack(rows, fill):
    longest = 8 * math.ceil(max(len(row) for row in rows) / 8)
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


def main():
    folder, path = sys.argv[1:3]
    s = {**SETTINGS, **json.loads(sys.argv[3] if len(sys.argv) > 3 else "{}")}
    with open(f"{folder}/best/config.json") as file:
        config = json.load(file)
    tokenizer = Tokenizer.from_file(f"{folder}/best/tokenizer.json")
    pad, start, end = config["padId"], config["startId"], config["endId"]
    with open(f"{folder}/written.jsonl") as file:
        held = [json.loads(line) for line in file]
    unseen = {row["source"] for row in held}
    pairs = [pair for pair in read_pairs(path, s.get("source"), s.get("target")) if pair[0] not in unseen]
    most = s["maxTarget"] or s["maxTokens"]
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    reading = lambda text: encode(text)[: s["maxTokens"] - 1] + [end]
    tokens = [(reading(a), encode(b)[: most - 1] + [end]) for a, b in pairs]
    torch.manual_seed(s["seed"])
    torch.set_num_threads(s["threads"])
    model = Model(config)
    optimizer = torch.optim.AdamW(model.parameters(), s["lr"], weight_decay=s["weightDecay"])  # of all parameters
    low = s["lr"] / 20

    def rate(step):
        if step < s["warmup"]:
            return s["lr"] * step / s["warmup"]
        done = (step - s["warmup"]) / max(1, s["steps"] - s["warmup"])
        return low + (s["lr"] - low) * 0.5 * (1 + math.cos(math.pi * done))

    def loss_of(some, smoothing):
        ids = stack([a for a, _ in some], pad)
        hidden = stack([[1] * len(a) for a, _ in some], 0) == 0
        inputs = stack([[start] + b[:-1] for _, b in some], pad)
        labels = stack([b for _, b in some], -100)
        logits = model.decode(inputs, model.encode(ids, hidden), hidden)
        mode = "mean" if smoothing is not None else "sum"
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction=mode, label_smoothing=smoothing or 0.0)
        return loss, int((labels >= 0).sum())

    def held_loss():
        model.eval()
        rows = [(reading(row["source"]), encode(row["target"])[: most - 1] + [end]) for row in held]
        with torch.no_grad():
            sums = [loss_of(rows[i : i + 32], None) for i in range(0, len(rows), 32)]
        model.train()
        return sum(float(a) for a, _ in sums) / sum(b for _, b in sums)

    model.train()
    order, best, times, kept = [], math.inf, [], None
    for step in range(s["steps"]):
        if len(order) < s["batch"]:
            order = torch.randperm(len(tokens)).tolist()
        some, order = [tokens[i] for i in order[: s["batch"]]], order[s["batch"] :]
        began = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        loss, _ = loss_of(some, s["labelSmoothing"])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        times.append(time.perf_counter() - began)
        if (step + 1) % s["evalEvery"] == 0 or step + 1 == s["steps"]:
            now = held_loss()
            if now < best:
                best, kept = now, {k: v.clone() for k, v in model.state_dict().items()}
            print(f"step {step + 1} loss {loss.item():.4f} validation {now:.4f}", file=sys.stderr)
    model.load_state_dict(kept)
    model.eval()
    for i in range(0, len(held), 32):
        sources = [reading(row["source"]) for row in held[i : i + 32]]
        ids, hidden = stack(sources, pad), stack([[1] * len(a) for a in sources], 0) == 0
        with torch.no_grad():
            memory, rows = model.encode(ids, hidden), torch.full((len(sources), 1), start)
            ended = torch.zeros(len(sources), dtype=torch.bool)
            for _ in range(most):
                logits = model.decode(rows, memory, hidden)[:, -1]
                logits[:, [pad, start]] = -math.inf
                chosen = logits.argmax(-1).masked_fill(ended, pad)
                rows = torch.cat([rows, chosen.unsqueeze(1)], 1)
                ended |= chosen == end
                if ended.all():
                    break
        for row, ids in zip(held[i : i + 32], rows[:, 1:].tolist()):
            ids = ids[: ids.index(end)] if end in ids else ids
            print(json.dumps({"source": row["source"], "written": tokenizer.decode(ids)}, ensure_ascii=False))
    middle = sorted(times[3:])[len(times[3:]) // 2]
    print(f"torch {torch.__version__}: validation {best:.4f}, {1000 * middle:.0f} ms a step", file=sys.stderr)


main()
