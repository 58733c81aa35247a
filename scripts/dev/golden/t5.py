"""Golden values of tiny T5s: logits, loss, gradients and what they write, from the `transformers` package.

    python scripts/dev/golden/t5.py > tests/golden/t5.json
"""

import json
import sys

import torch
import transformers
from seq2seq_weights import fill, gradient_facts, rounded
from transformers import T5Config, T5ForConditionalGeneration

ids = torch.tensor([[5, 9, 3, 12, 7, 1], [4, 4, 11, 1, 0, 0]])
mask = (ids != 0).long()
labels = torch.tensor([[6, 2, 8, 1], [10, 1, -100, -100]])


def case(name, **changes):
    config = T5Config(**{
        "vocab_size": 13, "d_model": 8, "d_kv": 3, "d_ff": 12, "num_layers": 2, "num_decoder_layers": 1, "num_heads": 2,
        "relative_attention_num_buckets": 8, "relative_attention_max_distance": 16, "dropout_rate": 0.0,
        "feed_forward_proj": "relu", "decoder_start_token_id": 0, **changes,
    })
    model = T5ForConditionalGeneration(config).eval()
    if not config.scale_decoder_outputs:  # published ones of this kind have an output of their own
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.shared.weight))
    fill(model.named_parameters(), 0.7)
    decoder_ids = model._shift_right(labels)
    output = model(input_ids=ids, attention_mask=mask, labels=labels)
    output.loss.backward()

    def write(**options):
        result = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=8, do_sample=False, return_dict_in_generate=True,
            output_scores=True, **options)
        n = options.get("num_return_sequences", 1)
        rows = [[t for t in row.tolist()[1:]] for row in result.sequences]
        return {
            "ids": [rows[i:i + n] for i in range(0, len(rows), n)],
            "scores": rounded(result.sequences_scores) if options.get("num_beams", 1) > 1 else None,
        }

    settings = [
        {"num_beams": 3, "num_return_sequences": 3, "length_penalty": 1.0, "early_stopping": False},
        {"num_beams": 4, "num_return_sequences": 2, "length_penalty": 0.2, "early_stopping": True},
        {"num_beams": 2, "num_return_sequences": 1, "length_penalty": 2.0, "early_stopping": "never"},
    ]
    keys = ["vocab_size", "d_model", "d_kv", "d_ff", "num_layers", "num_decoder_layers", "num_heads",
            "relative_attention_num_buckets", "relative_attention_max_distance", "dropout_rate", "feed_forward_proj",
            "layer_norm_epsilon", "pad_token_id", "eos_token_id", "decoder_start_token_id"]
    return {
        "name": name,
        "config": {"model_type": "t5", "tie_word_embeddings": changes.get("tie_word_embeddings", True),
                   **{k: getattr(config, k) for k in keys}},
        "parameters": {n: list(p.shape) for n, p in model.named_parameters()},
        "decoderIds": decoder_ids.tolist(),
        "memory": rounded(model.get_encoder()(input_ids=ids, attention_mask=mask).last_hidden_state[0]),
        "logits": rounded(output.logits),
        "loss": output.loss.item(),
        "gradients": gradient_facts(model.named_parameters()),
        "greedy": write()["ids"],
        "beams": [{"options": s, **write(**s)} for s in settings],
    }


# the buckets of distances −140…140, as the package computes them
attention = transformers.models.t5.modeling_t5.T5Attention
distances = torch.arange(-140, 141)
buckets = {
    str(both).lower(): attention._relative_position_bucket(distances, bidirectional=both).tolist() for both in (True, False)
}

json.dump({
    "source": f"python scripts/dev/golden/t5.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "amplitude": 0.7,
    "ids": ids.tolist(),
    "mask": mask.tolist(),
    "labels": labels.tolist(),
    "buckets": buckets,
    "cases": [
        case("T5"),
        case("T5 v1.1", feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    ],
}, sys.stdout, separators=(",", ":"))
