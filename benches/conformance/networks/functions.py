"""Networks of functions: features, fields, splines, graphs, sets and flows."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats

POINT = [floats(1, 3)]
NODES = [floats(1, 6, 8)]


class FourierFeatures(nn.Module):
    """Random Fourier features (Tancik et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.register_buffer("frequencies", torch.randn(3, 16))
        self.mlp = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        angles = 2 * math.pi * x @ self.frequencies
        return self.mlp(torch.cat([torch.sin(angles), torch.cos(angles)], dim=-1))


class RadianceField(nn.Module):
    """NeRF's encoding of positions, density and colour (Mildenhall et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.body, self.density, self.colour = nn.Sequential(nn.Linear(27, 32), nn.ReLU()), nn.Linear(32, 1), nn.Linear(32, 3)

    def forward(self, x):
        encoded = torch.cat([x, *[function(2.0**i * x) for i in range(4) for function in (torch.sin, torch.cos)]], dim=-1)
        y = self.body(encoded)
        return torch.cat([torch.sigmoid(self.colour(y)), F.relu(self.density(y))], dim=-1)


class Siren(nn.Module):
    """Sines as activations (Sitzmann et al., 2020), with a first frequency of 30."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(3, 32), nn.Linear(32, 32), nn.Linear(32, 1)
        nn.init.uniform_(self.first.weight, -1 / 3, 1 / 3)
        for layer in (self.second, self.last):
            nn.init.uniform_(layer.weight, -math.sqrt(6 / 32) / 30, math.sqrt(6 / 32) / 30)

    def forward(self, x):
        return self.last(torch.sin(30 * self.second(torch.sin(30 * self.first(x)))))


class Splines(nn.Module):
    """A Kolmogorov-Arnold layer as efficient-kan has it: B-splines of degree 3 by recursion (Liu et al., 2024)."""

    def __init__(self):
        super().__init__()
        grid = (torch.arange(-3, 5 + 4) * 0.4 - 1).expand(4, -1)
        self.register_buffer("grid", grid.contiguous())
        self.base, self.spline = nn.Parameter(torch.randn(5, 4) * 0.3), nn.Parameter(torch.randn(5, 32) * 0.3)

    def bases(self, x):
        x, grid = x.unsqueeze(-1), self.grid
        bases = ((x >= grid[:, :-1]) & (x < grid[:, 1:])).to(x.dtype)
        for k in range(1, 4):
            left = (x - grid[:, : -(k + 1)]) / (grid[:, k:-1] - grid[:, : -(k + 1)]) * bases[:, :, :-1]
            right = (grid[:, k + 1 :] - x) / (grid[:, k + 1 :] - grid[:, 1:(-k)]) * bases[:, :, 1:]
            bases = left + right
        return bases

    def forward(self, x):
        return F.linear(F.silu(x), self.base) + F.linear(self.bases(x).view(x.size(0), -1), self.spline)


class RadialBases(nn.Module):
    def __init__(self):
        super().__init__()
        self.centres, self.spread, self.last = nn.Parameter(torch.randn(12, 4)), nn.Parameter(torch.full((12,), -1.0)), nn.Linear(12, 2)

    def forward(self, x):
        distances = (x.unsqueeze(1) - self.centres).pow(2).sum(-1)
        return self.last(torch.exp(-distances * self.spread.exp()))


class FastSplines(nn.Module):
    """FastKAN: Gaussians in the place of splines, after a layer norm."""

    def __init__(self):
        super().__init__()
        self.norm, self.last = nn.LayerNorm(8), nn.Linear(64, 4)
        self.register_buffer("grid", torch.linspace(-2, 2, 8))

    def forward(self, x):
        bases = torch.exp(-(((self.norm(x)[..., None] - self.grid) / (4 / 7)) ** 2))
        return self.last(bases.view(x.shape[0], -1))


class Polynomial(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(14, 2)
        self.rows, self.columns = torch.triu_indices(4, 4)

    def forward(self, x):
        return self.last(torch.cat([x, (x.unsqueeze(2) * x.unsqueeze(1))[:, self.rows, self.columns]], dim=1))


class CumulativeSum(nn.Module):
    """Hazards to survival: a running sum of softplus."""

    def __init__(self):
        super().__init__()
        self.hazards = nn.Linear(8, 10)

    def forward(self, x):
        return torch.exp(-torch.cumsum(F.softplus(self.hazards(x)), dim=-1))


class EinsumForm(nn.Module):
    def __init__(self):
        super().__init__()
        self.form = nn.Parameter(torch.randn(4, 8, 8) * 0.2)

    def forward(self, x, y):
        return torch.einsum("bi,kij,bj->bk", x, self.form, y)


def ring(count):
    """The normalized adjacency of a ring with loops."""
    places = torch.arange(count)
    distance = (places[:, None] - places[None, :]).abs()
    return ((distance <= 1) | (distance == count - 1)).float() / 3


class GraphConvolution(nn.Module):
    """Two layers over a graph that is fixed (Kipf and Welling, 2016)."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 16), nn.Linear(16, 4)
        self.register_buffer("adjacency", ring(6))

    def forward(self, x):
        return self.adjacency @ self.second(F.relu(self.adjacency @ self.first(x)))


class GivenGraph(nn.Module):
    """The same over a graph that is an input, normalized by degrees."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(8, 8)

    def forward(self, x, scores):
        adjacency = torch.sigmoid(scores) + torch.eye(6)
        degrees = adjacency.sum(-1).pow(-0.5)
        return F.relu(torch.bmm(degrees.unsqueeze(-1) * adjacency * degrees.unsqueeze(-2), self.dense(x)))


class GraphAttention(nn.Module):
    """GAT over a graph that is fixed (Velickovic et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.dense, self.source, self.target = nn.Linear(8, 8, bias=False), nn.Linear(8, 1), nn.Linear(8, 1)
        self.register_buffer("edges", ring(6) > 0)

    def forward(self, x):
        x = self.dense(x)
        scores = F.leaky_relu(self.source(x) + self.target(x).transpose(1, 2), 0.2)
        return F.elu(torch.softmax(scores.masked_fill(~self.edges, -1e9), dim=-1) @ x)


class EdgeList(nn.Module):
    """GraphSAGE by an edge list that is fixed, with index_add (Hamilton et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.own, self.others = nn.Linear(8, 8), nn.Linear(8, 8)
        self.register_buffer("sources", torch.tensor([0, 1, 2, 3, 4, 5, 0, 2]))
        self.register_buffer("targets", torch.tensor([1, 2, 3, 4, 5, 0, 3, 5]))

    def forward(self, x):
        gathered = torch.zeros_like(x).index_add(0, self.targets, x[self.sources])
        return F.relu(self.own(x) + self.others(gathered))


class DeepSets(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi, self.rho = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16)), nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))

    def forward(self, x):
        return self.rho(self.phi(x).sum(dim=1))


class PointNet(nn.Module):
    """Points turned by a small network, then the greatest of their features (Qi et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.turn, self.features, self.head = nn.Sequential(nn.Conv1d(3, 16, 1), nn.ReLU()), nn.Sequential(nn.Conv1d(3, 16, 1), nn.BatchNorm1d(16), nn.ReLU()), nn.Linear(16, 4)
        self.matrix = nn.Linear(16, 9)

    def forward(self, x):
        matrix = self.matrix(self.turn(x).max(dim=2)[0]).view(-1, 3, 3) + torch.eye(3)
        x = torch.bmm(x.transpose(2, 1), matrix).transpose(2, 1)
        return F.log_softmax(self.head(torch.max(self.features(x), 2)[0]), dim=-1)


class Coupling(nn.Module):
    """RealNVP's affine coupling (Dinh et al., 2016): the value and the logarithm of the determinant."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))

    def forward(self, x):
        kept, changed = x.chunk(2, dim=1)
        scale, shift = self.inner(kept).chunk(2, dim=1)
        scale = torch.tanh(scale)
        return torch.cat([kept, changed * torch.exp(scale) + shift], dim=1), scale.sum(dim=1)


class EulerSteps(nn.Module):
    """A neural differential equation by four steps of Euler (Chen et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.field = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 4))

    def forward(self, x):
        for step in range(4):
            time = torch.full((x.shape[0], 1), step / 4)
            x = x + 0.25 * self.field(torch.cat([x, time], dim=1))
        return x


class Physics(nn.Module):
    """A network of a place and a time, as physics-informed ones are."""

    def __init__(self):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(2, 20), nn.Tanh(), nn.Linear(20, 20), nn.Tanh(), nn.Linear(20, 1))

    def forward(self, x, t):
        return self.mlp(torch.cat([x, t], dim=1))


class Memory(nn.Module):
    """A modern Hopfield network's look-up (Ramsauer et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.patterns = nn.Parameter(F.normalize(torch.randn(10, 16), dim=-1))

    def forward(self, x):
        return torch.softmax(4.0 * x @ self.patterns.t(), dim=-1) @ self.patterns


class Standardize(nn.Module):
    """Features moved and scaled in the model, outliers clamped."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.randn(16))
        self.register_buffer("spread", torch.rand(16) + 0.5)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(torch.clamp((x - self.mean) / self.spread, -3, 3))


class Quaternion(nn.Module):
    """A turn by a predicted unit quaternion."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(16, 4)

    def forward(self, x, v):
        q = F.normalize(self.dense(x) + torch.tensor([1.0, 0, 0, 0]), dim=-1)
        w, u = q[:, :1], q[:, 1:]
        t = 2 * torch.cross(u, v, dim=-1)
        return v + w * t + torch.cross(u, t, dim=-1)


class Statistics(nn.Module):
    """x-vectors' pooling: means and deviations over the time (Snyder et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv1d(8, 16, 3), nn.Linear(32, 4)

    def forward(self, x):
        x = F.relu(self.conv(x))
        return self.head(torch.cat([x.mean(dim=2), x.std(dim=2)], dim=1))


BLOCKS = [
    ("Fourier features", FourierFeatures, POINT),
    ("NeRF field", RadianceField, POINT),
    ("SIREN", Siren, POINT),
    ("KAN splines", Splines, [floats(1, 4)]),
    ("FastKAN", FastSplines, [floats(1, 8)]),
    ("radial bases", RadialBases, [floats(1, 4)]),
    ("polynomial features", Polynomial, [floats(1, 4)]),
    ("cumulative hazards", CumulativeSum, [floats(1, 8)]),
    ("einsum of three", EinsumForm, [floats(1, 8), floats(1, 8)]),
    ("graph convolution, fixed graph", GraphConvolution, NODES),
    ("graph convolution, given graph", GivenGraph, [floats(1, 6, 8), floats(1, 6, 6)]),
    ("graph attention", GraphAttention, NODES),
    ("GraphSAGE by index_add", EdgeList, [floats(6, 8)]),
    ("DeepSets", DeepSets, NODES),
    ("PointNet", PointNet, [floats(1, 3, 12)]),
    ("RealNVP coupling", Coupling, [floats(1, 8)]),
    ("neural ODE by Euler", EulerSteps, [floats(1, 4)]),
    ("physics-informed network", Physics, [floats(1, 1), floats(1, 1)]),
    ("Hopfield memory", Memory, [floats(1, 16)]),
    ("standardized and clamped", Standardize, [floats(1, 16)]),
    ("unit quaternion", Quaternion, [floats(1, 16), floats(1, 3)]),
    ("statistics pooling", Statistics, [floats(1, 8, 16)]),
]
