"""Golden values of tiny BERTs, DistilBERTs and RoBERTas, with each of their heads, from the `transformers` package.

    python scripts/dev/golden/bert.py > tests/golden/bert.json
"""

import copy
import json
import sys

import torch
import transformers
from seq2seq_weights import fill, gradient_facts, rounded
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModel, AutoModelForMaskedLM, AutoModelForPreTraining, AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification, AutoModelForTokenClassification, BertConfig, DistilBertConfig, RobertaConfig,
)

ids = torch.tensor([[2, 7, 11, 3, 9, 12, 3], [2, 8, 3, 10, 3, 0, 0]])
mask = torch.tensor([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0]])
segments = torch.tensor([[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0]])
token_labels = torch.tensor([[-100, 7, -100, 4, 9, -100, -100], [-100, 5, 6, -100, -100, -100, -100]])
classes = torch.tensor([2, 0])

SIZES = {
    "vocab_size": 13, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12,
    "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
}
DISTIL = {
    "vocab_size": 13, "dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 12, "dropout": 0.0, "attention_dropout": 0.0,
    "seq_classif_dropout": 0.0, "qa_dropout": 0.0, "max_position_embeddings": 9,
}
CONFIGS = {
    "bert": BertConfig(**SIZES, max_position_embeddings=9, num_labels=3),
    "bert-tanh": BertConfig(**SIZES, max_position_embeddings=9, num_labels=1, hidden_act="gelu_new", layer_norm_eps=1e-6),
    "distilbert": DistilBertConfig(**DISTIL, num_labels=3),
    "roberta": RobertaConfig(**SIZES, max_position_embeddings=11, type_vocab_size=1, pad_token_id=1, num_labels=3,
                             layer_norm_eps=1e-5),
}
TASKS = {
    "encoder": (AutoModel, {}),
    "masked-lm": (AutoModelForMaskedLM, {"labels": token_labels}),
    "pretraining": (AutoModelForPreTraining, {"labels": token_labels, "next_sentence_label": torch.tensor([1, 0])}),
    "sequence-classification": (AutoModelForSequenceClassification, {"labels": classes}),
    "token-classification": (AutoModelForTokenClassification, {"labels": token_labels.clamp(max=2)}),
    "question-answering": (
        AutoModelForQuestionAnswering, {"start_positions": torch.tensor([4, 3]), "end_positions": torch.tensor([5, 3])}),
}


def case(kind, task):
    make, labels = TASKS[task]
    config = copy.deepcopy(CONFIGS[kind])
    if task == "question-answering":
        config.num_labels = 2
    if kind == "bert-tanh" and task == "sequence-classification":
        labels = {"labels": torch.tensor([0.7, -1.2])}
    model = make.from_config(config).eval()
    named = list(model.named_parameters())
    fill(named, 0.5)
    # its padding token has the id 1
    own = torch.where(mask == 1, ids, torch.ones_like(ids)) if kind == "roberta" else ids
    inputs = {"input_ids": own, "attention_mask": mask}
    if kind.startswith("bert"):
        inputs["token_type_ids"] = segments
    output = model(**inputs, **labels)
    facts = {"kind": kind, "task": task, "architecture": type(model).__name__,
             "ids": own.tolist(), "labels": {k: v.tolist() for k, v in labels.items()},
             "shapes": {n: list(p.shape) for n, p in named}}
    facts["config"] = {**config.to_dict(), "architectures": [type(model).__name__]}
    facts["config"] = {k: v for k, v in facts["config"].items() if k in KEPT}
    if task == "encoder":
        facts["hidden"] = rounded(output.last_hidden_state)
        if getattr(output, "pooler_output", None) is not None:
            facts["pooled"] = rounded(output.pooler_output)
        return facts
    loss = output.loss
    if task == "question-answering":  # no answer begins or ends where a row is filled up, which the package does not say
        hidden = (mask - 1) * 1e9
        loss = (cross_entropy(output.start_logits + hidden, labels["start_positions"])
                + cross_entropy(output.end_logits + hidden, labels["end_positions"])) / 2
    loss.backward()
    facts["loss"] = loss.item()
    facts["gradients"] = gradient_facts([(n, p) for n, p in named if p.grad is not None])
    if task == "question-answering":
        facts["logits"] = rounded(torch.stack([output.start_logits, output.end_logits]))
    elif task == "pretraining":
        facts["logits"] = rounded(output.prediction_logits)
        facts["next"] = rounded(output.seq_relationship_logits)
    else:
        facts["logits"] = rounded(output.logits)
    return facts


KEPT = [
    "model_type", "architectures", "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
    "intermediate_size", "hidden_dropout_prob", "attention_probs_dropout_prob", "max_position_embeddings",
    "type_vocab_size", "layer_norm_eps", "hidden_act", "pad_token_id", "dim", "n_layers", "n_heads", "hidden_dim",
    "dropout", "attention_dropout", "seq_classif_dropout", "activation", "id2label",
]
cases = [(kind, task) for kind in CONFIGS for task in TASKS
         if (task != "pretraining" or kind == "bert") and (kind != "bert-tanh" or task == "sequence-classification")]
json.dump({
    "source": f"python scripts/dev/golden/bert.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "amplitude": 0.5,
    "mask": mask.tolist(),
    "segments": segments.tolist(),
    "cases": [case(*c) for c in cases],
}, sys.stdout, separators=(",", ":"))
