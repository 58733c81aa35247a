"""Writes a GPT-2 of random weights as Hugging Face's folder and, where the package `onnx` is found, as an ONNX graph.

    python scripts/bench/python/gpt2_files.py FOLDER '{"layers": 12, "heads": 12, "width": 768, "vocab": 50257}'

The graph has the names that transformers.js expects: `input_ids`, `attention_mask`, `position_ids`,
`past_key_values.N.key` and `.value` in, `logits` and `present.N.key` and `.value` out. Where the package `onnxruntime` is
found, the graph is also written with weights of 8 bits. Prints one JSON object.
"""

import importlib.util
import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel


class Graph(nn.Module):
    """GPT-2 with explicit keys and values of the past, so that it can be exported."""

    def __init__(self, model):
        super().__init__()
        self.body, self.heads = model.transformer, model.config.n_head

    def forward(self, input_ids, attention_mask, position_ids, *past):
        body, H = self.body, self.heads
        batch, count = input_ids.shape
        x = F.embedding(input_ids, body.wte.weight) + F.embedding(position_ids, body.wpe.weight)
        before = past[0].shape[2]
        total = before + count
        rows = torch.arange(count).unsqueeze(1) + before
        hidden = (torch.arange(total).unsqueeze(0) > rows).unsqueeze(0).unsqueeze(0)
        hidden = hidden | (attention_mask == 0).unsqueeze(1).unsqueeze(1)
        present = []
        for k, block in enumerate(body.h):
            qkv = F.linear(block.ln_1(x), block.attn.c_attn.weight.t(), block.attn.c_attn.bias)
            q, key, value = (
                part.reshape(batch, count, H, -1).transpose(1, 2) for part in qkv.chunk(3, dim=-1)
            )
            key = torch.cat([past[2 * k], key], dim=2)
            value = torch.cat([past[2 * k + 1], value], dim=2)
            present += [key, value]
            scores = q @ key.transpose(2, 3) / (q.shape[-1] ** 0.5)
            weights = scores.masked_fill(hidden, -1e9).softmax(-1)
            y = (weights @ value).transpose(1, 2).reshape(batch, count, -1)
            x = x + F.linear(y, block.attn.c_proj.weight.t(), block.attn.c_proj.bias)
            z = F.linear(block.ln_2(x), block.mlp.c_fc.weight.t(), block.mlp.c_fc.bias)
            z = F.gelu(z, approximate="tanh")
            x = x + F.linear(z, block.mlp.c_proj.weight.t(), block.mlp.c_proj.bias)
        return (F.linear(body.ln_f(x), body.wte.weight), *present)


def export(model, folder):
    config = model.config
    L, H, D = config.n_layer, config.n_head, config.n_embd // config.n_head
    past = [torch.zeros(1, H, 3, D) for _ in range(2 * L)]
    names = [f"{k}.{part}" for k in range(L) for part in ("key", "value")]
    os.makedirs(f"{folder}/onnx", exist_ok=True)
    torch.onnx.export(
        Graph(model).eval(),
        (torch.ones(1, 2, dtype=torch.long), torch.ones(1, 5, dtype=torch.long),
         torch.ones(1, 2, dtype=torch.long), *past),
        f"{folder}/onnx/model.onnx",
        input_names=["input_ids", "attention_mask", "position_ids",
                     *[f"past_key_values.{name}" for name in names]],
        output_names=["logits", *[f"present.{name}" for name in names]],
        dynamic_axes={
            "input_ids": {1: "count"}, "attention_mask": {1: "total"}, "position_ids": {1: "count"},
            "logits": {1: "count"},
            **{f"past_key_values.{name}": {2: "before"} for name in names},
            **{f"present.{name}": {2: "total"} for name in names},
        },
        opset_version=18,
        dynamo=False,
    )


def main():
    folder, sizes = sys.argv[1], json.loads(sys.argv[2])
    torch.manual_seed(1)
    model = GPT2LMHeadModel(GPT2Config(
        n_layer=sizes["layers"], n_head=sizes["heads"], n_embd=sizes["width"],
        vocab_size=sizes["vocab"], bos_token_id=0, eos_token_id=0,
    )).eval()
    # larger weights than at the start of a training, so that tokens differ
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 2:
                weight.mul_(4)
    model.save_pretrained(folder)
    onnx = importlib.util.find_spec("onnx") is not None
    if onnx:
        with torch.no_grad():
            export(model, folder)
    quantized = onnx and importlib.util.find_spec("onnxruntime") is not None
    if quantized:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(
            f"{folder}/onnx/model.onnx", f"{folder}/onnx/model_quantized.onnx",
            weight_type=QuantType.QInt8,
        )
    print(json.dumps({"onnx": onnx, "quantized": quantized}))


main()
