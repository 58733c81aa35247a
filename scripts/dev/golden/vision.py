"""Golden values of tiny ResNets and ViTs from the `transformers` package, of torchvision's blocks, and of layers of PyTorch.

    python scripts/dev/golden/vision.py > tests/golden/vision.json
"""

import json
import sys

import torch
import torchvision
import transformers
from seq2seq_weights import formula, gradient_facts, is_norm, rounded
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.models.resnet import ResNet as TorchvisionResNet
from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

AMPLITUDE = 0.3


def fill_state(model):
    """Gives parameters and running statistics the values of the formula; those that scale lie around 1."""
    with torch.no_grad():
        for name, p in model.state_dict().items():
            if p.dtype == torch.float32:
                around_1 = is_norm(name) or name.endswith("running_var") or (p.dim() == 1 and "bn" in name and name.endswith("weight"))
                p.copy_(formula(name, p.shape, AMPLITUDE) + (1.0 if around_1 else 0.0))


def images(batch, channels, size):
    return formula("images", (batch, channels, size, size), 1.0)


def classifier(name, model, x, config):
    fill_state(model)
    labels = torch.tensor([1, 2])
    logits = lambda: model(x).logits if hasattr(model, "config") else model(x)
    facts = {"name": name, "config": config, "images": list(x.shape),
             "shapes": {n: list(p.shape) for n, p in model.state_dict().items() if p.dtype == torch.float32}}
    model.eval()
    out = logits()
    facts["logits"] = rounded(out)
    loss = cross_entropy(out, labels)
    loss.backward()
    facts["loss"] = loss.item()
    facts["gradients"] = gradient_facts([(n, p) for n, p in model.named_parameters() if p.grad is not None])
    if any("running_mean" in n for n in facts["shapes"]):
        model.train()
        facts["trainLogits"] = rounded(logits())
        last = [n for n in facts["shapes"] if n.endswith("running_var")][-1]
        facts["runningVar"] = {"name": last, "values": rounded(model.state_dict()[last])}
    return facts


LABELS = {0: "a", 1: "b", 2: "c"}
KEPT = ["model_type", "architectures", "num_channels", "embedding_size", "hidden_sizes", "depths", "layer_type", "hidden_act",
        "downsample_in_first_stage", "downsample_in_bottleneck", "id2label", "hidden_size", "num_hidden_layers",
        "num_attention_heads", "intermediate_size", "hidden_dropout_prob", "attention_probs_dropout_prob", "image_size",
        "patch_size", "layer_norm_eps", "qkv_bias"]


def kept(config):
    return {k: v for k, v in config.to_dict().items() if k in KEPT}


def resnet(kind):
    config = ResNetConfig(num_channels=3, embedding_size=4, hidden_sizes=[8, 12], depths=[1, 2], layer_type=kind, id2label=LABELS,
                          label2id={v: k for k, v in LABELS.items()})
    return classifier(f"resnet-{kind}", ResNetForImageClassification(config), images(2, 3, 20), kept(config))


def vit():
    config = ViTConfig(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, image_size=8, patch_size=4,
                       num_channels=3, id2label=LABELS, label2id={v: k for k, v in LABELS.items()})
    return classifier("vit", ViTForImageClassification(config), images(2, 3, 8), kept(config))


class TinyTorchvision(TorchvisionResNet):
    """torchvision's ResNet with narrow stages; its constructor fixes the widths."""

    def __init__(self, block, widths):
        nn.Module.__init__(self)
        self._norm_layer, self.inplanes, self.dilation, self.groups, self.base_width = nn.BatchNorm2d, 4, 1, 1, 64
        self.conv1 = nn.Conv2d(3, 4, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(block, widths[0], 1)
        self.layer2 = self._make_layer(block, widths[1], 1, stride=2)
        self.fc = nn.Linear(widths[1] * block.expansion, 3)

    def _forward_impl(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


def torchvision_resnet(kind, block, widths):
    config = {"model_type": "resnet", "num_channels": 3, "embedding_size": 4, "depths": [1, 1], "layer_type": kind,
              "hidden_sizes": [w * block.expansion for w in widths], "id2label": LABELS}
    return classifier(f"torchvision-{kind}", TinyTorchvision(block, widths), images(2, 3, 20), config)


def layer(name, module, x):
    """Images are written with their channels last."""
    fill_state(module)
    x = x.requires_grad_()
    y = module.train()(x)
    (y * formula("dy", y.shape, 1.0)).sum().backward()
    last = lambda t: rounded(t.permute(0, 2, 3, 1)) if t.dim() == 4 else rounded(t)
    return {"name": name, "images": list(x.shape), "output": last(y), "outputShape": list(y.shape), "dx": last(x.grad),
            "parameters": {n: list(p.shape) for n, p in module.state_dict().items() if p.dtype == torch.float32},
            "gradients": {n: rounded(p.grad) for n, p in module.named_parameters()},
            "state": {n: rounded(p) for n, p in module.state_dict().items() if "running" in n}}


json.dump({
    "source": f"python scripts/dev/golden/vision.py, torch {torch.__version__}, torchvision {torchvision.__version__}, "
              f"transformers {transformers.__version__}",
    "amplitude": AMPLITUDE,
    "models": [resnet("basic"), resnet("bottleneck"), torchvision_resnet("basic", BasicBlock, [8, 12]),
               torchvision_resnet("bottleneck", Bottleneck, [4, 8]), vit()],
    "layers": [
        layer("conv", nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), images(2, 4, 5)),
        layer("dilated", nn.Conv2d(2, 3, (3, 2), padding=(2, 1), dilation=2), images(1, 2, 6)),
        layer("transposed", nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1), images(2, 3, 4)),
        layer("max", nn.MaxPool2d(3, 2, 1), images(1, 2, 7)),
        layer("average", nn.AvgPool2d(3, 2, 1), images(1, 2, 7)),
        layer("adaptive", nn.AdaptiveAvgPool2d((3, 2)), images(1, 2, 5)),
        layer("batchNorm", nn.BatchNorm2d(3), images(2, 3, 4)),
        layer("groupNorm", nn.GroupNorm(2, 4), images(2, 4, 3)),
        layer("flatten", nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), images(2, 3, 2)),
    ],
}, sys.stdout, separators=(",", ":"))
