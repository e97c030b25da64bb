"""What the methods of channel masks do, one channel and one round at a time, on the network itself."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Sums(nn.Module):
    """Logit k is the sum of input plane k."""

    def forward(self, x):
        return x.sum((2, 3))


def small_net():
    """(11, 6, 9) activations of inputs (3, 13, 19), four classes."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 11, 3, stride=2), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(11, 4)
    )
    return net.double().eval().requires_grad_(False)


def loop(net, x, targets, activations, rounds, picture):
    """The map of softmax weights over the mean scores; `picture(x, mask, image, round)` makes each input."""
    maps = []
    for i in range(len(x)):
        means = []
        for k in range(activations.shape[1]):
            mask = F.interpolate(
                activations[i : i + 1, k : k + 1], x.shape[2:], mode="bilinear", align_corners=True
            )
            mask = (mask - mask.min()) / (mask.max() - mask.min() + 1e-8)
            scores = [float(net(picture(x[i : i + 1], mask, i, r))[0, targets[i]]) for r in range(rounds)]
            means.append(sum(scores) / rounds)
        highest = max(means)
        powers = [math.exp(mean - highest) for mean in means]
        weights = [power / sum(powers) for power in powers]
        maps.append(sum(w * a for w, a in zip(weights, activations[i], strict=True)))
    return torch.stack(maps)
