"""Attention in the forms that people write."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats, padding

TOKENS = [floats(1, 8, 32)]


def heads(x, count):
    batch, length, width = x.shape
    return x.view(batch, length, count, width // count).transpose(1, 2)


def merged(x):
    batch, count, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, count * width)


class SelfAttention(nn.Module):
    """nn.MultiheadAttention on itself, with or without its weights."""

    def __init__(self, weights=False, causal=False):
        super().__init__()
        self.inner, self.weights, self.causal = nn.MultiheadAttention(32, 4, batch_first=True), weights, causal

    def forward(self, x):
        mask = torch.triu(torch.ones(8, 8, dtype=torch.bool), diagonal=1) if self.causal else None
        y, weights = self.inner(x, x, x, attn_mask=mask, need_weights=self.weights)
        return (y, weights) if self.weights else y


class PaddedAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.MultiheadAttention(32, 4, batch_first=True)

    def forward(self, x, mask):
        return self.inner(x, x, x, key_padding_mask=mask == 0, need_weights=False)[0]


class CrossAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.MultiheadAttention(32, 4, kdim=16, vdim=16, batch_first=True)

    def forward(self, x, memory):
        return self.inner(x, memory, memory, need_weights=False)[0]


class Scaled(nn.Module):
    """F.scaled_dot_product_attention of projections."""

    def __init__(self, causal=False, groups=4):
        super().__init__()
        self.q, self.kv, self.out, self.causal, self.groups = nn.Linear(32, 32), nn.Linear(32, 16 * groups), nn.Linear(32, 32), causal, groups

    def forward(self, x):
        key, value = self.kv(x).chunk(2, dim=-1)
        query, key, value = heads(self.q(x), 4), heads(key, self.groups), heads(value, self.groups)
        grouped = self.groups < 4
        return self.out(merged(F.scaled_dot_product_attention(query, key, value, is_causal=self.causal, enable_gqa=grouped)))


class MaskedScaled(nn.Module):
    """The same with an additive mask that is given."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(32, 96)

    def forward(self, x, mask):
        query, key, value = (heads(part, 4) for part in self.qkv(x).chunk(3, dim=-1))
        return merged(F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :] != 0))


class HandAttention(nn.Module):
    """Attention as nanoGPT writes it without flash attention."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)
        self.register_buffer("bias", torch.tril(torch.ones(8, 8)).view(1, 1, 8, 8))

    def forward(self, x):
        batch, length, width = x.size()
        query, key, value = (heads(part, 4) for part in self.qkv(x).split(32, dim=2))
        scores = (query @ key.transpose(-2, -1)) * (1.0 / math.sqrt(key.size(-1)))
        scores = scores.masked_fill(self.bias[:, :, :length, :length] == 0, float("-inf"))
        return self.out(merged(F.softmax(scores, dim=-1) @ value))


class Additive(nn.Module):
    """Attention by a network of sums (Bahdanau et al., 2014)."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.score = nn.Linear(16, 16), nn.Linear(32, 16), nn.Linear(16, 1)

    def forward(self, state, memory):
        scores = self.score(torch.tanh(self.query(state).unsqueeze(1) + self.key(memory))).squeeze(2)
        return torch.bmm(F.softmax(scores, dim=1).unsqueeze(1), memory).squeeze(1)


class Pooled(nn.Module):
    """Attention pooling by learned queries, as Perceiver and Set Transformer have it."""

    def __init__(self):
        super().__init__()
        self.queries, self.inner = nn.Parameter(torch.randn(1, 2, 32)), nn.MultiheadAttention(32, 4, batch_first=True)

    def forward(self, x):
        return self.inner(self.queries.expand(x.shape[0], -1, -1), x, x, need_weights=False)[0]


class Linear(nn.Module):
    """Linear attention with elu + 1 (Katharopoulos et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(32, 96)

    def forward(self, x):
        query, key, value = self.qkv(x).chunk(3, dim=-1)
        query, key = F.elu(query) + 1, F.elu(key) + 1
        state = torch.einsum("bnd,bne->bde", key, value)
        norm = 1 / torch.einsum("bnd,bd->bn", query, key.sum(dim=1))
        return torch.einsum("bnd,bde,bn->bne", query, state, norm)


class Window(nn.Module):
    """Swin's attention in windows with relative positions (Liu et al., 2021)."""

    def __init__(self, shift=0):
        super().__init__()
        self.qkv, self.out, self.shift = nn.Linear(16, 48), nn.Linear(16, 16), shift
        self.table = nn.Parameter(torch.randn(49, 2) * 0.1)
        places = torch.stack(torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")).flatten(1)
        relative = (places[:, :, None] - places[:, None, :]).permute(1, 2, 0) + 3
        self.register_buffer("index", relative[..., 0] * 7 + relative[..., 1])

    def forward(self, x):
        batch, height, width, channels = x.shape
        if self.shift:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        x = x.view(batch, height // 4, 4, width // 4, 4, channels).permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, 16, channels)
        qkv = self.qkv(x).reshape(x.shape[0], 16, 3, 2, 8).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0] * 8**-0.5, qkv[1], qkv[2]
        bias = self.table[self.index.view(-1)].view(16, 16, 2).permute(2, 0, 1).unsqueeze(0)
        x = ((query @ key.transpose(-2, -1) + bias).softmax(dim=-1) @ value).transpose(1, 2).reshape(-1, 16, channels)
        x = self.out(x).view(batch, height // 4, width // 4, 4, 4, channels).permute(0, 1, 3, 2, 4, 5).contiguous().view(batch, height, width, channels)
        return torch.roll(x, shifts=(self.shift, self.shift), dims=(1, 2)) if self.shift else x


class Relative(nn.Module):
    """T5's attention with buckets of relative positions, without scaling (Raffel et al., 2019)."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(32, 32, bias=False) for _ in range(4))
        self.bias = nn.Embedding(8, 4)

    def buckets(self, length):
        distance = torch.arange(length)[None, :] - torch.arange(length)[:, None]
        buckets = (distance > 0).to(torch.long) * 4
        distance = torch.abs(distance)
        large = 2 + (torch.log(distance.float() / 2) / math.log(8 / 2) * 2).to(torch.long)
        return buckets + torch.where(distance < 2, distance, torch.min(large, torch.full_like(large, 3)))

    def forward(self, x):
        query, key, value = heads(self.q(x) * 0.25, 4), heads(self.k(x), 4), heads(self.v(x), 4)
        scores = torch.matmul(query, key.transpose(3, 2)) + self.bias(self.buckets(x.shape[1])).permute(2, 0, 1).unsqueeze(0)
        return self.o(merged(torch.matmul(F.softmax(scores.float(), dim=-1).type_as(scores), value)))


class Alibi(nn.Module):
    """Attention with linear biases (Press et al., 2021)."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(32, 96)
        slopes = torch.tensor([2.0 ** -(2 * i + 2) for i in range(4)])
        distance = torch.arange(8)[None, :] - torch.arange(8)[:, None]
        bias = slopes[:, None, None] * distance
        self.register_buffer("bias", bias.masked_fill(distance > 0, float("-inf")))

    def forward(self, x):
        query, key, value = (heads(part, 4) for part in self.qkv(x).chunk(3, dim=-1))
        return merged(F.scaled_dot_product_attention(query, key, value, attn_mask=self.bias))


class NonLocal(nn.Module):
    """Non-local block over pixels (Wang et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.theta, self.phi, self.g, self.out = nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1), nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)

    def forward(self, x):
        batch, _, height, width = x.shape
        theta, phi, g = self.theta(x).flatten(2), self.phi(x).flatten(2), self.g(x).flatten(2)
        weights = F.softmax(torch.bmm(theta.transpose(1, 2), phi), dim=-1)
        return x + self.out(torch.bmm(weights, g.transpose(1, 2)).transpose(1, 2).view(batch, 4, height, width))


class Cached(nn.Module):
    """One new token against keys and values of earlier ones."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(32, 96)

    def forward(self, x, keys, values):
        query, key, value = (heads(part, 4) for part in self.qkv(x).chunk(3, dim=-1))
        keys, values = torch.cat([keys, key], dim=2), torch.cat([values, value], dim=2)
        return merged(F.scaled_dot_product_attention(query, keys, values)), keys, values


BLOCKS = [
    ("MultiheadAttention", SelfAttention, TOKENS),
    ("MultiheadAttention with its weights", lambda: SelfAttention(weights=True), TOKENS),
    ("MultiheadAttention, causal", lambda: SelfAttention(causal=True), TOKENS),
    ("MultiheadAttention, padding mask", PaddedAttention, [floats(1, 8, 32), padding(1, 8)]),
    ("MultiheadAttention of a memory", CrossAttention, [floats(1, 4, 32), floats(1, 8, 16)]),
    ("scaled_dot_product_attention", Scaled, TOKENS),
    ("scaled_dot_product_attention, causal", lambda: Scaled(causal=True), TOKENS),
    ("scaled_dot_product_attention, masked", MaskedScaled, [floats(1, 8, 32), padding(1, 8)]),
    ("grouped-query attention", lambda: Scaled(causal=True, groups=2), TOKENS),
    ("multi-query attention", lambda: Scaled(causal=True, groups=1), TOKENS),
    ("causal attention by hand", HandAttention, TOKENS),
    ("additive attention", Additive, [floats(1, 16), floats(1, 8, 32)]),
    ("attention pooling", Pooled, TOKENS),
    ("linear attention", Linear, TOKENS),
    ("Swin window attention", Window, [floats(1, 8, 8, 16)]),
    ("Swin shifted windows", lambda: Window(shift=2), [floats(1, 8, 8, 16)]),
    ("T5 relative attention", Relative, TOKENS),
    ("ALiBi attention", Alibi, TOKENS),
    ("non-local block", NonLocal, [floats(1, 8, 4, 4)]),
    ("attention with a cache", Cached, [floats(1, 1, 32), floats(1, 4, 7, 8), floats(1, 4, 7, 8)]),
]
