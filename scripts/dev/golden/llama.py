"""Golden values of tiny models of Llama's relatives: logits, loss, gradients and greedy generation, by `transformers`.

Weights are made by a formula that the test repeats: value i of parameter n is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms.

    python scripts/dev/golden/llama.py > tests/golden/llama.json
"""

import json
import sys

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

SIZES = dict(
    vocab_size=23, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=64, bos_token_id=None, eos_token_id=None, pad_token_id=None, attn_implementation="eager",
)
CASES = {
    "llama": dict(model_type="llama", tie_word_embeddings=False, rms_norm_eps=1e-5),
    "llama3": dict(model_type="llama", tie_word_embeddings=True, attention_bias=True, mlp_bias=True, rope_theta=500.0, rope_scaling=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)),
    "linear": dict(model_type="llama", tie_word_embeddings=True, rope_scaling=dict(rope_type="linear", factor=2.5)),
    "yarn": dict(model_type="qwen2", tie_word_embeddings=True, head_dim=8, hidden_size=32, rope_scaling=dict(
        rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0)),
    "mistral": dict(model_type="mistral", tie_word_embeddings=False, sliding_window=3, head_dim=6),
    "qwen2": dict(model_type="qwen2", tie_word_embeddings=True, rope_theta=1e4),
    "qwen2-window": dict(model_type="qwen2", tie_word_embeddings=True, use_sliding_window=True, sliding_window=3, max_window_layers=1),
    "qwen3": dict(model_type="qwen3", tie_word_embeddings=True, head_dim=8, rope_theta=1e6),
    "smollm3": dict(model_type="smollm3", tie_word_embeddings=True, num_hidden_layers=4, no_rope_layer_interval=2),
}
KEPT = ["model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.k_proj.weight",
        "model.layers.1.mlp.down_proj.weight", "model.layers.0.input_layernorm.weight", "model.layers.0.self_attn.k_proj.bias",
        "model.layers.1.self_attn.q_norm.weight", "lm_head.weight"]


def flat(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def case(given):
    settings = {**SIZES, **given}
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**settings)).eval()
    with torch.no_grad():
        for n, (name, p) in enumerate(sorted(model.named_parameters())):
            i = torch.arange(p.numel(), dtype=torch.float64)
            values = 0.3 * torch.sin(0.37 * i * i + 1.7 * i + n + 1) + (1.0 if "norm" in name else 0.0)
            p.copy_(values.view(p.shape))
    ids = torch.tensor([[1, 5, 3, 22, 0, 7, 19, 4], [2, 2, 9, 4, 8, 6, 11, 17]])
    targets = torch.tensor([[5, 3, 22, 0, 7, 19, 4, 1], [2, 9, 4, 8, 6, 11, -100, -100]])
    logits = model(ids).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
    loss.backward()
    config = {k: v for k, v in json.loads(model.config.to_json_string()).items() if v is not None}
    return {
        "config": config,
        "logits": flat(logits),
        "loss": loss.item(),
        "norms": {name: float(p.grad.norm()) for name, p in model.named_parameters()},
        "gradients": {name: flat(p.grad)[:64] for name, p in model.named_parameters() if name in KEPT},
        "greedy": model.generate(ids[:1, :5], attention_mask=torch.ones(1, 5), max_new_tokens=16, do_sample=False)[0].tolist(),
    }


json.dump({
    "source": f"python scripts/dev/golden/llama.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "ids": [[1, 5, 3, 22, 0, 7, 19, 4], [2, 2, 9, 4, 8, 6, 11, 17]],
    "targets": [[5, 3, 22, 0, 7, 19, 4, 1], [2, 9, 4, 8, 6, 11, -100, -100]],
    "cases": {name: case(given) for name, given in CASES.items()},
}, sys.stdout, separators=(",", ":"))
