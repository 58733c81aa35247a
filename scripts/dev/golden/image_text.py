"""Golden values of tiny CLIPs from the `transformers` package, and of a VQ-VAE in PyTorch.

    python scripts/dev/golden/image_text.py > tests/golden/image_text.json
"""

import json
import sys

import torch
import transformers
from seq2seq_weights import fill, formula, gradient_facts, rounded
from torch import nn
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel

AMPLITUDE = 0.3
TOWER = {"intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2}


def clip(name, activation, end, ids):
    config = CLIPConfig(
        text_config={"vocab_size": 11, "hidden_size": 8, "max_position_embeddings": 7, "eos_token_id": end,
                     "bos_token_id": None, "pad_token_id": None, "hidden_act": activation, **TOWER},
        vision_config={"hidden_size": 6, "image_size": 8, "patch_size": 4, "hidden_act": activation, **TOWER},
        projection_dim=5,
    )
    model = CLIPModel(config).eval()
    shapes = {n: list(p.shape) for n, p in model.named_parameters()}
    fill(model.named_parameters(), AMPLITUDE)
    with torch.no_grad():
        model.logit_scale.fill_(1.5)
    images = formula("images", (3, 3, 8, 8), 1.0)
    out = model(input_ids=torch.tensor(ids), pixel_values=images, return_loss=True)
    out.loss.backward()
    kept = json.loads(config.to_json_string())
    return {"name": name, "config": kept, "shapes": shapes, "ids": ids, "logits": rounded(out.logits_per_image),
            "imageVectors": rounded(out.image_embeds), "textVectors": rounded(out.text_embeds), "loss": out.loss.item(),
            "gradients": gradient_facts(list(model.named_parameters()))}


class VQVAE(nn.Module):
    """Filters are kept in the library's order of axes, and so are the pictures' channels."""

    def __init__(self, channels, hidden, residuals, codes, dim):
        super().__init__()
        block = lambda *shape, out: nn.ParameterDict({"weight": torch.zeros(*shape), "bias": torch.zeros(out)})
        conv = lambda size, a, b: block(size, size, a, b, out=b)
        back = lambda size, a, b: block(size, size, b, a, out=b)
        residual = lambda: nn.ModuleDict({"conv1": conv(3, hidden, hidden), "conv2": conv(1, hidden, hidden)})
        some = lambda: nn.ModuleList([residual() for _ in range(residuals)])
        self.encoder = nn.ModuleDict({
            "smaller": nn.ModuleList([conv(4, channels, hidden // 2), conv(4, hidden // 2, hidden)]),
            "residuals": some(), "head": conv(1, hidden, dim),
            "norm": nn.ParameterDict({"weight": torch.ones(dim), "bias": torch.zeros(dim)})})
        self.codebook = nn.ParameterDict({"weight": torch.zeros(codes, dim)})
        self.decoder = nn.ModuleDict({
            "stem": conv(3, dim, hidden), "residuals": some(),
            "larger": nn.ModuleList([back(4, hidden, hidden // 2), back(4, hidden // 2, channels)])})

    @staticmethod
    def conv(layer, x, **options):
        return F.conv2d(x, layer["weight"].permute(3, 2, 0, 1), layer["bias"], **options)

    @staticmethod
    def back(layer, x):
        return F.conv_transpose2d(x, layer["weight"].permute(3, 2, 0, 1), layer["bias"], stride=2, padding=1)

    def residuals(self, blocks, x):
        for block in blocks:
            x = x + self.conv(block["conv2"], F.relu(self.conv(block["conv1"], F.relu(x), padding=1)))
        return x

    def forward(self, images):
        first, second = self.encoder["smaller"]
        x = self.conv(second, F.relu(self.conv(first, images.permute(0, 3, 1, 2), stride=2, padding=1)), stride=2, padding=1)
        z = self.conv(self.encoder["head"], F.relu(self.residuals(self.encoder["residuals"], x)))
        norm = self.encoder["norm"]
        z = F.batch_norm(z, None, None, norm["weight"], norm["bias"], training=True).permute(0, 2, 3, 1)
        vectors = z.reshape(-1, z.shape[-1])
        codes = torch.cdist(vectors, self.codebook["weight"]).argmin(1)
        nearest = self.codebook["weight"][codes]
        straight = (vectors + (nearest - vectors).detach()).reshape(z.shape).permute(0, 3, 1, 2)
        x = self.residuals(self.decoder["residuals"], self.conv(self.decoder["stem"], straight, padding=1))
        first, second = self.decoder["larger"]
        again = self.back(second, F.relu(self.back(first, F.relu(x)))).permute(0, 2, 3, 1)
        loss = F.mse_loss(again, images) + F.mse_loss(nearest, vectors.detach()) + 0.25 * F.mse_loss(vectors, nearest.detach())
        return again, codes, loss


def vqvae():
    model = VQVAE(2, 4, 1, 6, 3)
    fill(model.named_parameters(), 1.0)
    again, codes, loss = model(formula("images", (2, 8, 12, 2), 0.5) + 0.5)
    loss.backward()
    return {"config": {"height": 8, "width": 12, "channels": 2, "hiddenDim": 4, "numResiduals": 1, "codebookSize": 6, "codeDim": 3},
            "amplitude": 1.0, "images": rounded(again), "codes": codes.tolist(), "loss": loss.item(),
            "gradients": gradient_facts(list(model.named_parameters()))}


json.dump({
    "source": f"python scripts/dev/golden/image_text.py, torch {torch.__version__}, transformers {transformers.__version__}",
    "amplitude": AMPLITUDE,
    "clips": [
        clip("quick_gelu", "quick_gelu", 3, [[5, 6, 3, 0, 0], [7, 8, 9, 10, 3], [4, 3, 3, 3, 3]]),
        clip("gelu, with the first files' end token", "gelu", 2, [[5, 6, 10, 0], [7, 8, 9, 10], [4, 10, 10, 10]]),
    ],
    "vqvae": vqvae(),
}, sys.stdout, separators=(",", ":"))
