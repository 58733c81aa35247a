"""Golden values of tiny Transformers: `torch.nn.Transformer`, its encoder with a causal mask, and Marian of `transformers`.

    python scripts/dev/golden/transformer.py > tests/golden/transformer.json
"""

import json
import sys

import torch
import transformers
from seq2seq_weights import fill, formula, gradient_facts, rounded
from transformers import MarianConfig, MarianMTModel

AMPLITUDE = 0.5
source_mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def layers(name, **options):
    model = torch.nn.Transformer(8, 2, 2, 1, 12, dropout=0.0, batch_first=True, **options).eval()
    fill(model.named_parameters(), AMPLITUDE)
    source, target = formula("source", (2, 5, 8), 1.0), formula("target", (2, 4, 8), 1.0)
    hidden = source_mask == 0
    causal = torch.nn.Transformer.generate_square_subsequent_mask(4)
    y = model(source, target, tgt_mask=causal, src_key_padding_mask=hidden, memory_key_padding_mask=hidden)
    (y * formula("weights", y.shape, 1.0)).sum().backward()
    causal5 = torch.nn.Transformer.generate_square_subsequent_mask(5)
    return {
        "name": name,
        "options": options,
        "parameters": {n: list(p.shape) for n, p in model.named_parameters()},
        "output": rounded(y),
        "causalEncoder": rounded(model.encoder(source, mask=causal5)),
        "gradients": gradient_facts(model.named_parameters()),
    }


ids = torch.tensor([[5, 9, 3, 7, 0], [4, 11, 0, 12, 12]])
labels = torch.tensor([[6, 2, 8, 0], [10, 0, -100, -100]])


def marian(name, **changes):
    config = MarianConfig(**{
        "vocab_size": 13, "max_position_embeddings": 16, "d_model": 8, "encoder_layers": 2, "decoder_layers": 1,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 12, "decoder_ffn_dim": 12,
        "dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0, "activation_function": "swish",
        "scale_embedding": True, "pad_token_id": 12, "eos_token_id": 0, "decoder_start_token_id": 11,
        "forced_eos_token_id": None, "share_encoder_decoder_embeddings": True, **changes,
    })
    model = MarianMTModel(config).eval()
    named = [(n, p) for n, p in model.named_parameters() if "embed_positions" not in n]
    fill(named, AMPLITUDE)
    model.final_logits_bias.copy_(formula("final_logits_bias", (1, 13), AMPLITUDE))
    decoder_ids = transformers.models.marian.modeling_marian.shift_tokens_right(labels, 12, 11)
    output = model(input_ids=ids, attention_mask=source_mask, decoder_input_ids=decoder_ids, labels=labels)
    output.loss.backward()
    write = lambda **options: model.generate(
        input_ids=ids, attention_mask=source_mask, max_new_tokens=7, do_sample=False, **options).tolist()
    keys = ["vocab_size", "max_position_embeddings", "d_model", "encoder_layers", "decoder_layers",
            "encoder_attention_heads", "decoder_attention_heads", "encoder_ffn_dim", "decoder_ffn_dim", "dropout",
            "attention_dropout", "activation_dropout", "activation_function", "scale_embedding", "pad_token_id",
            "eos_token_id", "decoder_start_token_id", "share_encoder_decoder_embeddings"]
    return {
        "name": name,
        "config": {"model_type": "marian", **{k: getattr(config, k) for k in keys}},
        "parameters": {**{n: list(p.shape) for n, p in named}, "final_logits_bias": [1, 13]},
        "decoderIds": decoder_ids.tolist(),
        "logits": rounded(output.logits),
        "loss": output.loss.item(),
        "gradients": gradient_facts(named),
        "greedy": write(),
        "beams": write(num_beams=3, length_penalty=0.8),
    }


json.dump({
    "source": f"python scripts/dev/golden/transformer.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "amplitude": AMPLITUDE,
    "mask": source_mask.tolist(),
    "layers": [
        layers("with norms after the sums", activation="relu"),
        layers("with norms before the parts", activation="gelu", norm_first=True),
    ],
    "ids": ids.tolist(),
    "labels": labels.tolist(),
    "marian": [
        marian("Marian"),
        marian("Marian with two vocabularies", share_encoder_decoder_embeddings=False, decoder_vocab_size=13),
    ],
}, sys.stdout, separators=(",", ":"))
