"""Weights from a formula, so that golden files of encoders and decoders need not hold them.

A tensor's values are those of a sine by its name and place: `amplitude · sin(1 + 7.13 · place + hash(name))`.
"""

import numpy as np
import torch


def name_hash(name):
    """A small number that each name has."""
    value = 0
    for letter in name:
        value = (value * 31 + ord(letter)) % 9973
    return value


def formula(name, shape, amplitude):
    """The values of a tensor."""
    places = np.arange(int(np.prod(shape)), dtype=np.float64)
    return torch.tensor(
        amplitude * np.sin(1 + 7.13 * places + name_hash(name)), dtype=torch.float32
    ).reshape(shape)


def is_norm(name):
    """Whether a tensor is the gain of a norm, whose values lie around 1."""
    return "norm" in name.lower() and name.endswith("weight")


def fill(named, amplitude=0.3):
    """Gives every parameter the values of the formula."""
    with torch.no_grad():
        for name, p in named:
            p.copy_(formula(name, p.shape, amplitude) + (1.0 if is_norm(name) else 0.0))


def rounded(tensor):
    """The values of a tensor, as JSON has them."""
    return [float(f"{v:.7g}") for v in tensor.detach().flatten().tolist()]


def gradient_facts(named):
    """Of each gradient its sum, its length and its first values."""
    return {
        name: {
            "shape": list(p.shape),
            "sum": float(f"{p.grad.double().sum().item():.9g}"),
            "norm": float(f"{p.grad.double().norm().item():.9g}"),
            "first": rounded(p.grad.flatten()[:6]),
        }
        for name, p in named
    }
