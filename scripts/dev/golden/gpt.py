"""Golden values of a tiny GPT-2: weights, logits, loss and gradients, from the `transformers` package.

    python scripts/dev/golden/gpt.py > tests/golden/gpt.json
"""

import json
import sys

import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
config = GPT2Config(
    vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2,
    resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
)
model = GPT2LMHeadModel(config).eval()
with torch.no_grad():
    for name, p in model.named_parameters():
        p.copy_(torch.randn_like(p) * 0.3 + (1.0 if name.endswith("ln_1.weight") or name.endswith("ln_2.weight") or name.endswith("ln_f.weight") else 0.0))

ids = torch.tensor([[1, 5, 3, 10, 0, 7], [2, 2, 9, 4, 8, 6]])
targets = torch.tensor([[5, 3, 10, 0, 7, 1], [2, 9, 4, 8, 6, -100]])
logits = model(ids).logits
loss = torch.nn.functional.cross_entropy(logits.view(-1, 11), targets.view(-1), ignore_index=-100)
loss.backward()


def flat(tensor):
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def stored(name):
    return name.removeprefix("transformer.")


json.dump({
    "source": f"python scripts/dev/golden/gpt.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "config": {k: getattr(config, k) for k in [
        "model_type", "vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "activation_function",
        "resid_pdrop", "layer_norm_epsilon"]},
    "ids": ids.tolist(),
    "targets": targets.tolist(),
    "logits": flat(logits),
    "loss": loss.item(),
    "weights": {stored(n): {"shape": list(p.shape), "values": flat(p)} for n, p in model.named_parameters()},
    "gradients": {stored(n): flat(p.grad) for n, p in model.named_parameters()},
    "greedy": model.generate(ids[:1, :3], max_new_tokens=5, do_sample=False, pad_token_id=0, eos_token_id=None)[0].tolist(),
}, sys.stdout, separators=(",", ":"))
