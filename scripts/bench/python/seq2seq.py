"""Trains in PyTorch a model that reads one text and writes another, from the weights and on the batches of a run of scripts/train_seq2seq.ts.

    python3 scripts/bench/python/seq2seq.py runs/verses/pytorch

The folder holds `init`, the model before its first step, and `run.json`: settings, pairs of token ids, and the order of the
batches. The script writes `predictions.json`, what it writes greedily from the held-out sources, and `trained`, the weights of
the lowest validation loss under the names they came by. Needs torch and safetensors, and for a T5 transformers;
`scripts/train_seq2seq.ts --pytorch=python3` makes the folder and runs this.
"""

import json
import math
import shutil
import sys
import time

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
with open(f"{folder}/run.json") as file:
    run = json.load(file)
with open(f"{folder}/init/config.json") as file:
    config = json.load(file)
pad, start, end = run["padId"], run["startId"], run["endId"]
torch.manual_seed(run["seed"])


def torch_name(ours):
    """PyTorch's name of a parameter of ours, and which third of it ours is, if it is one."""
    parts = ours.split(".")
    third = "qkv".index(parts[-2]) if len(parts) > 2 and parts[-2] in "qkv" else None
    if third is not None:
        parts[-2:] = ["in_proj_" + parts[-1]]
    name = ".".join(parts)
    for old, new in [
        ("network.fc", "linear1"), ("network.proj", "linear2"), (".proj.", ".out_proj."),
        (".cross.", ".multihead_attn."), (".attn.", ".self_attn."),
    ]:
        name = name.replace(old, new)
    return name.replace("norm3", "norm2") if name.startswith("encoder") else name, third


class Transformer(nn.Module):
    """torch.nn.Transformer between one table of vectors with fixed positions and the same table as output."""

    def __init__(self):
        super().__init__()
        width = config["embedDim"]
        self.tokens = nn.Embedding(config["vocabSize"], width)
        self.layers = nn.Transformer(
            width, config["numHeads"], config["numLayers"], config["decoderLayers"], config["hiddenDim"],
            run["dropout"], config["activation"], norm_first=config["normFirst"], batch_first=True,
        )
        place = torch.arange(config["contextLength"]).unsqueeze(1)
        angle = place * torch.exp(-math.log(10000) * torch.arange(0, width, 2) / width)
        self.register_buffer("positions", torch.stack((angle.sin(), angle.cos()), -1).reshape(-1, width))
        self.drop = nn.Dropout(run["dropout"])

    def parts(self, weights):
        """Pairs of a tensor under its name in the folder and the part of a parameter that it is."""
        named = dict(self.layers.named_parameters())
        for ours, tensor in weights.items():
            if ours == "source.tokens.weight":
                yield tensor, self.tokens.weight.data
                continue
            name, third = torch_name(ours)
            whole = named[name].data
            yield tensor, whole if third is None else whole.chunk(3)[third]

    def load(self, weights):
        count = 0
        for tensor, part in self.parts(weights):
            part.copy_(tensor)
            count += part.numel()
        if count != sum(p.numel() for p in self.parameters()):
            sys.exit(f"Cannot go on as init must hold every parameter: it has {count} numbers")

    def keep(self, path):
        weights = load_file(f"{folder}/init/model.safetensors")
        for tensor, part in self.parts(weights):
            tensor.copy_(part)
        save_file(weights, f"{path}/model.safetensors")

    def embed(self, ids):
        return self.drop(self.tokens(ids) * math.sqrt(config["embedDim"]) + self.positions[: ids.shape[1]])

    def encode(self, ids, mask):
        return self.layers.encoder(self.embed(ids), src_key_padding_mask=mask == 0)

    def decode(self, ids, memory, mask):
        count = ids.shape[1]
        causal = torch.ones(count, count, dtype=torch.bool).triu(1)
        y = self.layers.decoder(self.embed(ids), memory, tgt_mask=causal, memory_key_padding_mask=mask == 0)
        return y @ self.tokens.weight.t()


class T5(nn.Module):
    """The T5 of transformers, whose folders are ours."""

    def __init__(self):
        super().__init__()
        from transformers import T5ForConditionalGeneration

        self.model = T5ForConditionalGeneration.from_pretrained(f"{folder}/init")
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = run["dropout"]

    def load(self, weights):
        pass

    def keep(self, path):
        self.model.save_pretrained(path)

    def encode(self, ids, mask):
        return self.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state

    def decode(self, ids, memory, mask):
        return self.model(encoder_outputs=(memory,), attention_mask=mask, decoder_input_ids=ids).logits


def stack(rows, fill):
    longest = run["multiple"] * math.ceil(max(map(len, rows)) / run["multiple"])
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


def targets(pair):
    return pair["target"][: run["maxTarget"] - 1] + [end]


def loss_of(pairs, smoothing, reduction):
    ids = stack([pair["source"] for pair in pairs], pad)
    mask = stack([[1] * len(pair["source"]) for pair in pairs], 0)
    inputs = stack([[start] + targets(pair)[:-1] for pair in pairs], pad)
    labels = stack([targets(pair) for pair in pairs], -100)
    logits = model.decode(inputs, model.encode(ids, mask), mask)
    loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction=reduction, label_smoothing=smoothing)
    return loss, int((labels >= 0).sum())


@torch.no_grad()
def evaluate(pairs, smoothing):
    model.eval()
    sums = [loss_of(pairs[at : at + 32], smoothing, "sum") for at in range(0, len(pairs), 32)]
    model.train()
    return sum(float(a) for a, _ in sums) / sum(b for _, b in sums)


@torch.no_grad()
def write(sources):
    ids, mask = stack(sources, pad), stack([[1] * len(row) for row in sources], 0)
    memory, rows = model.encode(ids, mask), torch.full((len(sources), 1), start)
    ended = torch.zeros(len(sources), dtype=torch.bool)
    for _ in range(run["maxTarget"]):
        logits = model.decode(rows, memory, mask)[:, -1]
        logits[:, [pad, start]] = -math.inf
        chosen = logits.argmax(-1).masked_fill(ended, end)
        rows = torch.cat([rows, chosen.unsqueeze(1)], 1)
        ended |= chosen == end
        if ended.all():
            break
    return [row[: row.index(end)] if end in row else row for row in rows[:, 1:].tolist()]


model = T5() if config["model_type"] == "t5" else Transformer()
model.load(load_file(f"{folder}/init/model.safetensors"))
groups = [
    {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": run["weightDecay"]},
    {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=run["lr"])
warmup, total, least = run["warmup"], run["steps"], 1 / 20


def share(step):  # of the peak learning rate, at a step from 0
    if step < warmup:
        return step / warmup
    done = (step - warmup) / max(1, total - warmup)
    return least + (1 - least) * 0.5 * (1 + math.cos(math.pi * done))


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
best, kept, times = math.inf, None, []
model.train()
for step, places in enumerate(run["order"], 1):
    began = time.perf_counter()
    loss, _ = loss_of([run["train"][i] for i in places], run["labelSmoothing"], "mean")
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    times.append(time.perf_counter() - began)
    if step % run["evalEvery"] == 0 or step == len(run["order"]):
        now = evaluate(run["validation"], run["labelSmoothing"])
        print(f"PyTorch: step {step}, loss {loss.item():.4f}, validation {now:.4f}", flush=True)
        if now < best:
            best, kept = now, {name: value.clone() for name, value in model.state_dict().items()}
model.load_state_dict(kept)
print(f"PyTorch: held-out loss {evaluate(run['held'], 0.0):.4f} nats a token")
model.eval()
sources = [pair["source"] for pair in run["held"]]
written = [row for at in range(0, len(sources), 32) for row in write(sources[at : at + 32])]
with open(f"{folder}/predictions.json", "w") as file:
    json.dump(written, file)
shutil.copytree(f"{folder}/init", f"{folder}/trained", dirs_exist_ok=True)
model.keep(f"{folder}/trained")
print(f"PyTorch {torch.__version__}: {1000 * sorted(times)[len(times) // 2]:.0f} ms a step, {len(times)} steps")
