"""Linear layers with each activation, and what is built of them alone."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats


def mlp(activation):
    return lambda: nn.Sequential(nn.Linear(16, 32), activation, nn.Linear(32, 8))


ACTIVATIONS = {
    "ReLU": nn.ReLU(),
    "ReLU6": nn.ReLU6(),
    "LeakyReLU": nn.LeakyReLU(0.1),
    "PReLU": nn.PReLU(),
    "PReLU of channels": nn.PReLU(32),
    "ELU": nn.ELU(),
    "SELU": nn.SELU(),
    "CELU": nn.CELU(),
    "GELU": nn.GELU(),
    "GELU by tanh": nn.GELU(approximate="tanh"),
    "SiLU": nn.SiLU(),
    "Mish": nn.Mish(),
    "Sigmoid": nn.Sigmoid(),
    "LogSigmoid": nn.LogSigmoid(),
    "Tanh": nn.Tanh(),
    "Softplus": nn.Softplus(),
    "Softsign": nn.Softsign(),
    "Hardswish": nn.Hardswish(),
    "Hardsigmoid": nn.Hardsigmoid(),
    "Hardtanh": nn.Hardtanh(),
    "Tanhshrink": nn.Tanhshrink(),
    "Softshrink": nn.Softshrink(),
    "Hardshrink": nn.Hardshrink(),
    "Threshold": nn.Threshold(0.1, 0.0),
    "GLU": nn.Sequential(nn.GLU(), nn.Linear(16, 32)),
}


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Gated(nn.Module):
    """GLU variants improve transformers (Shazeer, 2020)."""

    def __init__(self, gate):
        super().__init__()
        self.gate, self.up, self.down, self.function = nn.Linear(16, 32), nn.Linear(16, 32), nn.Linear(32, 16), gate

    def forward(self, x):
        return self.down(self.function(self.gate(x)) * self.up(x))


class Highway(nn.Module):
    def __init__(self):
        super().__init__()
        self.change, self.gate = nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, x):
        gate = torch.sigmoid(self.gate(x))
        return gate * F.relu(self.change(x)) + (1 - gate) * x


class Maxout(nn.Module):
    def __init__(self):
        super().__init__()
        self.pieces, self.last = nn.Linear(16, 64), nn.Linear(16, 4)

    def forward(self, x):
        return self.last(self.pieces(x).view(x.shape[0], 16, 4).max(dim=-1).values)


class LowRank(nn.Module):
    """LoRA: low-rank adaptation (Hu et al., 2021)."""

    def __init__(self):
        super().__init__()
        self.base, self.scale = nn.Linear(16, 32), 16 / 4
        self.a, self.b = nn.Parameter(torch.randn(4, 16) * 0.1), nn.Parameter(torch.randn(32, 4) * 0.1)

    def forward(self, x):
        return self.base(x) + (x @ self.a.T @ self.b.T) * self.scale


class Bilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.form = nn.Bilinear(8, 8, 4)

    def forward(self, x, y):
        return self.form(x, y)


BLOCKS = [
    ("Linear", lambda: nn.Linear(16, 8), [floats(1, 16)]),
    ("Linear without bias", lambda: nn.Linear(16, 8, bias=False), [floats(1, 16)]),
    *[(f"MLP with {name}", mlp(activation), [floats(1, 16)]) for name, activation in ACTIVATIONS.items()],
    ("MLP with BatchNorm1d and Dropout",
     lambda: nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 4)), [floats(1, 16)]),
    ("residual MLP", lambda: nn.Sequential(*[Residual(nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16)))
                                             for _ in range(2)]), [floats(1, 16)]),
    ("GEGLU", lambda: Gated(F.gelu), [floats(1, 8, 16)]),
    ("SwiGLU", lambda: Gated(F.silu), [floats(1, 8, 16)]),
    ("ReGLU", lambda: Gated(F.relu), [floats(1, 8, 16)]),
    ("highway network", Highway, [floats(1, 16)]),
    ("maxout", Maxout, [floats(1, 16)]),
    ("LoRA linear", LowRank, [floats(1, 16)]),
    ("nn.Bilinear", Bilinear, [floats(1, 8), floats(1, 8)]),
    ("weight-normed MLP", lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(16, 32)), nn.ELU(), nn.Linear(32, 4)),
     [floats(1, 16)]),
    ("spectral-normed MLP", lambda: nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(16, 32)), nn.ReLU(), nn.Linear(32, 1)),
     [floats(1, 16)]),
]
