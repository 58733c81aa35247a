"""Golden values of generators of images in PyTorch: a VAE's loss, the penalty of WGAN-GP, a critic of convolutions, a U-Net of diffusion.

    python scripts/dev/golden/generators.py > tests/golden/generators.json
"""

import json
import math
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


def flat(values):
    return [float(f"{v:.8g}") for v in torch.as_tensor(values).detach().flatten().tolist()]


def fill(module):
    """Value i of parameter n, in alphabetical order, is 0.3 sin(0.37 i² + 1.7 i + n + 1), and 1 more for norms."""
    with torch.no_grad():
        for n, (name, p) in enumerate(sorted(module.named_parameters())):
            i = torch.arange(p.numel(), dtype=torch.float64)
            p.copy_((0.3 * torch.sin(0.37 * i * i + 1.7 * i + n + 1) + ("norm" in name)).reshape(p.shape))


def answers(model, loss, **more):
    loss.backward()
    gradients = {name: flat(p.grad) for name, p in model.named_parameters()}
    return {"loss": loss.item(), "gradients": gradients, **more}


class VAE(nn.Module):
    def __init__(self, pixels, hidden, latent):
        super().__init__()
        self.fc, self.mean = nn.Linear(pixels, hidden), nn.Linear(hidden, latent)
        self.logVariance = nn.Linear(hidden, latent)
        self.decoder = nn.ModuleDict({"fc": nn.Linear(latent, hidden), "proj": nn.Linear(hidden, pixels)})

    def loss(self, images, noise):
        h = F.relu(self.fc(images))
        mean, log = self.mean(h), self.logVariance(h)
        z = mean + torch.exp(0.5 * log) * noise
        logits = self.decoder["proj"](F.relu(self.decoder["fc"](z)))
        # as in PyTorch's example
        pixels = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
        divergence = -0.5 * torch.sum(1 + log - mean.pow(2) - log.exp())
        return (pixels + divergence) / len(images)


def vae():
    images, noise = torch.rand(3, 12), torch.randn(3, 2)
    model = VAE(12, 5, 2)
    fill(model)
    sizes = {"height": 3, "width": 4, "hiddenDim": 5, "latentDim": 2}
    return answers(model, model.loss(images, noise), sizes=sizes, images=flat(images), noise=flat(noise))


class Critic(nn.Module):
    def __init__(self, pixels, hidden):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(pixels, hidden), nn.Linear(hidden, hidden)])
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return self.head(x)


class ConvCritic(nn.Module):
    """Filters are kept as [height, width, in, out] and the pictures' channels come last, as in the library."""

    def __init__(self, channels, n, head):
        super().__init__()
        layer = lambda a, b: nn.ParameterDict({"weight": torch.zeros(4, 4, a, b), "bias": torch.zeros(b)})
        self.layers, self.head = nn.ModuleList([layer(channels, n), layer(n, 2 * n)]), nn.Linear(head, 1)

    def forward(self, x):
        x = x.permute(0, 3, 1, 2)
        for layer in self.layers:
            x = F.conv2d(x, layer["weight"].permute(3, 2, 0, 1), layer["bias"], stride=2, padding=1)
            x = F.leaky_relu(x, 0.2)
        return self.head(x.permute(0, 2, 3, 1).flatten(1))


def penalty(model, images, sizes):
    fill(model)
    x = images.clone().requires_grad_()
    (slopes,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
    loss = ((slopes.flatten(1).norm(dim=1) - 1) ** 2).mean()
    # biases that move no slope have a gradient of zero
    (loss + 0 * sum(p.sum() for p in model.parameters())).backward()
    gradients = {name: flat(p.grad) for name, p in model.named_parameters()}
    return {"sizes": sizes, "images": flat(images), "loss": loss.item(), "gradients": gradients}


class Filters(nn.Module):
    """A convolution whose filters are kept as [height, width, in, out], as in the library."""

    def __init__(self, a, b, size, stride=1, padding=0, larger=False):
        super().__init__()
        shape = (size, size, b, a) if larger else (size, size, a, b)
        self.weight, self.bias = nn.Parameter(torch.zeros(shape)), nn.Parameter(torch.zeros(b))
        self.how = {"stride": stride, "padding": padding}
        self.larger = larger

    def forward(self, x):
        run = F.conv_transpose2d if self.larger else F.conv2d
        return run(x, self.weight.permute(3, 2, 0, 1), self.bias, **self.how)


class TimedResidual(nn.Module):
    def __init__(self, a, b, time):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, a), Filters(a, b, 3, padding=1)
        self.time = nn.Linear(time, b)
        self.norm2, self.conv2 = nn.GroupNorm(8, b), Filters(b, b, 3, padding=1)
        if a != b:
            self.skip = Filters(a, b, 1)

    def forward(self, x, time):
        y = self.conv1(F.silu(self.norm1(x))) + self.time(time)[:, :, None, None]
        y = self.conv2(F.silu(self.norm2(y)))
        return (self.skip(x) if hasattr(self, "skip") else x) + y


class UNet(nn.Module):
    """The model of diffusion with patches of p × p pixels, put together of PyTorch's own layers."""

    def __init__(self, n, p):
        super().__init__()
        self.n, self.p = n, p
        self.time1, self.time2 = nn.Linear(n, 2 * n), nn.Linear(2 * n, 2 * n)
        self.stem = Filters(p * p, n, 3, padding=1)
        self.down = TimedResidual(n, n, 2 * n)
        self.smaller = Filters(n, 2 * n, 4, stride=2, padding=1)
        self.middle = nn.ModuleList([TimedResidual(2 * n, 2 * n, 2 * n) for _ in range(2)])
        self.larger = Filters(2 * n, n, 4, stride=2, padding=1, larger=True)
        self.up = TimedResidual(2 * n, n, 2 * n)
        self.norm, self.head = nn.GroupNorm(8, n), Filters(n, p * p, 3, padding=1)

    def forward(self, x, steps):
        angles = steps[:, None] * 10_000 ** (-torch.arange(self.n // 2) / (self.n // 2))
        time = self.time1(torch.cat([angles.sin(), angles.cos()], 1))
        time = F.silu(self.time2(F.silu(time)))
        full = self.down(self.stem(F.pixel_unshuffle(x, self.p)), time)
        x = self.smaller(full)
        for block in self.middle:
            x = block(x, time)
        x = self.up(torch.cat([self.larger(x), full], 1), time)
        return F.pixel_shuffle(self.head(F.silu(self.norm(x))), self.p)


def unet(p):
    images, noise = torch.rand(2, 1, 4 * p, 4 * p) * 2 - 1, torch.randn(2, 1, 4 * p, 4 * p)
    steps, signal = torch.tensor([3, 9]), torch.tensor(cosine(12))
    model = UNet(8, p)
    fill(model)
    left = signal[steps][:, None, None, None]
    noisy = left.sqrt() * images + (1 - left).sqrt() * noise
    loss = F.mse_loss(model(noisy, steps), noise)
    loss.backward()
    # of each gradient its length, its sum and its first numbers
    gradients = {
        name: flat([g.grad.norm(), g.grad.sum(), *g.grad.flatten()[:3]])
        for name, g in model.named_parameters()
    }
    sizes = {"height": 4 * p, "width": 4 * p, "baseChannels": 8, "patchSize": p, "timesteps": 12}
    data = {"images": flat(images), "noise": flat(noise), "steps": steps.tolist()}
    return {"sizes": sizes, **data, "output": flat(model(noisy, steps)), "loss": loss.item(), "gradients": gradients}


def cosine(T):
    f = lambda t: math.cos((t / T + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = torch.tensor([min(1 - f(t + 1) / f(t), 0.999) for t in range(T)], dtype=torch.float64)
    return flat(torch.cumprod(1 - betas, 0))


json.dump({
    "source": f"python scripts/dev/golden/generators.py, torch {torch.__version__}",
    "vae": vae(),
    "penalties": [
        penalty(Critic(16, 5), torch.randn(3, 16), {"kind": "mlp", "height": 4, "width": 4, "hiddenDim": 5}),
        penalty(ConvCritic(1, 3, 24), torch.randn(2, 8, 8, 1), {"kind": "conv", "height": 8, "width": 8, "hiddenDim": 3}),
    ],
    "cosine": cosine(12),
    "unets": [unet(1), unet(2)],
}, sys.stdout, separators=(",", ":"))
