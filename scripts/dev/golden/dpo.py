"""Golden values of direct preference optimization on a tiny Llama: log probabilities, margins, losses and gradients, by PyTorch.

Weights are made by a formula that the test repeats: value i of parameter n is 0.3 sin(0.37 i² + 1.7 i + shift + n + 1), and 1 more
for norms; the shift is 0 for the model and 50 for the reference.

    python scripts/dev/golden/dpo.py > tests/golden/dpo.json
"""

import json
import sys

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

CONFIG = dict(
    vocab_size=19, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=16, bos_token_id=None, eos_token_id=None, pad_token_id=None, tie_word_embeddings=False,
)
INPUTS = torch.tensor([[1, 5, 3, 18, 0], [2, 2, 9, 4, 0], [1, 5, 3, 7, 7], [2, 2, 9, 0, 0]])  # two chosen, two rejected
TARGETS = torch.tensor([[-100, -100, 18, 4, -100], [-100, 9, 4, 8, -100], [-100, -100, 7, 7, 6], [-100, 9, 11, -100, -100]])


def model(shift):
    made = LlamaForCausalLM(LlamaConfig(**CONFIG)).eval()
    with torch.no_grad():
        for n, (name, p) in enumerate(sorted(made.named_parameters())):
            i = torch.arange(p.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i * i + 1.7 * i + shift + n + 1) + (1.0 if "norm" in name else 0.0)
            p.copy_(values.view(p.shape))
    return made


def log_probs(made):
    each = made(INPUTS).logits.log_softmax(-1)
    counts = TARGETS != -100
    return (each.gather(-1, TARGETS.clamp(min=0).unsqueeze(-1)).squeeze(-1) * counts).sum(-1)


policy, reference = model(0), model(50)
with torch.no_grad():
    ref = log_probs(reference)
cases = []
for beta, smoothing, likelihood in [(0.1, 0.0, 0.0), (0.7, 0.2, 0.0), (0.1, 0.0, 1.5)]:
    policy.zero_grad()
    own = log_probs(policy)
    gains = own - ref
    margins = beta * (gains[:2] - gains[2:])
    losses = -torch.nn.functional.logsigmoid(margins) * (1 - smoothing) - torch.nn.functional.logsigmoid(-margins) * smoothing
    losses = losses - likelihood * (own / (TARGETS != -100).sum(-1))[:2]
    losses.mean().backward()
    cases.append({"beta": beta, "labelSmoothing": smoothing, "likelihood": likelihood, "margins": margins.tolist(), "loss": losses.mean().item(),
                  "norms": {name: float(p.grad.norm()) for name, p in policy.named_parameters()}})

json.dump({
    "source": f"python scripts/dev/golden/dpo.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "config": {**{k: v for k, v in CONFIG.items() if v is not None}, "model_type": "llama", "rms_norm_eps": 1e-6},
    "inputs": INPUTS.tolist(),
    "targets": TARGETS.tolist(),
    "logProbs": own.tolist(),
    "reference": ref.tolist(),
    "cases": cases,
}, sys.stdout, separators=(",", ":"))
