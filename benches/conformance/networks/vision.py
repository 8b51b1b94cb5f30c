"""The blocks of convolutional networks for classification."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats
from networks.layers import LayerNorm2d

FEATURES = [floats(1, 16, 8, 8)]


def conv(inputs, outputs, kernel=3, stride=1, groups=1, activation=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class Residual(nn.Module):
    def __init__(self, body, shortcut=None, last=nn.ReLU):
        super().__init__()
        self.body, self.shortcut, self.last = body, shortcut or nn.Identity(), last() if last else nn.Identity()

    def forward(self, x):
        return self.last(self.body(x) + self.shortcut(x))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduced, gate=nn.Sigmoid):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.inner = nn.Sequential(nn.Conv2d(channels, reduced, 1), nn.ReLU(), nn.Conv2d(reduced, channels, 1), gate())

    def forward(self, x):
        return x * self.inner(self.pool(x))


class LinearSqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(16, 4, bias=False), nn.ReLU(), nn.Linear(4, 16, bias=False), nn.Sigmoid())

    def forward(self, x):
        batch, channels, _, _ = x.size()
        return x * self.inner(x.mean((2, 3))).view(batch, channels, 1, 1).expand_as(x)


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Sequential(nn.BatchNorm2d(16 + 8 * i), nn.ReLU(), nn.Conv2d(16 + 8 * i, 8, 3, padding=1)) for i in range(3))
        self.transition = nn.Sequential(nn.BatchNorm2d(40), nn.ReLU(), nn.Conv2d(40, 16, 1), nn.AvgPool2d(2))

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return self.transition(torch.cat(features, 1))


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList([
            conv(16, 4, 1), nn.Sequential(conv(16, 4, 1), conv(4, 8)), nn.Sequential(conv(16, 2, 1), conv(2, 4, 5)),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(16, 4, 1)),
        ])

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class Fire(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze, self.small, self.large = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 8, 1), nn.Conv2d(4, 8, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.small(x)), F.relu(self.large(x))], 1)


class Shuffle(nn.Module):
    """ShuffleNet v2's unit (Ma et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.branch = nn.Sequential(conv(8, 8, 1), conv(8, 8, groups=8, activation=None), conv(8, 8, 1))

    def forward(self, x):
        kept, changed = x.chunk(2, dim=1)
        x = torch.cat((kept, self.branch(changed)), dim=1)
        batch, channels, height, width = x.size()
        return x.view(batch, 2, channels // 2, height, width).transpose(1, 2).contiguous().view(batch, channels, height, width)


class ConvNeXt(nn.Module):
    def __init__(self):
        super().__init__()
        self.spatial, self.norm = nn.Conv2d(16, 16, 7, padding=3, groups=16), nn.LayerNorm(16, eps=1e-6)
        self.up, self.down, self.scale = nn.Linear(16, 64), nn.Linear(64, 16), nn.Parameter(0.1 * torch.ones(16))

    def forward(self, x):
        y = self.norm(self.spatial(x).permute(0, 2, 3, 1))
        y = self.scale * self.down(F.gelu(self.up(y)))
        return x + y.permute(0, 3, 1, 2)


class ResponseNorm(nn.Module):
    """ConvNeXt v2's global response normalization (Woo et al., 2023)."""

    def __init__(self):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(1, 1, 1, 16)), nn.Parameter(torch.zeros(1, 1, 1, 16))

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        norms = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        return (self.gamma * (x * (norms / (norms.mean(dim=-1, keepdim=True) + 1e-6))) + self.beta + x).permute(0, 3, 1, 2)


class Cbam(nn.Module):
    """Convolutional block attention (Woo et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.mlp = nn.Sequential(nn.Conv2d(16, 4, 1), nn.ReLU(), nn.Conv2d(4, 16, 1))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        x = x * torch.sigmoid(self.mlp(F.adaptive_avg_pool2d(x, 1)) + self.mlp(F.adaptive_max_pool2d(x, 1)))
        pooled = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], dim=1)
        return x * torch.sigmoid(self.spatial(pooled))


class EfficientChannels(nn.Module):
    """Efficient channel attention (Wang et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        y = F.adaptive_avg_pool2d(x, 1).squeeze(-1).transpose(-1, -2)
        return x * self.conv(y).transpose(-1, -2).unsqueeze(-1).sigmoid()


class Ghost(nn.Module):
    def __init__(self):
        super().__init__()
        self.primary, self.cheap = conv(16, 8, 1), conv(8, 8, groups=8)

    def forward(self, x):
        x = self.primary(x)
        return torch.cat([x, self.cheap(x)], dim=1)[:, :16]


class RepVgg(nn.Module):
    def __init__(self):
        super().__init__()
        self.three, self.one, self.same = conv(16, 16, activation=None), conv(16, 16, 1, activation=None), nn.BatchNorm2d(16)

    def forward(self, x):
        return F.relu(self.three(x) + self.one(x) + self.same(x))


class SelectiveKernel(nn.Module):
    """Selective kernel convolution (Li et al., 2019)."""

    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList([conv(16, 16), conv(16, 16, 5)])
        self.squeeze, self.choose = nn.Linear(16, 8), nn.Linear(8, 32)

    def forward(self, x):
        features = torch.stack([branch(x) for branch in self.branches], dim=1)
        weights = self.choose(F.relu(self.squeeze(features.sum(1).mean((-2, -1))))).view(-1, 2, 16)
        return (features * weights.softmax(dim=1)[..., None, None]).sum(1)


class SplitAttention(nn.Module):
    """Res2Net's hierarchy of scales (Gao et al., 2019)."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(conv(4, 4) for _ in range(3))

    def forward(self, x):
        parts = torch.split(x, 4, dim=1)
        outputs, carried = [parts[0]], None
        for part, layer in zip(parts[1:], self.convs):
            carried = layer(part if carried is None else part + carried)
            outputs.append(carried)
        return torch.cat(outputs, 1)


class SimpleGate(nn.Module):
    """NAFNet's block (Chen et al., 2022)."""

    def __init__(self):
        super().__init__()
        self.norm, self.up, self.spatial = LayerNorm2d(16), nn.Conv2d(16, 32, 1), nn.Conv2d(32, 32, 3, padding=1, groups=32)
        self.channels, self.down, self.beta = nn.Conv2d(16, 16, 1), nn.Conv2d(16, 16, 1), nn.Parameter(torch.full((1, 16, 1, 1), 0.5))

    def forward(self, x):
        a, b = self.spatial(self.up(self.norm(x))).chunk(2, dim=1)
        y = a * b
        return x + self.beta * self.down(y * self.channels(F.adaptive_avg_pool2d(y, 1)))


def inverted(gate=None, activation=nn.ReLU6):
    middle = [SqueezeExcite(32, 8, gate)] if gate else []
    return nn.Sequential(conv(16, 32, 1, activation=activation), conv(32, 32, groups=32, activation=activation), *middle,
                         conv(32, 16, 1, activation=None))


def classifier(*layers):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


BLOCKS = [
    ("ResNet basic block", lambda: Residual(nn.Sequential(conv(16, 16), conv(16, 16, activation=None))), FEATURES),
    ("ResNet block with projection", lambda: Residual(nn.Sequential(conv(16, 32, stride=2), conv(32, 32, activation=None)),
                                                      conv(16, 32, 1, 2, activation=None)), FEATURES),
    ("ResNet bottleneck", lambda: Residual(nn.Sequential(conv(16, 4, 1), conv(4, 4), conv(4, 16, 1, activation=None))), FEATURES),
    ("pre-activated ResNet block", lambda: Residual(nn.Sequential(nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1)), last=None), FEATURES),
    ("ResNeXt block", lambda: Residual(nn.Sequential(conv(16, 8, 1), conv(8, 8, groups=4), conv(8, 16, 1, activation=None))), FEATURES),
    ("MobileNet v1 block", lambda: nn.Sequential(conv(16, 16, groups=16), conv(16, 32, 1)), FEATURES),
    ("MobileNet v2 block", lambda: Residual(inverted(), last=None), FEATURES),
    ("MobileNet v3 block", lambda: Residual(inverted(nn.Hardsigmoid, nn.Hardswish), last=None), FEATURES),
    ("EfficientNet block", lambda: Residual(inverted(nn.Sigmoid, nn.SiLU), last=None), FEATURES),
    ("squeeze and excite", lambda: SqueezeExcite(16, 4), FEATURES),
    ("squeeze and excite by Linear", LinearSqueezeExcite, FEATURES),
    ("DenseNet block", Dense, FEATURES),
    ("Inception block", Inception, FEATURES),
    ("SqueezeNet fire", Fire, FEATURES),
    ("ShuffleNet v2 unit", Shuffle, FEATURES),
    ("ConvNeXt block", ConvNeXt, FEATURES),
    ("ConvNeXt v2 response norm", ResponseNorm, FEATURES),
    ("CBAM", Cbam, FEATURES),
    ("efficient channel attention", EfficientChannels, FEATURES),
    ("Ghost module", Ghost, FEATURES),
    ("RepVGG block", RepVgg, FEATURES),
    ("selective kernel", SelectiveKernel, FEATURES),
    ("Res2Net block", SplitAttention, FEATURES),
    ("NAFNet block", SimpleGate, FEATURES),
    ("small ResNet", lambda: classifier(conv(3, 16, stride=2), Residual(nn.Sequential(conv(16, 16), conv(16, 16, activation=None)))),
     [floats(1, 3, 16, 16)]),
    ("LeNet", lambda: nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
                                    nn.Linear(64, 10)), [floats(1, 1, 16, 16)]),
    ("VGG block", lambda: nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(True), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2)),
     [floats(1, 3, 16, 16)]),
]
