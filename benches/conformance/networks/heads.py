"""Look-ups of embeddings, recommenders, and heads that end a network."""

import torch
from torch import nn
from torch.nn import functional as F

from networks.inputs import floats, integers

VECTOR = [floats(1, 16)]


class Head(nn.Module):
    """A layer and a function of its answer."""

    def __init__(self, function, width=8):
        super().__init__()
        self.dense, self.function = nn.Linear(16, width), function

    def forward(self, x):
        return self.function(self.dense(x))


class Bag(nn.Module):
    """fastText: the mean of embeddings."""

    def __init__(self, mode):
        super().__init__()
        self.bag, self.head = nn.EmbeddingBag(50, 16, mode=mode), nn.Linear(16, 4)

    def forward(self, tokens):
        return self.head(self.bag(tokens))


class MeanOfWords(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(50, 16), nn.Linear(16, 4)

    def forward(self, tokens):
        return self.head(self.embed(tokens).mean(dim=1))


class TextConvolution(nn.Module):
    """Convolutions over words (Kim, 2014)."""

    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(50, 16), nn.Linear(12, 2)
        self.convs = nn.ModuleList(nn.Conv1d(16, 4, size) for size in (2, 3, 4))

    def forward(self, tokens):
        x = self.embed(tokens).transpose(1, 2)
        return self.head(torch.cat([F.relu(conv(x)).max(dim=2)[0] for conv in self.convs], dim=1))


class Interaction(nn.Module):
    """DLRM: dot products of all pairs of features (Naumov et al., 2019)."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(20, 8) for _ in range(3))
        self.bottom, self.top = nn.Sequential(nn.Linear(4, 8), nn.ReLU()), nn.Sequential(nn.Linear(14, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
        self.rows, self.columns = torch.tril_indices(4, 4, offset=-1)

    def forward(self, numbers, categories):
        dense = self.bottom(numbers)
        features = torch.stack([dense, *[table(categories[:, i]) for i, table in enumerate(self.tables)]], dim=1)
        products = torch.bmm(features, features.transpose(1, 2))
        return self.top(torch.cat([dense, products[:, self.rows, self.columns]], dim=1))


class WideAndDeep(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.deep, self.wide = nn.Embedding(30, 4), nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)), nn.Linear(8, 1)

    def forward(self, numbers, categories):
        deep = self.deep(torch.cat([self.embed(categories).flatten(1), numbers], dim=1))
        return torch.sigmoid(deep + self.wide(numbers))


class Factorization(nn.Module):
    """A factorization machine (Rendle, 2010): half of the square of the sum less the sum of squares."""

    def __init__(self):
        super().__init__()
        self.embed, self.linear = nn.Embedding(40, 8), nn.Embedding(40, 1)

    def forward(self, categories):
        x = self.embed(categories)
        pairs = 0.5 * (x.sum(dim=1).pow(2) - x.pow(2).sum(dim=1)).sum(dim=1, keepdim=True)
        return torch.sigmoid(self.linear(categories).sum(dim=1) + pairs)


class Collaborative(nn.Module):
    """Neural collaborative filtering (He et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.users, self.items = nn.Embedding(30, 8), nn.Embedding(30, 8)
        self.mlp, self.last = nn.Sequential(nn.Linear(16, 8), nn.ReLU()), nn.Linear(16, 1)

    def forward(self, user, item):
        user, item = self.users(user), self.items(item)
        return torch.sigmoid(self.last(torch.cat([user * item, self.mlp(torch.cat([user, item], dim=-1))], dim=-1)))


class Towers(nn.Module):
    """Two towers, and the cosine of their answers."""

    def __init__(self, compare):
        super().__init__()
        self.left, self.right, self.compare = nn.Linear(16, 8), nn.Linear(16, 8), compare

    def forward(self, x, y):
        return self.compare(self.left(x), self.right(y))


class Siamese(nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.tower, self.norm = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 8)), norm

    def forward(self, x, y):
        return F.pairwise_distance(self.tower(x), self.tower(y), p=self.norm)


class CategoricalTransformer(nn.Module):
    """TabTransformer (Huang et al., 2020)."""

    def __init__(self):
        super().__init__()
        self.embed, self.layer = nn.Embedding(40, 16), nn.TransformerEncoderLayer(16, 2, 32, activation="gelu", batch_first=True)
        self.norm, self.head = nn.LayerNorm(4), nn.Linear(68, 2)
        self.register_buffer("offsets", torch.arange(4) * 10)

    def forward(self, numbers, categories):
        x = self.layer(self.embed(categories + self.offsets)).flatten(1)
        return self.head(torch.cat([x, self.norm(numbers)], dim=1))


class Variational(nn.Module):
    """A variational encoder in evaluation: means and logarithms of variances."""

    def __init__(self):
        super().__init__()
        self.body, self.mean, self.spread = nn.Sequential(nn.Linear(16, 16), nn.ReLU()), nn.Linear(16, 4), nn.Linear(16, 4)

    def forward(self, x):
        x = self.body(x)
        return self.mean(x), self.spread(x)


class VariationalRound(Variational):
    """Its whole, decoded from the means."""

    def __init__(self):
        super().__init__()
        self.decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(super().forward(x)[0])


class Codebook(nn.Module):
    """VQ-VAE: the nearest vector of a codebook (van den Oord et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.encoder, self.codes = nn.Linear(16, 8), nn.Embedding(12, 8)

    def forward(self, x):
        x = self.encoder(x)
        distances = x.pow(2).sum(1, keepdim=True) - 2 * x @ self.codes.weight.t() + self.codes.weight.pow(2).sum(1)
        return self.codes(distances.argmin(dim=1))


class Mixture(nn.Module):
    """A mixture density network (Bishop, 1994): weights, means, spreads."""

    def __init__(self):
        super().__init__()
        self.body, self.weights, self.means, self.spreads = nn.Sequential(nn.Linear(16, 16), nn.Tanh()), nn.Linear(16, 3), nn.Linear(16, 3), nn.Linear(16, 3)

    def forward(self, x):
        x = self.body(x)
        return F.softmax(self.weights(x), dim=-1), self.means(x), torch.exp(self.spreads(x))


class Angular(nn.Module):
    """ArcFace's cosines to normalized classes (Deng et al., 2018)."""

    def __init__(self):
        super().__init__()
        self.classes = nn.Parameter(torch.randn(10, 16))

    def forward(self, x):
        return 30.0 * F.linear(F.normalize(x), F.normalize(self.classes))


class Prototypes(nn.Module):
    """Distances to prototypes (Snell et al., 2017)."""

    def __init__(self):
        super().__init__()
        self.encoder, self.prototypes = nn.Linear(16, 8), nn.Parameter(torch.randn(5, 8))

    def forward(self, x):
        return -torch.cdist(self.encoder(x), self.prototypes)


class Dueling(nn.Module):
    """A dueling Q-network (Wang et al., 2015)."""

    def __init__(self):
        super().__init__()
        self.body, self.value, self.advantage = nn.Sequential(nn.Linear(16, 32), nn.ReLU()), nn.Linear(32, 1), nn.Linear(32, 4)

    def forward(self, x):
        x = self.body(x)
        advantage = self.advantage(x)
        return self.value(x) + advantage - advantage.mean(dim=1, keepdim=True)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.actor, self.critic = nn.Sequential(nn.Linear(16, 32), nn.Tanh()), nn.Linear(32, 2), nn.Linear(32, 1)
        self.spread = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        x = self.body(x)
        mean = self.actor(x)
        return torch.tanh(mean), torch.exp(self.spread.clamp(-5, 2)).expand_as(mean), self.critic(x).squeeze(-1)


class Ensemble(nn.Module):
    def __init__(self):
        super().__init__()
        self.members = nn.ModuleList(nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4)) for _ in range(3))

    def forward(self, x):
        answers = torch.stack([F.softmax(member(x), dim=-1) for member in self.members])
        return answers.mean(0), answers.var(0)


BLOCKS = [
    ("softmax head", lambda: Head(lambda x: F.softmax(x, dim=-1)), VECTOR),
    ("log_softmax head", lambda: Head(lambda x: F.log_softmax(x, dim=-1)), VECTOR),
    ("softmax with a temperature", lambda: Head(lambda x: torch.softmax(x / 0.7, dim=-1)), VECTOR),
    ("sigmoid head", lambda: Head(torch.sigmoid), VECTOR),
    ("one probability", lambda: Head(lambda x: torch.sigmoid(x).squeeze(-1), 1), VECTOR),
    ("argmax head", lambda: Head(lambda x: torch.argmax(x, dim=-1)), VECTOR),
    ("top-k head", lambda: Head(lambda x: torch.topk(F.softmax(x, dim=-1), 3)), VECTOR),
    ("threshold head", lambda: Head(lambda x: (torch.sigmoid(x) > 0.5).float()), VECTOR),
    ("maximum and its index", lambda: Head(lambda x: torch.max(F.softmax(x, dim=-1), dim=-1)), VECTOR),
    ("EmbeddingBag, mean", lambda: Bag("mean"), [integers(50, 1, 6)]),
    ("EmbeddingBag, sum", lambda: Bag("sum"), [integers(50, 1, 6)]),
    ("mean of embeddings", MeanOfWords, [integers(50, 1, 6)]),
    ("convolutions over words", TextConvolution, [integers(50, 1, 8)]),
    ("DLRM interaction", Interaction, [floats(1, 4), integers(20, 1, 3)]),
    ("wide and deep", WideAndDeep, [floats(1, 8), integers(30, 1, 2)]),
    ("factorization machine", Factorization, [integers(40, 1, 5)]),
    ("collaborative filtering", Collaborative, [integers(30, 1), integers(30, 1)]),
    ("two towers, cosine", lambda: Towers(F.cosine_similarity), [floats(1, 16), floats(1, 16)]),
    ("two towers, dot product", lambda: Towers(lambda x, y: (x * y).sum(dim=-1)), [floats(1, 16), floats(1, 16)]),
    ("siamese distance", lambda: Siamese(2.0), [floats(1, 16), floats(1, 16)]),
    ("siamese distance, L1", lambda: Siamese(1.0), [floats(1, 16), floats(1, 16)]),
    ("TabTransformer", CategoricalTransformer, [floats(1, 4), integers(10, 1, 4)]),
    ("variational encoder", Variational, VECTOR),
    ("variational autoencoder", VariationalRound, VECTOR),
    ("VQ-VAE codebook", Codebook, VECTOR),
    ("mixture density", Mixture, VECTOR),
    ("ArcFace head", Angular, VECTOR),
    ("prototypes", Prototypes, VECTOR),
    ("dueling Q-network", Dueling, VECTOR),
    ("actor and critic", ActorCritic, VECTOR),
    ("ensemble's mean and variance", Ensemble, VECTOR),
]
