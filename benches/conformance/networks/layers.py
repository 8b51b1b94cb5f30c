"""Single convolutions, pools and norms, each with the layer that usually stands beside it."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats

IMAGE = [floats(1, 3, 16, 16)]
FEATURES = [floats(1, 8, 8, 8)]
SERIES = [floats(1, 4, 32)]


def chain(*layers):
    return lambda: nn.Sequential(*[layer() for layer in layers])


class GeneralizedMean(nn.Module):
    """Generalized-mean pooling (Radenovic et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.p = nn.Parameter(torch.tensor(3.0))

    def forward(self, x):
        return F.avg_pool2d(x.clamp(min=1e-6).pow(self.p), x.shape[-2:]).pow(1.0 / self.p).flatten(1)


class Pyramid(nn.Module):
    """Spatial pyramid pooling (He et al., 2014)."""

    def forward(self, x):
        return torch.cat([F.adaptive_max_pool2d(x, size).flatten(1) for size in (1, 2, 4)], dim=1)


class LayerNorm2d(nn.Module):
    """Layer norm of channels first, as ConvNeXt has it."""

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        return self.weight[:, None, None] * ((x - mean) / torch.sqrt(variance + 1e-6)) + self.bias[:, None, None]


class HandRMSNorm(nn.Module):
    """RMS norm as LLaMA's reference code has it."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class Normalize(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(16, 8)

    def forward(self, x):
        return F.normalize(self.dense(x), dim=-1)


class Coordinates(nn.Module):
    """CoordConv (Liu et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(5, 8, 3, padding=1)

    def forward(self, x):
        batch, _, height, width = x.shape
        rows = torch.linspace(-1, 1, height).view(1, 1, height, 1).expand(batch, 1, height, width)
        columns = torch.linspace(-1, 1, width).view(1, 1, 1, width).expand(batch, 1, height, width)
        return self.conv(torch.cat([x, rows, columns], dim=1))


class GlobalMax(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        return torch.amax(F.relu(self.conv(x)), dim=(2, 3))


class Standardized(nn.Conv2d):
    """A convolution with standardized weights (Qiao et al., 2019)."""

    def forward(self, x):
        weight = self.weight - self.weight.mean(dim=(1, 2, 3), keepdim=True)
        weight = weight / (weight.std(dim=(1, 2, 3), keepdim=True) + 1e-5)
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


BLOCKS = [
    ("Conv1d", lambda: nn.Conv1d(4, 8, 5, stride=2, padding=2), SERIES),
    ("Conv2d", lambda: nn.Conv2d(3, 8, 3, padding=1), IMAGE),
    ("Conv2d with stride", lambda: nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), IMAGE),
    ("Conv2d with padding=same", lambda: nn.Conv2d(3, 8, 4, padding="same"), IMAGE),
    ("Conv2d, reflected border", lambda: nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect"), IMAGE),
    ("Conv2d, circular border", lambda: nn.Conv2d(3, 8, 3, padding=1, padding_mode="circular"), IMAGE),
    ("Conv2d, replicated border", lambda: nn.Conv2d(3, 8, 3, padding=1, padding_mode="replicate"), IMAGE),
    ("Conv3d", lambda: nn.Conv3d(1, 4, 3, padding=1), [floats(1, 1, 6, 8, 8)]),
    ("depthwise convolution", lambda: nn.Conv2d(8, 8, 3, padding=1, groups=8), FEATURES),
    ("grouped convolution", lambda: nn.Conv2d(8, 16, 3, padding=1, groups=4), FEATURES),
    ("dilated convolution", lambda: nn.Conv2d(8, 8, 3, padding=2, dilation=2), FEATURES),
    ("ConvTranspose1d", lambda: nn.ConvTranspose1d(4, 4, 4, stride=2, padding=1), SERIES),
    ("ConvTranspose2d", lambda: nn.ConvTranspose2d(8, 4, 2, stride=2), FEATURES),
    ("ConvTranspose2d with output_padding", lambda: nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1), FEATURES),
    ("standardized convolution", lambda: Standardized(3, 8, 3, padding=1), IMAGE),
    ("CoordConv", Coordinates, IMAGE),
    ("MaxPool2d", chain(lambda: nn.Conv2d(3, 8, 3), nn.ReLU, lambda: nn.MaxPool2d(2)), IMAGE),
    ("MaxPool2d with ceil_mode", chain(lambda: nn.Conv2d(3, 8, 3, padding=1), lambda: nn.MaxPool2d(3, 2, ceil_mode=True)), IMAGE),
    ("AvgPool2d", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.AvgPool2d(2)), IMAGE),
    ("AvgPool2d with padding", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.AvgPool2d(3, 2, padding=1, count_include_pad=False)), IMAGE),
    ("AdaptiveAvgPool2d(1)", chain(lambda: nn.Conv2d(3, 8, 3), nn.ReLU, lambda: nn.AdaptiveAvgPool2d(1), nn.Flatten), IMAGE),
    ("AdaptiveAvgPool2d(4)", chain(lambda: nn.Conv2d(3, 8, 3, padding=1), lambda: nn.AdaptiveAvgPool2d(4)), IMAGE),
    ("AdaptiveAvgPool2d(5) of 16", chain(lambda: nn.Conv2d(3, 8, 3, padding=1), lambda: nn.AdaptiveAvgPool2d(5)), IMAGE),
    ("AdaptiveMaxPool2d(2)", chain(lambda: nn.Conv2d(3, 8, 3, padding=1), lambda: nn.AdaptiveMaxPool2d(2)), IMAGE),
    ("global max", GlobalMax, IMAGE),
    ("MaxPool1d", chain(lambda: nn.Conv1d(4, 8, 3), nn.ReLU, lambda: nn.MaxPool1d(2)), SERIES),
    ("LPPool2d", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.LPPool2d(2, 2)), IMAGE),
    ("generalized-mean pool", GeneralizedMean, FEATURES),
    ("spatial pyramid pool", Pyramid, FEATURES),
    ("BatchNorm2d", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.BatchNorm2d(8), nn.ReLU), IMAGE),
    ("BatchNorm1d of series", chain(lambda: nn.Conv1d(4, 8, 3), lambda: nn.BatchNorm1d(8), nn.ReLU), SERIES),
    ("LayerNorm", chain(lambda: nn.Linear(16, 32), lambda: nn.LayerNorm(32)), [floats(1, 8, 16)]),
    ("LayerNorm of channels first", chain(lambda: nn.Conv2d(3, 8, 3), lambda: LayerNorm2d(8)), IMAGE),
    ("nn.RMSNorm", chain(lambda: nn.Linear(16, 32), lambda: nn.RMSNorm(32)), [floats(1, 8, 16)]),
    ("RMSNorm by hand", chain(lambda: nn.Linear(16, 32), lambda: HandRMSNorm(32)), [floats(1, 8, 16)]),
    ("GroupNorm", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.GroupNorm(4, 8), nn.SiLU), IMAGE),
    ("InstanceNorm2d", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.InstanceNorm2d(8), nn.ReLU), IMAGE),
    ("InstanceNorm2d, affine", chain(lambda: nn.Conv2d(3, 8, 3), lambda: nn.InstanceNorm2d(8, affine=True), nn.ReLU), IMAGE),
    ("LocalResponseNorm", chain(lambda: nn.Conv2d(3, 8, 3), nn.ReLU, lambda: nn.LocalResponseNorm(3)), IMAGE),
    ("F.normalize", Normalize, [floats(1, 16)]),
]
