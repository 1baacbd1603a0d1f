"""The levels that codes can stand for, each set as a sorted tensor to be multiplied by a scale; sixteen for 4 bits."""
import torch

from models import DEVICE
from scales import nearest, search


def integers(bits=4):
    """−8 … 7, what gpu/int4.ts stores; for more bits as many more."""
    return torch.arange(-(2.0 ** (bits - 1)), 2.0 ** (bits - 1))


def normal_quantiles():
    """NF4 (Dettmers et al. 2023, "QLoRA", appendix E): quantiles of the normal distribution, 0 among them, up to ±1."""
    quantile = torch.distributions.Normal(0.0, 1.0).icdf
    above = quantile(torch.linspace(0.9677083, 0.5, 9)[:-1].double())
    below = -quantile(torch.linspace(0.9677083, 0.5, 8)[:-1].double())
    levels = torch.cat([above, below, torch.zeros(1)]).sort().values
    return (levels / levels.abs().max()).float()


def fitted(size, rounds=40):
    """Lloyd-Max: the levels of least squared error for normal weights in groups of `size`, each with its best scale.

    A fixed set for every model, so it is fitted to the normal distribution and to no checkpoint."""
    groups = torch.randn(1 << 14, size, generator=torch.Generator().manual_seed(1)).to(DEVICE)
    levels = normal_quantiles().to(DEVICE)
    for _ in range(rounds):
        scales = search(groups, levels, lambda s: s)
        codes = nearest(groups, scales, levels)
        weight = scales.square().expand_as(groups)
        total = torch.zeros(16, device=DEVICE).index_add_(0, codes.flatten(), (groups * scales).flatten())
        share = torch.zeros(16, device=DEVICE).index_add_(0, codes.flatten(), weight.flatten())
        levels = torch.where(share > 0, total / share.clamp(min=1e-30), levels).sort().values
        levels = levels / levels.abs().max()
    return levels
