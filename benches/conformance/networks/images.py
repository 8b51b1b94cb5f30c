"""Networks whose answer is an image, or places in one."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats
from networks.vision import conv

IMAGE = [floats(1, 3, 16, 16)]
FEATURES = [floats(1, 16, 8, 8)]


class UNet(nn.Module):
    def __init__(self, up):
        super().__init__()
        self.down, self.middle, self.up, self.out = conv(3, 8), conv(8, 16), up, nn.Sequential(conv(24, 8), nn.Conv2d(8, 1, 1))

    def forward(self, x):
        skip = self.down(x)
        return self.out(torch.cat([self.up(self.middle(F.max_pool2d(skip, 2))), skip], dim=1))


class Pyramid(nn.Module):
    """Feature pyramid (Lin et al., 2017): every level is an output."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([conv(3, 8, stride=2), conv(8, 16, stride=2)])
        self.sides = nn.ModuleList([nn.Conv2d(8, 8, 1), nn.Conv2d(16, 8, 1)])

    def forward(self, x):
        fine = self.stages[0](x)
        coarse = self.sides[1](self.stages[1](fine))
        return self.sides[0](fine) + F.interpolate(coarse, size=fine.shape[-2:], mode="nearest"), coarse


class AtrousPyramid(nn.Module):
    """DeepLab's pyramid of dilated convolutions (Chen et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList([nn.Conv2d(16, 8, 1), *[nn.Conv2d(16, 8, 3, padding=rate, dilation=rate) for rate in (2, 3)]])
        self.pool, self.project = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 8, 1), nn.ReLU()), nn.Conv2d(32, 8, 1)

    def forward(self, x):
        pooled = F.interpolate(self.pool(x), size=x.shape[-2:], mode="bilinear", align_corners=False)
        return self.project(torch.cat([*[F.relu(branch(x)) for branch in self.branches], pooled], dim=1))


class YoloHead(nn.Module):
    """YOLO v5's head: boxes on a grid of cells."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(16, 2 * 7, 1)
        rows, columns = torch.meshgrid(torch.arange(4.0), torch.arange(4.0), indexing="ij")
        self.register_buffer("grid", torch.stack((columns, rows), -1).view(1, 1, 4, 4, 2))
        self.register_buffer("anchors", torch.tensor([[10.0, 13.0], [33.0, 23.0]]).view(1, 2, 1, 1, 2))

    def forward(self, x):
        batch = x.shape[0]
        y = self.conv(x).view(batch, 2, 7, 4, 4).permute(0, 1, 3, 4, 2).contiguous().sigmoid()
        middle = (y[..., 0:2] * 2.0 - 0.5 + self.grid) * 8.0
        size = (y[..., 2:4] * 2) ** 2 * self.anchors
        return torch.cat((middle, size, y[..., 4:]), -1).view(batch, -1, 7)


class Partial(nn.Module):
    """Cross-stage partial block, YOLO's C3."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = conv(16, 8, 1, activation=nn.SiLU), conv(16, 8, 1, activation=nn.SiLU), conv(16, 16, 1, activation=nn.SiLU)
        self.inner = conv(8, 8, activation=nn.SiLU)

    def forward(self, x):
        first = self.first(x)
        return self.last(torch.cat((first + self.inner(first), self.second(x)), 1))


class FastPyramid(nn.Module):
    """YOLO's SPPF: repeated pools."""

    def __init__(self):
        super().__init__()
        self.first, self.last, self.pool = conv(16, 8, 1, activation=nn.SiLU), conv(32, 16, 1, activation=nn.SiLU), nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        x = self.first(x)
        y = self.pool(x)
        z = self.pool(y)
        return self.last(torch.cat((x, y, z, self.pool(z)), 1))


class Adaptive(nn.Module):
    """Adaptive instance normalization by a style (Huang and Belongie, 2017)."""

    def __init__(self):
        super().__init__()
        self.norm, self.style = nn.InstanceNorm2d(16), nn.Linear(8, 32)

    def forward(self, x, style):
        scale, shift = self.style(style).unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
        return (1 + scale) * self.norm(x) + shift


class SpatialTransformer(nn.Module):
    """A transformer network that learns where to look (Jaderberg et al., 2015)."""

    def __init__(self):
        super().__init__()
        self.locate = nn.Sequential(nn.Conv2d(1, 4, 5, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 6))
        nn.init.normal_(self.locate[3].weight, std=0.02)
        self.locate[3].bias.data = torch.tensor([1.0, 0, 0, 0, 1, 0])

    def forward(self, x):
        grid = F.affine_grid(self.locate(x).view(-1, 2, 3), x.size(), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU())
        self.decoder = nn.Sequential(nn.ConvTranspose2d(16, 8, 2, 2), nn.ReLU(), nn.ConvTranspose2d(8, 1, 2, 2), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Diffusion(nn.Module):
    """DDPM's residual block with an embedding of the time (Ho et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(4, 16), nn.SiLU(), nn.Conv2d(16, 16, 3, padding=1))
        self.time = nn.Sequential(nn.Linear(16, 32), nn.SiLU(), nn.Linear(32, 16))
        self.second = nn.Sequential(nn.GroupNorm(4, 16), nn.SiLU(), nn.Conv2d(16, 16, 3, padding=1))
        self.register_buffer("frequencies", torch.exp(-torch.arange(8) / 8 * 4))

    def forward(self, x, time):
        angles = time[:, None] * self.frequencies[None]
        embedded = self.time(torch.cat([angles.sin(), angles.cos()], dim=-1))
        return x + self.second(self.first(x) + embedded[:, :, None, None])


class PatchMerging(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.reduce = nn.LayerNorm(64), nn.Linear(64, 32, bias=False)

    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
        return self.reduce(self.norm(x))


class Mask(nn.Module):
    """Semantic segmentation: the class of each pixel."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv(3, 8), nn.Conv2d(8, 4, 1))

    def forward(self, x):
        return self.body(x).argmax(dim=1)


BLOCKS = [
    ("U-Net, nearest", lambda: UNet(nn.Upsample(scale_factor=2, mode="nearest")), IMAGE),
    ("U-Net, bilinear", lambda: UNet(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)), IMAGE),
    ("U-Net, transposed", lambda: UNet(nn.ConvTranspose2d(16, 16, 2, 2)), IMAGE),
    ("bicubic upsampling", lambda: nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Upsample(scale_factor=2, mode="bicubic")), [floats(1, 3, 8, 8)]),
    ("feature pyramid", Pyramid, IMAGE),
    ("atrous pyramid", AtrousPyramid, FEATURES),
    ("ESPCN with PixelShuffle", lambda: nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.Tanh(), nn.Conv2d(16, 4, 3, padding=1), nn.PixelShuffle(2)),
     [floats(1, 1, 12, 12)]),
    ("PixelUnshuffle", lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 8, 3, padding=1)), IMAGE),
    ("YOLO head", YoloHead, [floats(1, 16, 4, 4)]),
    ("YOLO C3", Partial, FEATURES),
    ("YOLO SPPF", FastPyramid, FEATURES),
    ("PatchGAN discriminator", lambda: nn.Sequential(nn.Conv2d(3, 8, 4, 2, 1), nn.LeakyReLU(0.2, True), nn.Conv2d(8, 16, 4, 2, 1, bias=False),
                                                     nn.InstanceNorm2d(16), nn.LeakyReLU(0.2, True), nn.Conv2d(16, 1, 3, 1, 1)), IMAGE),
    ("DCGAN generator", lambda: nn.Sequential(nn.ConvTranspose2d(16, 16, 4, 1, 0, bias=False), nn.BatchNorm2d(16), nn.ReLU(True),
                                              nn.ConvTranspose2d(16, 3, 4, 2, 1, bias=False), nn.Tanh()), [floats(1, 16, 1, 1)]),
    ("adaptive instance norm", Adaptive, [floats(1, 16, 8, 8), floats(1, 8)]),
    ("spatial transformer", SpatialTransformer, [floats(1, 1, 12, 12)]),
    ("convolutional autoencoder", Autoencoder, [floats(1, 1, 16, 16)]),
    ("DDPM block with time", Diffusion, [floats(1, 16, 8, 8), floats(1)]),
    ("Swin patch merging", PatchMerging, FEATURES),
    ("segmentation by argmax", Mask, [floats(1, 3, 8, 8)]),
]
