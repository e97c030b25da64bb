"""Networks that are no classifiers, with scores of one's own, small and in float64."""

import torch
from torch import nn
from torch.nn import functional as F

import xai_core as xai

SIZE = (32, 48)
MEAN, STD = (0.5,) * 3, (0.25,) * 3
PLACE = (slice(None), 1, slice(8, 20), slice(10, 30))


def body():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, 2, 1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(inplace=True),
        nn.Conv2d(6, 8, 3, 2, 1),
        nn.ReLU(),
    )


class Segmenting(nn.Module):
    """A map of three classes, (N, 3, H, W), in a dict beside a list of a number for each picture."""

    def __init__(self):
        super().__init__()
        self.body, self.head = body(), nn.Conv2d(8, 3, 1)

    def forward(self, x):
        features = self.body(x)
        wide = F.interpolate(self.head(features), x.shape[2:], mode="bilinear", align_corners=False)
        return {"out": wide, "more": [features.mean((1, 2, 3))]}


class Embedding(nn.Module):
    """A vector (N, 1, 5) in a tuple."""

    def __init__(self):
        super().__init__()
        self.body, self.head = body(), nn.Linear(8, 5)

    def forward(self, x):
        return (self.head(self.body(x).mean((2, 3)))[:, None],)


def seeded(make):
    """One of them with random weights and a batch norm that is no identity."""
    torch.manual_seed(0)
    net = make().double().eval()
    norm = next(module for module in net.modules() if isinstance(module, nn.BatchNorm2d))
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    norm.running_mean.normal_(std=0.1)
    norm.running_var.uniform_(0.5, 1.5)
    return net


def wrapped(net, **options):
    return xai.wrap(net, SIZE, MEAN, STD, **options)


def mask_sum(output):
    """The sum of a class's map over a rectangle."""
    return output["out"][PLACE].sum((1, 2)) + 0 * output["more"][0]


def likeness(reference):
    """Cosine similarity to the embedding (5,) of another picture."""

    def similarity(output):
        return F.cosine_similarity(output[0][:, 0], reference[None], dim=1)

    return similarity
