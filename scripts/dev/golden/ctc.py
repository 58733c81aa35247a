"""Writes tests/golden/ctc.json: PyTorch's CTC loss and its gradients.

    TOME_PYTHON=… ; "$TOME_PYTHON" scripts/dev/golden/ctc.py > tests/golden/ctc.json
"""

import json

import torch

torch.manual_seed(0)
T, B, K = 12, 5, 6
targets = [[1, 2, 2, 3], [4], [5, 5, 5], [], [1, 2, 3, 4, 5]]
steps = [12, 7, 5, 6, 5]  # the third row has just enough for its blanks, the last one no step to spare
blank_last = [[0, 1], [2, 2, 2], [4], [3, 0, 3], []]


def numbers(x):
    return [float(f"{v:.7g}") for v in x.detach().double().flatten().tolist()]


def case(targets, steps, blank, scale, zero_infinity=False):
    x = (torch.randn(B, T, K, dtype=torch.float64) * scale).requires_grad_()
    losses = {}
    gradients = {}
    for reduction in ["none", "mean"]:
        x.grad = None
        loss = torch.nn.functional.ctc_loss(
            x.log_softmax(-1).transpose(0, 1),
            torch.tensor(sum(targets, []), dtype=torch.long),
            torch.tensor(steps),
            torch.tensor([len(t) for t in targets]),
            blank=blank,
            reduction=reduction,
            zero_infinity=zero_infinity,
        )
        loss.sum().backward()
        losses[reduction] = numbers(loss)
        gradients[reduction] = numbers(x.grad)
    return {
        "targets": targets,
        "steps": steps,
        "blank": blank,
        "zeroInfinity": zero_infinity,
        "logits": numbers(x),
        "losses": losses["none"],
        "gradient": gradients["none"],
        "mean": losses["mean"],
        "meanGradient": gradients["mean"],
    }


print(
    json.dumps(
        {
            "source": f"PyTorch {torch.__version__}, float64; scripts/dev/golden/ctc.py",
            "shape": [B, T, K],
            "cases": [
                case(targets, steps, 0, 1.0),
                case(blank_last, [12, 11, 3, 8, 1], 5, 4.0),
                case(targets, [12, 7, 3, 6, 4], 0, 1.0, zero_infinity=True),
            ],
        },
        separators=(",", ":"),
    )
)
