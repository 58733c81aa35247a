"""Golden values of adapters on a tiny Llama, by the package `peft`: logits, loss, gradients, and logits after merging.

Weights are made by a formula that the test repeats: value i of parameter n is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms;
parameters in the order of their names, those of the adapters after those of the model.

    python scripts/dev/golden/lora.py > tests/golden/lora.json
"""

import json
import sys

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

CONFIG = dict(
    vocab_size=19, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=16, bos_token_id=None, eos_token_id=None, pad_token_id=None, tie_word_embeddings=False,
)


def fill(parameters, first):
    with torch.no_grad():
        for n, (name, p) in enumerate(sorted(parameters)):
            i = torch.arange(p.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i * i + 1.7 * i + first + n + 1) + (1.0 if "norm" in name else 0.0)
            p.copy_(values.view(p.shape))


def flat(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def case(stabilized):
    base = LlamaForCausalLM(LlamaConfig(**CONFIG))
    fill(list(base.named_parameters()), 0)
    count = len(list(base.named_parameters()))
    lora = LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj", "down_proj"], use_rslora=stabilized, task_type="CAUSAL_LM")
    model = get_peft_model(base, lora).eval()
    adapters = [(name, p) for name, p in model.named_parameters() if ".lora_" in name]
    fill(adapters, count)
    ids = torch.tensor([[1, 5, 3, 18, 0, 7], [2, 2, 9, 4, 8, 6]])
    targets = torch.tensor([[5, 3, 18, 0, 7, 1], [2, 9, 4, 8, 6, -100]])
    logits = model(ids).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
    loss.backward()
    gradients = {name.replace(".default", ""): flat(p.grad) for name, p in adapters}
    trained, total = model.get_nb_trainable_parameters()
    merged = model.merge_and_unload()
    return {"stabilized": stabilized, "trained": trained, "total": total, "logits": flat(logits), "loss": loss.item(),
            "gradients": gradients, "merged": flat(merged(ids).logits)}


json.dump({
    "source": f"python scripts/dev/golden/lora.py, torch {torch.__version__}, transformers {transformers.__version__}, peft {peft.__version__}",
    "config": {**{k: v for k, v in CONFIG.items() if v is not None}, "model_type": "llama", "rms_norm_eps": 1e-6},
    "ids": [[1, 5, 3, 18, 0, 7], [2, 2, 9, 4, 8, 6]],
    "targets": [[5, 3, 18, 0, 7, 1], [2, 9, 4, 8, 6, -100]],
    "cases": [case(False), case(True)],
}, sys.stdout, separators=(",", ":"))
