"""Writes tests/golden/rnn_tagger.json: logits, losses and gradients of recurrent taggers in PyTorch.

    python3 scripts/dev/golden/rnn_tagger.py > tests/golden/rnn_tagger.json
"""

import json

import torch

torch.manual_seed(0)
SIZES = {"vocabSize": 9, "embedDim": 4, "hiddenSize": 3, "numLayers": 2}
LABELS = ["O", "B-x", "I-x"]
IDS = [[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 1, 0]]
LENGTHS = [4, 2, 3]
TARGETS = [[0, 1, 2, 0], [1, 2, -100, -100], [0, -100, 1, -100]]


class Tagger(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        wide, units = SIZES["embedDim"], SIZES["hiddenSize"]
        self.embedding = torch.nn.Embedding(SIZES["vocabSize"], wide)
        self.rnn = cell(wide, units, SIZES["numLayers"], batch_first=True, bidirectional=True)
        self.classifier = torch.nn.Linear(2 * units, len(LABELS))

    def forward(self, ids, lengths):
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            self.embedding(ids), lengths, batch_first=True, enforce_sorted=False
        )
        out, _ = torch.nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.classifier(out)


def flat(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]


cases = []
mask = torch.arange(4)[None] < torch.tensor(LENGTHS)[:, None]
for name, cell in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
    model = Tagger(cell)
    logits = model(torch.tensor(IDS), LENGTHS)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(TARGETS).flatten())
    loss.backward()
    cases.append(
        {
            "cell": name,
            "weights": {
                path: {"shape": list(value.shape), "values": flat(value)} for path, value in model.named_parameters()
            },
            "logits": flat(logits * mask[..., None]),
            "loss": loss.item(),
            "gradients": {path: flat(value.grad) for path, value in model.named_parameters()},
        }
    )
print(
    json.dumps(
        {
            "source": f"scripts/dev/golden/rnn_tagger.py, PyTorch {torch.__version__}",
            "sizes": SIZES,
            "labels": LABELS,
            "ids": IDS,
            "mask": mask.int().tolist(),
            "targets": TARGETS,
            "cases": cases,
        }
    )
)
