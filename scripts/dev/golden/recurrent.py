"""Golden values of recurrent layers: outputs, last states and gradients of PyTorch's RNN, LSTM and GRU.

    python scripts/dev/golden/recurrent.py > tests/golden/recurrent.json
"""

import json
import sys

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.manual_seed(0)
B, T, I, H, LAYERS = 2, 4, 3, 4, 2
LENGTHS = [4, 2]


def flat(tensor):
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def case(name, layer, packed):
    x = torch.randn(B, T, I, requires_grad=True)
    directions = LAYERS * (2 if layer.bidirectional else 1)
    state = [torch.randn(directions, B, H, requires_grad=True) for _ in range(2 if name == "lstm" else 1)]
    given = tuple(state) if name == "lstm" else state[0]
    if packed:
        output, last = layer(pack_padded_sequence(x, LENGTHS, batch_first=True), given)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=T)
    else:
        output, last = layer(x, given)
    last = list(last) if name == "lstm" else [last]
    loss = (output * torch.cos(output)).sum() + sum((s * s).sum() * 0.3 for s in last)
    loss.backward()
    return {
        "cell": name,
        "bidirectional": layer.bidirectional,
        "lengths": LENGTHS if packed else None,
        "x": flat(x),
        "state": [flat(s) for s in state],
        "output": flat(output),
        "last": [flat(s) for s in last],
        "loss": loss.item(),
        "weights": {n: {"shape": list(p.shape), "values": flat(p)} for n, p in layer.named_parameters()},
        "gradients": {n: flat(p.grad) for n, p in layer.named_parameters()},
        "dx": flat(x.grad),
        "dstate": [flat(s.grad) for s in state],
    }


KINDS = {
    "tanh": lambda **o: torch.nn.RNN(I, H, LAYERS, batch_first=True, **o),
    "relu": lambda **o: torch.nn.RNN(I, H, LAYERS, batch_first=True, nonlinearity="relu", **o),
    "lstm": lambda **o: torch.nn.LSTM(I, H, LAYERS, batch_first=True, **o),
    "gru": lambda **o: torch.nn.GRU(I, H, LAYERS, batch_first=True, **o),
}

json.dump({
    "source": f"python scripts/dev/golden/recurrent.py, torch {torch.__version__}",
    "sizes": {"B": B, "T": T, "I": I, "H": H, "layers": LAYERS},
    "cases": [
        case(name, make(bidirectional=both), packed)
        for name, make in KINDS.items() for both, packed in [(False, False), (True, True)]
    ],
}, sys.stdout, separators=(",", ":"))
