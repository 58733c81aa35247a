"""Tags words or finds answers in PyTorch, from the weights and on the batches of a run of scripts/train_tagger.ts or answer_questions.ts.

    python3 scripts/bench/python/token_tasks.py runs/names/pytorch

The folder holds `init`, the model before its first step, and `run.json`: settings, and rows of token ids in the order in which
they are learnt. The script writes `predictions.json`: for each test row the class of each token, or its logits of being the
answer's first and last token. Needs torch, transformers and safetensors; a script's flag --pytorch=python3 makes the folder and
runs this.
"""

import json
import sys
import time

import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import AutoModelForQuestionAnswering, AutoModelForTokenClassification

folder = sys.argv[1]
with open(f"{folder}/run.json") as file:
    run = json.load(file)
torch.manual_seed(run["seed"])


class Tagger(torch.nn.Module):
    """A recurrent network that reads from both ends, as lib/models/rnn_tagger."""

    def __init__(self, config):
        super().__init__()
        wide, units = config["embedding_size"], config["hidden_size"]
        self.embedding = torch.nn.Embedding(config["vocab_size"], wide)
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[config["cell"]]
        self.rnn = kind(wide, units, config["num_layers"], batch_first=True, bidirectional=True)
        self.classifier = torch.nn.Linear(2 * units, len(config["id2label"]))
        self.drop = torch.nn.Dropout(run["dropout"])

    def forward(self, ids, mask):
        lengths = mask.sum(1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            self.drop(self.embedding(ids)), lengths, batch_first=True, enforce_sorted=False
        )
        out, _ = torch.nn.utils.rnn.pad_packed_sequence(
            self.rnn(packed)[0], batch_first=True, total_length=ids.shape[1]
        )
        return self.classifier(self.drop(out))


if run["task"] == "rnn-tagger":
    with open(f"{folder}/init/config.json") as file:
        model = Tagger(json.load(file))
    model.load_state_dict(load_file(f"{folder}/init/model.safetensors"))
else:
    kind = AutoModelForTokenClassification if run["task"] == "token-classification" else AutoModelForQuestionAnswering
    model = kind.from_pretrained(f"{folder}/init", attn_implementation="eager")
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = run["dropout"]


def stack(rows, key, fill):
    length = -(-max(len(row["ids"]) for row in rows) // run["multiple"]) * run["multiple"]
    return torch.tensor([row[key] + [fill] * (length - len(row[key])) for row in rows])


def forward(rows):
    ids = stack(rows, "ids", run["padId"])
    mask = (torch.arange(ids.shape[1])[None] < torch.tensor([len(row["ids"]) for row in rows])[:, None]).long()
    if run["task"] == "rnn-tagger":
        return model(ids, mask)
    out = model(input_ids=ids, attention_mask=mask, token_type_ids=stack(rows, "segments", 0))
    if run["task"] == "token-classification":
        return out.logits
    hidden = (1.0 - mask) * -1e9
    return torch.stack([out.start_logits + hidden, out.end_logits + hidden])


def loss_of(rows):
    logits = forward(rows)
    if run["task"] == "question-answering":
        places = [torch.tensor([row[key] for row in rows]) for key in ("start", "end")]
        return sum(cross_entropy(one, place) for one, place in zip(logits, places)) / 2
    return cross_entropy(logits.flatten(0, 1), stack(rows, "labels", -100).flatten())


matrices = [value for value in model.parameters() if value.ndim > 1]
others = [value for value in model.parameters() if value.ndim <= 1]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": run["weightDecay"]}, {"params": others, "weight_decay": 0.0}],
    betas=(0.9, 0.999),
    eps=1e-8,
)
model.train()
started = time.perf_counter()
for step in range(run["steps"]):
    done = step + 1
    rate = step / run["warmup"] if step < run["warmup"] else (run["steps"] - step) / max(1, run["steps"] - run["warmup"])
    for group in optimizer.param_groups:
        group["lr"] = run["lr"] * rate
    loss = loss_of(run["train"][step * run["batch"] : done * run["batch"]])
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 50 == 0 or done == run["steps"]:
        print(f"PyTorch step {done}, loss {loss.item():.4f}", flush=True)
print(f"PyTorch {torch.__version__}: {1000 * (time.perf_counter() - started) / run['steps']:.0f} ms a step")

model.eval()
predictions = []
with torch.no_grad():
    for at in range(0, len(run["test"]), 32):
        rows = run["test"][at : at + 32]
        logits = forward(rows)
        for b, row in enumerate(rows):
            length = len(row["ids"])
            if run["task"] == "question-answering":
                predictions.append([[round(v, 4) for v in one[b, :length].tolist()] for one in logits])
            else:
                predictions.append(logits[b, :length].argmax(-1).tolist())
with open(f"{folder}/predictions.json", "w") as file:
    json.dump(predictions, file)
