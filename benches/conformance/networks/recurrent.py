"""Recurrent networks, and others for series."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats, integers

SERIES = [floats(1, 6, 8)]


class Sequence(nn.Module):
    """All outputs of a recurrent layer."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class Last(nn.Module):
    """A head on the last output."""

    def __init__(self, layer, width):
        super().__init__()
        self.layer, self.head = layer, nn.Linear(width, 3)

    def forward(self, x):
        outputs, _ = self.layer(x)
        return self.head(outputs[:, -1, :])


class Hidden(nn.Module):
    """A head on the hidden states of both directions."""

    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.LSTM(8, 8, batch_first=True, bidirectional=True), nn.Linear(16, 3)

    def forward(self, x):
        _, (hidden, _) = self.layer(x)
        return self.head(torch.cat([hidden[-2], hidden[-1]], dim=1))


class Cells(nn.Module):
    """A loop over nn.LSTMCell."""

    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTMCell(8, 8), nn.Linear(8, 1)

    def forward(self, x):
        hidden = x.new_zeros(x.size(0), 8)
        cell = x.new_zeros(x.size(0), 8)
        outputs = []
        for step in range(x.size(1)):
            hidden, cell = self.cell(x[:, step], (hidden, cell))
            outputs.append(self.head(hidden))
        return torch.stack(outputs, dim=1)


class GruCells(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(8, 8)

    def forward(self, x, hidden):
        for step in range(4):
            hidden = self.cell(x[:, step], hidden)
        return hidden


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.layer, self.head = nn.Embedding(50, 8), nn.LSTM(8, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, tokens):
        _, (hidden, _) = self.layer(self.embed(tokens))
        return torch.sigmoid(self.head(hidden[-1])).squeeze(-1)


class Stateful(nn.Module):
    """State in, state out."""

    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(8, 8)

    def forward(self, x, hidden, cell):
        y, (hidden, cell) = self.layer(x, (hidden, cell))
        return y, hidden, cell


class ConvolutionalRecurrent(nn.Module):
    """CRNN for lines of text (Shi et al., 2015)."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, (4, 3), padding=(0, 1)), nn.ReLU())
        self.layer, self.head = nn.GRU(8, 8, bidirectional=True, batch_first=True), nn.Linear(16, 12)

    def forward(self, x):
        x = self.features(x).squeeze(2).permute(0, 2, 1)
        return F.log_softmax(self.head(self.layer(x)[0]), dim=2)


class Temporal(nn.Module):
    """TCN's residual block (Bai et al., 2018): pads both ends, and chomps the future."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.side = nn.Conv1d(4, 8, 3, padding=2), nn.Conv1d(8, 8, 3, padding=4, dilation=2), nn.Conv1d(4, 8, 1)

    def forward(self, x):
        y = F.relu(self.first(x)[:, :, :-2])
        y = F.relu(self.second(y)[:, :, :-4])
        return F.relu(y + self.side(x))


class WaveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.filter, self.gate = nn.Conv1d(8, 8, 2, dilation=2), nn.Conv1d(8, 8, 2, dilation=2)
        self.residual, self.skip = nn.Conv1d(8, 8, 1), nn.Conv1d(8, 4, 1)

    def forward(self, x):
        padded = F.pad(x, (2, 0))
        y = torch.tanh(self.filter(padded)) * torch.sigmoid(self.gate(padded))
        return x + self.residual(y), self.skip(y)


class Decomposition(nn.Module):
    """DLinear: a moving average and the rest, each by a layer (Zeng et al., 2022)."""

    def __init__(self):
        super().__init__()
        self.average, self.trend, self.season = nn.AvgPool1d(5, 1), nn.Linear(24, 8), nn.Linear(24, 8)

    def forward(self, x):
        padded = torch.cat([x[:, 0:1].repeat(1, 2, 1), x, x[:, -1:].repeat(1, 2, 1)], dim=1)
        trend = self.average(padded.permute(0, 2, 1)).permute(0, 2, 1)
        parts = self.trend(trend.permute(0, 2, 1)) + self.season((x - trend).permute(0, 2, 1))
        return parts.permute(0, 2, 1)


class Reversible(nn.Module):
    """RevIN: a forecast of the normalized series, scaled back (Kim et al., 2022)."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(24, 8)

    def forward(self, x):
        mean, spread = x.mean(1, keepdim=True), torch.sqrt(torch.var(x, dim=1, keepdim=True, unbiased=False) + 1e-5)
        y = self.inner(((x - mean) / spread).transpose(1, 2)).transpose(1, 2)
        return y * spread + mean


class Patches(nn.Module):
    """PatchTST's patches of a series (Nie et al., 2022)."""

    def __init__(self):
        super().__init__()
        self.embed, self.layer, self.head = nn.Linear(8, 16), nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), nn.Linear(5 * 16, 4)

    def forward(self, x):
        return self.head(self.layer(self.embed(x.unfold(-1, 8, 4))).flatten(1))


class Beats(nn.Module):
    """N-BEATS' doubly residual stacks (Oreshkin et al., 2019)."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 20)) for _ in range(2))

    def forward(self, x):
        forecast = 0
        for block in self.blocks:
            back, ahead = block(x).split([16, 4], dim=-1)
            x = x - back
            forecast = forecast + ahead
        return forecast


class StateSpace(nn.Module):
    """Mamba's selective scan over a few steps (Gu and Dao, 2023)."""

    def __init__(self):
        super().__init__()
        self.up, self.conv, self.select, self.step, self.down = nn.Linear(8, 32), nn.Conv1d(16, 16, 3, padding=2, groups=16), nn.Linear(16, 9), nn.Linear(1, 16), nn.Linear(16, 8)
        self.decay, self.skip = nn.Parameter(torch.log(torch.arange(1.0, 5).repeat(16, 1))), nn.Parameter(torch.ones(16))

    def forward(self, x):
        x, gate = self.up(x).chunk(2, dim=-1)
        x = F.silu(self.conv(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2))
        step, into, out = self.select(x).split([1, 4, 4], dim=-1)
        step = F.softplus(self.step(step))
        kept = torch.exp(step.unsqueeze(-1) * -torch.exp(self.decay))
        added = step.unsqueeze(-1) * into.unsqueeze(2) * x.unsqueeze(-1)
        state, outputs = torch.zeros_like(kept[:, 0]), []
        for time in range(x.shape[1]):
            state = kept[:, time] * state + added[:, time]
            outputs.append((state * out[:, time].unsqueeze(1)).sum(-1))
        y = torch.stack(outputs, dim=1) + x * self.skip
        return self.down(y * F.silu(gate))


class TimeShift(nn.Module):
    """RWKV's channel mixing with shifted tokens (Peng et al., 2023)."""

    def __init__(self):
        super().__init__()
        self.mix, self.key, self.value, self.gate = nn.Parameter(torch.rand(8)), nn.Linear(8, 16), nn.Linear(16, 8), nn.Linear(8, 8)

    def forward(self, x):
        shifted = F.pad(x, (0, 0, 1, -1))
        mixed = x * self.mix + shifted * (1 - self.mix)
        return torch.sigmoid(self.gate(mixed)) * self.value(torch.square(torch.relu(self.key(mixed))))


BLOCKS = [
    ("LSTM", lambda: Sequence(nn.LSTM(8, 8)), [floats(6, 1, 8)]),
    ("LSTM, batch first", lambda: Last(nn.LSTM(8, 8, batch_first=True), 8), SERIES),
    ("LSTM, both directions", lambda: Last(nn.LSTM(8, 8, batch_first=True, bidirectional=True), 16), SERIES),
    ("LSTM of two layers", lambda: Last(nn.LSTM(8, 8, num_layers=2, batch_first=True, dropout=0.2), 8), SERIES),
    ("LSTM's hidden states", Hidden, SERIES),
    ("LSTM with state in and out", Stateful, [floats(4, 1, 8), floats(1, 1, 8), floats(1, 1, 8)]),
    ("LSTMCell in a loop", Cells, [floats(1, 4, 8)]),
    ("GRU", lambda: Sequence(nn.GRU(8, 8)), [floats(6, 1, 8)]),
    ("GRU, batch first", lambda: Last(nn.GRU(8, 8, batch_first=True), 8), SERIES),
    ("GRU, both directions, two layers", lambda: Last(nn.GRU(8, 8, num_layers=2, batch_first=True, bidirectional=True), 16), SERIES),
    ("GRUCell in a loop", GruCells, [floats(1, 4, 8), floats(1, 8)]),
    ("RNN", lambda: Last(nn.RNN(8, 8, batch_first=True), 8), SERIES),
    ("RNN, relu", lambda: Last(nn.RNN(8, 8, nonlinearity="relu", batch_first=True), 8), SERIES),
    ("sentiment by LSTM", Sentiment, [integers(50, 1, 6)]),
    ("CRNN", ConvolutionalRecurrent, [floats(1, 1, 8, 12)]),
    ("temporal convolution", Temporal, [floats(1, 4, 16)]),
    ("WaveNet gating", WaveNet, [floats(1, 8, 16)]),
    ("DLinear", Decomposition, [floats(1, 24, 3)]),
    ("RevIN", Reversible, [floats(1, 24, 3)]),
    ("PatchTST", Patches, [floats(1, 24)]),
    ("N-BEATS", Beats, [floats(1, 16)]),
    ("Mamba block", StateSpace, [floats(1, 4, 8)]),
    ("RWKV channel mixing", TimeShift, [floats(1, 6, 8)]),
]
