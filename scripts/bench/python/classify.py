"""Trains a BERT that sorts texts in PyTorch, from the weights and on the batches of a run of scripts/train_bert.ts.

    python3 scripts/bench/python/classify.py runs/sentiment/replay

The folder holds `init`, the model before its first step, and `run.json`: settings, texts, and the order of the batches. The
script writes `predictions.json`, the classes of the held-out texts by the weights of the lowest validation loss.
Needs torch, transformers and safetensors. `scripts/train_bert.ts --pytorch=python3` makes the folder and runs this.
"""

import copy
import json
import sys
import time

import torch
from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

folder = sys.argv[1]
with open(f"{folder}/run.json") as file:
    run = json.load(file)
torch.manual_seed(run["seed"])
drop = run["dropout"]
model = AutoModelForSequenceClassification.from_pretrained(f"{folder}/init")
for module in model.modules():
    if isinstance(module, torch.nn.Dropout):
        module.p = drop
tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{folder}/init/tokenizer.json")
pad = model.config.pad_token_id or 0

FROZEN = {"encoder.tokens": "word_embeddings", "encoder.positions": "position_embeddings"}
for part in filter(None, run["frozen"].split(",")):
    name = FROZEN.get(part, part.replace("encoder.blocks.", "encoder.layer.") + ".")
    found = [value for path, value in model.named_parameters() if name in path]
    if not found:
        sys.exit(f"Cannot freeze {part} as the model in PyTorch has no {name}")
    for value in found:
        value.requires_grad = False


def encode(examples):
    rows = [tokenizer(one["text"], truncation=True, max_length=run["maxLength"])["input_ids"] for one in examples]
    step = min(16, run["maxLength"])
    length = -(-max(map(len, rows)) // step) * step
    ids = torch.tensor([row + [pad] * (length - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows])
    labels = torch.tensor([one["label"] for one in examples])
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def batches(examples, size=32):
    return [encode(examples[at : at + size]) for at in range(0, len(examples), size)]


@torch.no_grad()
def evaluate(examples):
    model.eval()
    loss, classes = 0.0, []
    for batch in batches(examples):
        out = model(**batch)
        loss += out.loss.item() * len(batch["labels"])
        classes += out.logits.argmax(-1).tolist()
    model.train()
    return loss / len(examples), classes


trained = [value for value in model.parameters() if value.requires_grad]
groups = [
    {"params": [value for value in trained if value.ndim > 1], "weight_decay": run["weightDecay"]},
    {"params": [value for value in trained if value.ndim <= 1], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=run["lr"])
warmup, total = run["total"] // 10, run["total"]


def share(step):  # of the peak learning rate, at a step from 0
    return step / warmup if step < warmup else max(0.0, (total - step) / max(1, total - warmup))


schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
every, best, kept = run.get("evalEvery", 50), float("inf"), None
times = []
model.train()
for step, rows in enumerate(run["order"], 1):
    began = time.perf_counter()
    loss = model(**encode([run["train"][i] for i in rows])).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    times.append(time.perf_counter() - began)
    if step % every == 0 or step == len(run["order"]):
        held, _ = evaluate(run["validation"])
        print(f"PyTorch: step {step}, loss {loss.item():.4f}, validation {held:.4f}", flush=True)
        if held < best:
            best, kept = held, copy.deepcopy(model.state_dict())
if kept:
    model.load_state_dict(kept)
_, classes = evaluate(run["held"])
with open(f"{folder}/predictions.json", "w") as file:
    json.dump(classes, file)
print(f"PyTorch {torch.__version__}: {1000 * sorted(times)[len(times) // 2]:.0f} ms a step, {len(times)} steps")
