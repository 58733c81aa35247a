"""Golden values of recurrent encoder-decoders made of PyTorch's modules, with the attention of Bahdanau and of Luong.

    python scripts/dev/golden/rnn_seq2seq.py > tests/golden/rnn_seq2seq.json
"""

import json
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(0)
VS, V, E, H = 8, 7, 4, 6
START, END = 0, 1
IDS = torch.tensor([[3, 5, 2, 7], [4, 6, 1, 1]])
LENGTHS = [4, 2]
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
DECODER_IDS = torch.tensor([[0, 4, 2, 6], [0, 3, 5, 1]])
LABELS = torch.tensor([[4, 2, 6, 1], [3, 5, 1, -100]])


class Side(nn.Module):
    def __init__(self, tokens, cell, hidden, layers, both):
        super().__init__()
        self.embedding = nn.Embedding(tokens, E)
        self.rnn = getattr(nn, cell)(E, hidden, layers, batch_first=True, bidirectional=both)


class Attention(nn.Module):
    def __init__(self, score):
        super().__init__()
        self.score = score
        if score != "dot":
            self.query = nn.Linear(H, H, bias=False)
        if score == "additive":
            self.key = nn.Linear(H, H, bias=False)
            self.value = nn.Linear(H, 1, bias=False)

    def forward(self, h, memory):
        if self.score == "additive":
            scores = self.value(torch.tanh(self.query(h)[:, :, None] + self.key(memory)[:, None])).squeeze(-1)
        else:
            scores = (h if self.score == "dot" else self.query(h)) @ memory.transpose(1, 2)
        weights = scores.masked_fill(MASK[: len(h), None] == 0, -1e9).softmax(-1)
        return weights @ memory, weights


class Model(nn.Module):
    def __init__(self, cell, layers, both, score):
        super().__init__()
        self.both = both
        self.encoder = Side(VS, cell, H // 2 if both else H, layers, both)
        self.decoder = Side(V, cell, H, layers, False)
        if score != "none":
            self.attention = Attention(score)
            self.combine = nn.Linear(2 * H, H)
        self.output = nn.Linear(H, V)

    def encode(self, ids, lengths):
        packed = pack_padded_sequence(self.encoder.embedding(ids), lengths, batch_first=True)
        memory, state = self.encoder.rnn(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True)
        join = lambda s: torch.cat([s[0::2], s[1::2]], -1) if self.both else s
        return memory, tuple(map(join, state)) if isinstance(state, tuple) else join(state)

    def decode(self, ids, memory, state):
        h, state = self.decoder.rnn(self.decoder.embedding(ids), state)
        weights = None
        if hasattr(self, "attention"):
            context, weights = self.attention(h, memory)
            h = torch.tanh(self.combine(torch.cat([context, h], -1)))
        return self.output(h), state, weights


def flat(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def case(cell, layers, both, score):
    model = Model(cell, layers, both, score)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn_like(p) * 0.5)
    memory, state = model.encode(IDS, LENGTHS)
    logits, _, weights = model.decode(DECODER_IDS, memory, state)
    loss = nn.functional.cross_entropy(logits.reshape(-1, V), LABELS.view(-1))
    loss.backward()
    memory, state = model.encode(IDS[:1], LENGTHS[:1])
    ids, greedy = torch.tensor([[START]]), []
    for _ in range(6):
        step, state, _ = model.decode(ids, memory, state)
        ids = step[:, -1:].argmax(-1)
        greedy.append(ids.item())
        if greedy[-1] == END:
            break
    return {
        "config": {"cell": cell.lower(), "numLayers": layers, "bidirectional": both, "attention": score},
        "logits": flat(logits),
        "loss": loss.item(),
        "attention": None if weights is None else flat(weights),
        "weights": {n: {"shape": list(p.shape), "values": flat(p)} for n, p in model.named_parameters()},
        "gradients": {n: flat(p.grad) for n, p in model.named_parameters()},
        "greedy": greedy,
    }


json.dump({
    "source": f"python scripts/dev/golden/rnn_seq2seq.py, torch {torch.__version__}",
    "sizes": {"sourceVocabSize": VS, "vocabSize": V, "embedDim": E, "hiddenSize": H, "startId": START, "endId": END},
    "ids": IDS.tolist(), "mask": MASK.tolist(), "decoderIds": DECODER_IDS.tolist(), "labels": LABELS.tolist(),
    "cases": [
        case("LSTM", 2, False, "none"), case("LSTM", 1, False, "dot"),
        case("GRU", 1, True, "general"), case("LSTM", 2, True, "additive"),
    ],
}, sys.stdout, separators=(",", ":"))
