"""Writes tests/golden/schedules.json: the learning rates of the schedulers of transformers and torch.

    python scripts/dev/golden/schedules.py

The value at index k is the rate of optimizer step k + 1.
"""

import json
import warnings
from pathlib import Path

import torch
import transformers
from transformers import get_scheduler

STEPS = 60
PEAK = 0.002

# our function, our options besides the peak, transformers' name, its arguments
CASES = [
    ("constant", {}, "constant", {}),
    ("constantWithWarmup", {"warmup": 7}, "constant_with_warmup", {"num_warmup_steps": 7}),
    ("linear", {"warmup": 7, "total": 50}, "linear", {"num_warmup_steps": 7, "num_training_steps": 50}),
    ("linear", {"total": 50}, "linear", {"num_warmup_steps": 0, "num_training_steps": 50}),
    ("cosine", {"warmup": 7, "total": 50}, "cosine", {"num_warmup_steps": 7, "num_training_steps": 50}),
    (
        "cosine", {"warmup": 5, "total": 50, "cycles": 1.5},
        "cosine", {"num_warmup_steps": 5, "num_training_steps": 50, "num_cycles": 1.5},
    ),
    (
        "cosineWithRestarts", {"warmup": 6, "total": 50, "cycles": 3},
        "cosine_with_restarts", {"num_warmup_steps": 6, "num_training_steps": 50, "num_cycles": 3},
    ),
    (
        "cosineWithMinLr", {"warmup": 7, "total": 50, "minLr": 0.0003},
        "cosine_with_min_lr", {"num_warmup_steps": 7, "num_training_steps": 50, "min_lr": 0.0003},
    ),
    (
        "polynomial", {"warmup": 7, "total": 50},
        "polynomial", {"num_warmup_steps": 7, "num_training_steps": 50},
    ),
    (
        "polynomial", {"warmup": 7, "total": 50, "end": 0.0001, "power": 2},
        "polynomial", {"num_warmup_steps": 7, "num_training_steps": 50, "lr_end": 0.0001, "power": 2},
    ),
    ("inverseSqrt", {"warmup": 7}, "inverse_sqrt", {"num_warmup_steps": 7}),
    ("inverseSqrt", {}, "inverse_sqrt", {"num_warmup_steps": 0}),
    ("inverseSqrt", {"warmup": 7, "timescale": 20}, "inverse_sqrt", {"num_warmup_steps": 7, "timescale": 20}),
] + [
    (
        "warmupStableDecay",
        {"warmup": 8, "stable": 20, "decay": 25, "minLr": 0.0002, "warmupShape": rise, "decayShape": fall},
        "warmup_stable_decay",
        {
            "num_warmup_steps": 8, "num_stable_steps": 20, "num_decay_steps": 25, "min_lr_ratio": 0.1,
            "warmup_type": rise, "decay_type": fall,
        },
    )
    for rise, fall in [("linear", "cosine"), ("cosine", "linear"), ("1-sqrt", "1-sqrt")]
]
ONE_CYCLE = [
    ({"total": 60}, {"total_steps": 60}),
    (
        {"total": 60, "rise": 0.25, "shape": "linear", "threePhase": True, "startDivisor": 10, "endDivisor": 100},
        {
            "total_steps": 60, "pct_start": 0.25, "anneal_strategy": "linear", "three_phase": True,
            "div_factor": 10, "final_div_factor": 100,
        },
    ),
]
METRICS = [5, 4, 4, 4, 4, 3.9999, 3, 3.5, 3.4, 3.3, 3.2, 3.1, 2.9, 2.9, 2.9, 2.9, 2.9, 2.9, 2.9, 2.9, 2, 2, 2, 2, 2]
PLATEAU = [
    ({"patience": 2}, {"patience": 2}),
    (
        {"patience": 1, "factor": 0.5, "cooldown": 2, "minLr": 0.0003},
        {"patience": 1, "factor": 0.5, "cooldown": 2, "min_lr": 0.0003},
    ),
    (
        {"patience": 1, "mode": "max", "threshold": 0.2, "thresholdMode": "absolute"},
        {"patience": 1, "mode": "max", "threshold": 0.2, "threshold_mode": "abs"},
    ),
    ({"patience": 1, "mode": "max", "factor": 0.3}, {"patience": 1, "mode": "max", "factor": 0.3}),
]


def optimizer(lr=PEAK):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)


def rates(scheduler, optim):
    found = []
    for _ in range(STEPS):
        found.append(optim.param_groups[0]["lr"])
        optim.step()
        scheduler.step()
    return found


def scheduler_of(name, optim, arguments):
    arguments = dict(arguments)
    known = {key: arguments.pop(key) for key in ("num_warmup_steps", "num_training_steps") if key in arguments}
    return get_scheduler(name, optim, **known, scheduler_specific_kwargs=arguments)


def main():
    warnings.simplefilter("ignore")
    cases = []
    for ours, options, name, arguments in CASES:
        optim = optimizer()
        cases.append({
            "schedule": ours,
            "options": {"peak": PEAK, **options},
            "rates": rates(scheduler_of(name, optim, arguments), optim),
        })
    for options, arguments in ONE_CYCLE:
        optim = optimizer()
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optim, PEAK, **arguments)
        cases.append({
            "schedule": "oneCycle",
            "options": {"peak": PEAK, **options},
            "rates": rates(scheduler, optim),
        })
    plateaus = []
    for options, arguments in PLATEAU:
        optim = optimizer()
        scheduler = scheduler_of("reduce_lr_on_plateau", optim, arguments)
        found = []
        for metric in METRICS:
            scheduler.step(metric)
            found.append(optim.param_groups[0]["lr"])
        plateaus.append({"options": {"lr": PEAK, **options}, "rates": found})
    path = Path(__file__).parents[3] / "tests/golden/schedules.json"
    golden = {
        "source": "scripts/dev/golden/schedules.py with "
        f"transformers {transformers.__version__} and torch {torch.__version__.split('+')[0]}",
        "cases": cases,
        "metrics": METRICS,
        "plateaus": plateaus,
    }
    path.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
