"""Layers of transformers, and small whole ones."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.attention import HandAttention, heads, merged
from networks.inputs import floats, integers, padding

TOKENS = [floats(1, 8, 32)]
WORDS = 50


def encoder(activation="relu", norm_first=False):
    return nn.TransformerEncoderLayer(32, 4, 64, activation=activation, batch_first=True, norm_first=norm_first)


class Decoder(nn.Module):
    def __init__(self, norm_first=False):
        super().__init__()
        self.layer = nn.TransformerDecoderLayer(32, 4, 64, batch_first=True, norm_first=norm_first)

    def forward(self, x, memory):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.layer(x, memory, tgt_mask=mask, tgt_is_causal=True)


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.target = nn.Embedding(WORDS, 16), nn.Embedding(WORDS, 16)
        self.inner, self.out = nn.Transformer(16, 2, 1, 1, 32, batch_first=True), nn.Linear(16, WORDS)

    def forward(self, source, target):
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        return self.out(self.inner(self.source(source), self.target(target), tgt_mask=mask))


class GptBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.attention, self.second = nn.LayerNorm(32), HandAttention(), nn.LayerNorm(32)
        self.mlp = nn.Sequential(nn.Linear(32, 128), nn.GELU(approximate="tanh"), nn.Linear(128, 32))

    def forward(self, x):
        x = x + self.attention(self.first(x))
        return x + self.mlp(self.second(x))


class Gpt(nn.Module):
    """A language model with tied weights and learned positions: token indices to logits."""

    def __init__(self):
        super().__init__()
        self.tokens, self.positions, self.block, self.norm = nn.Embedding(WORDS, 32), nn.Embedding(8, 32), GptBlock(), nn.LayerNorm(32)
        self.head = nn.Linear(32, WORDS, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, tokens):
        positions = torch.arange(0, tokens.size(1), dtype=torch.long, device=tokens.device)
        return self.head(self.norm(self.block(self.tokens(tokens) + self.positions(positions))))


class RmsNorm(nn.Module):
    """As transformers' LlamaRMSNorm has it."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        kind = x.dtype
        x = x.to(torch.float32)
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)).to(kind)


def turned(x, cosines, sines):
    first, second = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return x * cosines + torch.cat((-second, first), dim=-1) * sines


class LlamaBlock(nn.Module):
    """RMS norm, rotary positions, grouped queries, SwiGLU (Touvron et al., 2023)."""

    def __init__(self):
        super().__init__()
        self.first, self.second = RmsNorm(32), RmsNorm(32)
        self.q, self.k, self.v, self.o = (nn.Linear(32, width, bias=False) for width in (32, 16, 16, 32))
        self.gate, self.up, self.down = nn.Linear(32, 64, bias=False), nn.Linear(32, 64, bias=False), nn.Linear(64, 32, bias=False)
        self.register_buffer("frequencies", 1.0 / (10000 ** (torch.arange(0, 8, 2).float() / 8)))

    def attention(self, x):
        length = x.shape[1]
        angles = torch.arange(length)[:, None].float() * self.frequencies[None, :]
        angles = torch.cat((angles, angles), dim=-1)
        query, key, value = heads(self.q(x), 4), heads(self.k(x), 2), heads(self.v(x), 2)
        query, key = turned(query, angles.cos(), angles.sin()), turned(key, angles.cos(), angles.sin())
        key, value = key.repeat_interleave(2, dim=1), value.repeat_interleave(2, dim=1)
        return self.o(merged(F.scaled_dot_product_attention(query, key, value, is_causal=True)))

    def forward(self, x):
        x = x + self.attention(self.first(x))
        y = self.second(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class PairRotary(nn.Module):
    """Rotary positions of neighbouring pairs, as GPT-J has them."""

    def __init__(self):
        super().__init__()
        angles = torch.arange(8)[:, None] * (1.0 / 10000 ** (torch.arange(0, 8, 2).float() / 8))[None, :]
        self.register_buffer("cosines", angles.cos())
        self.register_buffer("sines", angles.sin())

    def forward(self, x):
        pairs = x.view(1, 8, 4, 4, 2)
        even, odd = pairs.unbind(-1)
        cosines, sines = self.cosines[None, :, None], self.sines[None, :, None]
        return torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), dim=-1).flatten(-2)


class BertEmbeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions, self.types, self.norm = nn.Embedding(WORDS, 32, padding_idx=0), nn.Embedding(16, 32), nn.Embedding(2, 32), nn.LayerNorm(32)
        self.register_buffer("places", torch.arange(16).expand((1, -1)))

    def forward(self, tokens, types):
        return self.norm(self.words(tokens) + self.positions(self.places[:, : tokens.shape[1]]) + self.types(types))


class Bert(nn.Module):
    """Embeddings, a layer with a padding mask, and the pooler, as transformers' BertModel writes them."""

    def __init__(self):
        super().__init__()
        self.embeddings, self.qkv, self.out, self.norm = BertEmbeddings(), nn.Linear(32, 96), nn.Linear(32, 32), nn.LayerNorm(32)
        self.mlp, self.last, self.pooler = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32)), nn.LayerNorm(32), nn.Linear(32, 32)

    def forward(self, tokens, mask):
        x = self.embeddings(tokens, torch.zeros_like(tokens))
        penalty = (1.0 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        query, key, value = (heads(part, 4) for part in self.qkv(x).chunk(3, dim=-1))
        scores = torch.matmul(query, key.transpose(-1, -2)) / 8**0.5 + penalty
        x = self.norm(self.out(merged(torch.matmul(F.softmax(scores, dim=-1), value))) + x)
        x = self.last(self.mlp(x) + x)
        return torch.tanh(self.pooler(x[:, 0]))


class MeanPooled(nn.Module):
    """A sentence embedding: the mean over tokens that are no padding, of length one."""

    def __init__(self):
        super().__init__()
        self.embed, self.layer = nn.Embedding(WORDS, 32), encoder("gelu")

    def forward(self, tokens):
        mask = torch.ones_like(tokens).unsqueeze(-1).float()
        x = self.layer(self.embed(tokens))
        return F.normalize((x * mask).sum(1) / mask.sum(1).clamp(min=1e-9), p=2, dim=1)


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, 32, 4, 4), nn.Parameter(torch.randn(1, 1, 32))
        self.positions, self.layer, self.head = nn.Parameter(torch.randn(1, 17, 32)), encoder("gelu", True), nn.Linear(32, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.positions
        return self.head(self.layer(x)[:, 0])


class PatchEmbedding(nn.Module):
    """Patches by reshaping, as lucidrains' vit-pytorch has them."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.LayerNorm(48), nn.Linear(48, 32), nn.LayerNorm(32))

    def forward(self, x):
        batch, channels, height, width = x.shape
        x = x.reshape(batch, channels, height // 4, 4, width // 4, 4).permute(0, 2, 4, 3, 5, 1)
        return self.embed(x.reshape(batch, -1, 48))


class Scaled(nn.Module):
    """CaiT's layer scale (Touvron et al., 2021)."""

    def __init__(self):
        super().__init__()
        self.norm, self.mlp, self.gamma = nn.LayerNorm(32), nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32)), nn.Parameter(0.1 * torch.ones(32))

    def forward(self, x):
        return x + self.gamma * self.mlp(self.norm(x))


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(32), nn.LayerNorm(32)
        self.tokens = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.channels = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))

    def forward(self, x):
        x = x + self.tokens(self.first(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.second(x))


class GatedMlp(nn.Module):
    """gMLP's spatial gating unit (Liu et al., 2021)."""

    def __init__(self):
        super().__init__()
        self.norm, self.up, self.inner, self.spatial, self.down = nn.LayerNorm(32), nn.Linear(32, 64), nn.LayerNorm(32), nn.Conv1d(8, 8, 1), nn.Linear(32, 32)

    def forward(self, x):
        u, v = F.gelu(self.up(self.norm(x))).chunk(2, dim=-1)
        return x + self.down(u * self.spatial(self.inner(v)))


class Fourier(nn.Module):
    """FNet: a Fourier transform in the place of attention (Lee-Thorp et al., 2021)."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(32)

    def forward(self, x):
        return self.norm(x + torch.fft.fft(torch.fft.fft(x, dim=-1), dim=-2).real)


class Experts(nn.Module):
    """A mixture of experts of which the best two answer, as small models write it."""

    def __init__(self):
        super().__init__()
        self.gate, self.experts = nn.Linear(16, 4), nn.ModuleList(nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16)) for _ in range(4))

    def forward(self, x):
        scores, chosen = torch.topk(self.gate(x), 2, dim=-1)
        weights = torch.zeros_like(self.gate(x)).scatter(-1, chosen, F.softmax(scores, dim=-1))
        answers = torch.stack([expert(x) for expert in self.experts], dim=-1)
        return (answers * weights.unsqueeze(-2)).sum(-1)


class SoftExperts(Experts):
    def forward(self, x):
        answers = torch.stack([expert(x) for expert in self.experts], dim=1)
        return torch.einsum("be,bed->bd", F.softmax(self.gate(x), dim=-1), answers)


BLOCKS = [
    ("TransformerEncoderLayer", encoder, TOKENS),
    ("TransformerEncoderLayer, gelu", lambda: encoder("gelu"), TOKENS),
    ("TransformerEncoderLayer, norm first", lambda: encoder(norm_first=True), TOKENS),
    ("TransformerEncoderLayer, gelu, norm first", lambda: encoder("gelu", True), TOKENS),
    ("TransformerEncoder of two layers", lambda: nn.TransformerEncoder(encoder(), 2, nn.LayerNorm(32)), TOKENS),
    ("TransformerDecoderLayer", Decoder, [floats(1, 8, 32), floats(1, 6, 32)]),
    ("TransformerDecoderLayer, norm first", lambda: Decoder(norm_first=True), [floats(1, 8, 32), floats(1, 6, 32)]),
    ("nn.Transformer of tokens", Translator, [integers(WORDS, 1, 6), integers(WORDS, 1, 6)]),
    ("GPT block", GptBlock, TOKENS),
    ("GPT of tokens", Gpt, [integers(WORDS, 1, 8)]),
    ("LLaMA block", LlamaBlock, TOKENS),
    ("rotary positions of pairs", PairRotary, TOKENS),
    ("BERT embeddings", BertEmbeddings, [integers(WORDS, 1, 8), integers(2, 1, 8)]),
    ("BERT with padding mask", Bert, [integers(WORDS, 1, 8), padding(1, 8)]),
    ("sentence embedding", MeanPooled, [integers(WORDS, 1, 8)]),
    ("vision transformer", VisionTransformer, [floats(1, 3, 16, 16)]),
    ("patch embedding", PatchEmbedding, [floats(1, 3, 16, 16)]),
    ("layer scale", Scaled, TOKENS),
    ("MLP-Mixer", Mixer, TOKENS),
    ("gMLP", GatedMlp, TOKENS),
    ("FNet", Fourier, TOKENS),
    ("mixture of experts, top two", Experts, [floats(1, 16)]),
    ("mixture of experts, soft", SoftExperts, [floats(1, 16)]),
]
