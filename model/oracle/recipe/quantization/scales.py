"""One scale for each group of weights. Groups are rows of a tensor (groups, size); scales have shape (groups, 1)."""
import torch

# model/weights/quantize.ts: the value of largest magnitude goes to level −8 or nearly so; 7.2 is for groups with large
# values of both signs.
INTEGER_DIVISORS = (-8.5, -8.25, -8.0, -8.75, -7.75, 7.2)
# The same idea for any grid: largest value to the lowest or highest level, times each of these.
FACTORS = (1.0, 1.06, 1.03, 0.97, 0.94, 0.9)
REFINEMENTS = 2


def inverse(scales):
    return torch.where(scales == 0, 0.0, 1.0 / scales)


def nearest(groups, scales, levels):
    """Codes (groups, size) of the nearest levels; halves go up, as in quantize.ts."""
    middles = (levels[1:] + levels[:-1]) / 2
    return torch.bucketize(groups * inverse(scales), middles, right=True)


def extreme(groups):
    """(groups, 1) the value of largest magnitude with its sign."""
    return groups.gather(1, groups.abs().argmax(1, keepdim=True))


def least_squares(groups, scales, levels):
    """The scale of least error for the codes that `scales` gives: Σ value·level / Σ level²."""
    chosen = levels[nearest(groups, scales, levels)]
    return (groups * chosen).sum(1, keepdim=True) / chosen.square().sum(1, keepdim=True).clamp(min=1e-30)


def search(groups, levels, storable, neighbours=None):
    """quantize.ts for any grid: the best of a few scales, then least squares from there.

    `storable` rounds scales to what the format holds; `neighbours` gives the two storable scales beside those given."""
    best = torch.zeros_like(groups[:, :1])
    least = groups.square().sum(1, keepdim=True)

    def attempt(exact):
        scales = storable(exact)
        rest = groups - levels[nearest(groups, scales, levels)] * scales
        error = rest.square_().sum(1, keepdim=True)
        better = error < least
        best.copy_(torch.where(better, scales, best))
        least.copy_(torch.where(better, error, least))

    top = extreme(groups)
    for divisor in divisors(levels):
        attempt(top / divisor)
    for _ in range(REFINEMENTS):
        attempt(least_squares(groups, best, levels))
    if neighbours is not None:
        for beside in neighbours(best):
            attempt(beside)
    return best


def divisors(levels):
    low, high = float(levels[0]), float(levels[-1])
    if (low, high) == (-8.0, 7.0):
        return INTEGER_DIVISORS
    return [end * factor for factor in FACTORS for end in (low, high)]
