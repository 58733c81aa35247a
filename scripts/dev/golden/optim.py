"""Writes tests/golden/optim.json: what PyTorch's optimizers make of given gradients.

    python scripts/dev/golden/optim.py

Needs torch 2.9 or later. Lion is not in torch: its five lines are those of the paper (arXiv 2302.06675, Algorithm 2).
Muon's iteration runs in float32 instead of bfloat16, as it does in lib/optim/muon.ts.
"""

import inspect
import json
from pathlib import Path

import torch
from torch.optim import _muon

STEPS = 12
SHAPES = {"matrix": [4, 6], "tall": [6, 3], "bias": [5], "filter": [2, 3, 2], "scale": []}

exec(
    inspect.getsource(_muon._zeropower_via_newtonschulz).replace("bfloat16", "float32"),
    _muon.__dict__,
)


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                m = state.setdefault("m", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(torch.sign(m * beta1 + p.grad * (1 - beta1)), alpha=-group["lr"])
                m.mul_(beta2).add_(p.grad, alpha=1 - beta2)


# name of the case, our class, our options, torch's class, torch's options
CASES = [
    ("SGD, defaults", "SGD", {}, torch.optim.SGD, {}),
    ("SGD, decay", "SGD", {"lr": 0.1, "weightDecay": 0.05}, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.05}),
    ("SGD, momentum", "SGD", {"lr": 0.05, "momentum": 0.9}, torch.optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    (
        "SGD, dampening and decay", "SGD",
        {"lr": 0.05, "momentum": 0.8, "dampening": 0.3, "weightDecay": 0.1},
        torch.optim.SGD, {"lr": 0.05, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1},
    ),
    (
        "SGD, Nesterov", "SGD",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.1},
        torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    ("RMSprop, defaults", "RMSprop", {}, torch.optim.RMSprop, {}),
    (
        "RMSprop, momentum", "RMSprop",
        {"lr": 0.02, "alpha": 0.9, "momentum": 0.8, "weightDecay": 0.1},
        torch.optim.RMSprop, {"lr": 0.02, "alpha": 0.9, "momentum": 0.8, "weight_decay": 0.1},
    ),
    (
        "RMSprop, centered", "RMSprop", {"centered": True, "eps": 1e-6},
        torch.optim.RMSprop, {"centered": True, "eps": 1e-6},
    ),
    (
        "RMSprop, centered with momentum", "RMSprop", {"centered": True, "momentum": 0.5},
        torch.optim.RMSprop, {"centered": True, "momentum": 0.5},
    ),
    ("Adam, defaults", "Adam", {}, torch.optim.Adam, {}),
    (
        "Adam, decay", "Adam", {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-6, "weightDecay": 0.1},
        torch.optim.Adam, {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
    ),
    ("AdamW, defaults", "AdamW", {}, torch.optim.AdamW, {}),
    (
        "AdamW, decay", "AdamW", {"lr": 0.02, "betas": [0.9, 0.95], "weightDecay": 0.2},
        torch.optim.AdamW, {"lr": 0.02, "betas": (0.9, 0.95), "weight_decay": 0.2},
    ),
    ("Lion, defaults", "Lion", {}, Lion, {}),
    (
        "Lion, decay", "Lion", {"lr": 0.01, "betas": [0.95, 0.98], "weightDecay": 0.3},
        Lion, {"lr": 0.01, "betas": (0.95, 0.98), "weight_decay": 0.3},
    ),
    ("Muon, defaults", "Muon", {}, torch.optim.Muon, {}),
    (
        "Muon, without Nesterov", "Muon",
        {"lr": 0.02, "momentum": 0.9, "nesterov": False, "weightDecay": 0, "iterations": 3},
        torch.optim.Muon, {"lr": 0.02, "momentum": 0.9, "nesterov": False, "weight_decay": 0, "ns_steps": 3},
    ),
    (
        "Muon, steps as AdamW's", "Muon", {"lr": 0.02, "adjust": "match-adamw"},
        torch.optim.Muon, {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw"},
    ),
]


def flat(tensor):
    return [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]  # exact in float32


def main():
    generator = torch.Generator().manual_seed(0)
    initial = {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
    gradients = [
        {name: torch.randn(shape, generator=generator) for name, shape in SHAPES.items()}
        for _ in range(STEPS)
    ]
    for step in (3, 7):
        del gradients[step]["bias"]  # a parameter without a gradient is left out of the step
    cases = []
    for title, name, options, cls, theirs in CASES:
        params = {
            key: torch.nn.Parameter(value.clone())
            for key, value in initial.items()
            if name != "Muon" or value.ndim == 2
        }
        optimizer = cls(params.values(), **theirs)
        after = {}
        for step, given in enumerate(gradients, 1):
            for key, param in params.items():
                param.grad = given[key].clone() if key in given else None
            optimizer.step()
            if step in (1, 2, STEPS):
                after[step] = {key: flat(param) for key, param in params.items()}
        cases.append({"title": title, "optimizer": name, "options": options, "after": after})
    path = Path(__file__).parents[3] / "tests/golden/optim.json"
    golden = {
        "source": f"scripts/dev/golden/optim.py with torch {torch.__version__.split('+')[0]}",
        "shapes": SHAPES,
        "initial": {key: flat(value) for key, value in initial.items()},
        "gradients": [{key: flat(value) for key, value in given.items()} for given in gradients],
        "cases": cases,
    }
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
