"""Stored formats of a matrix (rows, cols): what they cost in bits and what they leave of the weights."""
from dataclasses import dataclass
from typing import Callable

import torch

from scales import extreme, inverse, nearest, search

BLOCK = 1 << 25  # elements at a time: the full model's embedding has 2^29


def half(values):
    return values.half().float()


def grouped(weight, size):
    """(rows, groups, size): groups along the input axis, the last one of a row filled up with zeros."""
    rows, cols = weight.shape
    return torch.nn.functional.pad(weight, (0, -cols % size)).view(rows, -1, size)


def by_rows(weight, work):
    """`work` on blocks of whole rows."""
    step = max(1, BLOCK // weight.shape[1])
    return torch.cat([work(block) for block in weight.split(step)])


@dataclass(frozen=True)
class Float:
    """16: f16; 32: f32; 0: the bfloat16 checkpoint as it is, to compare with."""
    width: int

    def bits(self, shape):
        return (self.width or 16) * shape.numel()

    def rounded(self, weight):
        return half(weight) if self.width == 16 else weight


@dataclass(frozen=True)
class Bytes:
    """8 bits, symmetric, one f16 scale a row: largest / 127."""

    def bits(self, shape):
        return 8 * shape.numel() + 16 * shape[0]

    def rounded(self, weight):
        scales = half(weight.abs().amax(1, keepdim=True) / 127)
        return (weight * inverse(scales)).round().clamp(-127, 127) * scales


@dataclass(frozen=True)
class Groups:
    """Codes of `code_bits`, for `levels`, in groups of `size`.

    divisor: the scale is the largest value divided by it; None: searched.
    scale_bits: 16, or 8: a signed byte a group, times one f32 a row."""
    levels: Callable[[], torch.Tensor]
    size: int = 32
    scale_bits: int = 16
    divisor: float | None = None
    code_bits: int = 4

    def bits(self, shape):
        groups = shape[0] * -(-shape[1] // self.size)
        return self.code_bits * groups * self.size + self.scale_bits * groups + (32 * shape[0] if self.scale_bits == 8 else 0)

    def rounded(self, weight):
        levels = self.levels().to(weight.device)
        return by_rows(weight, lambda block: self.block(block, levels))

    def block(self, weight, levels):
        rows, cols = weight.shape
        blocks = grouped(weight, self.size)
        groups = blocks.reshape(-1, self.size)
        if self.divisor is not None:
            scales = half(extreme(groups) / self.divisor)
        elif self.scale_bits == 16:
            scales = search(groups, levels, half)
        else:
            scales = search(groups, levels, *self.byte_scales(groups, levels, blocks.shape[1]))
        return (levels[nearest(groups, scales, levels)] * scales).view(rows, -1)[:, :cols]

    def byte_scales(self, groups, levels, per_row):
        """What `search` needs: rounding to a byte times the row's unit, and the two bytes beside."""
        exact = search(groups, levels, lambda scales: scales)
        largest = exact.view(-1, per_row).abs().amax(1, keepdim=True)
        unit = (largest / 127).repeat_interleave(per_row, 0)

        def storable(scales):
            return (scales * inverse(unit)).round().clamp(-127, 127) * unit

        return storable, lambda scales: (storable(scales + unit), storable(scales - unit))


@dataclass(frozen=True)
class Asymmetric:
    """Codes 0 … 15, value = (code − zero) × scale, scale f16 and zero four bits: the range of the group, and with
    `searched` also parts of it and least squares."""
    size: int = 32
    searched: bool = True

    def bits(self, shape):
        return (4 * self.size + 20) * shape[0] * -(-shape[1] // self.size)

    def rounded(self, weight):
        return by_rows(weight, self.block)

    def block(self, weight):
        rows, cols = weight.shape
        groups = grouped(weight, self.size).reshape(-1, self.size)
        low = groups.amin(1, keepdim=True).clamp(max=0)
        high = groups.amax(1, keepdim=True).clamp(min=0)
        best = torch.zeros_like(groups)
        least = groups.square().sum(1, keepdim=True)
        for part in (1.0, 0.95, 0.9, 0.85, 0.8) if self.searched else (1.0,):
            scales = half((high - low) * part / 15)
            for shift in (0, -1, 1) if self.searched else (0,):
                zero = ((-low * part * inverse(scales)).round() + shift).clamp(0, 15)
                result, refined = self.codes(groups, scales, zero)
                candidates = (result, self.codes(groups, refined, zero)[0]) if self.searched else (result,)
                for candidate in candidates:
                    error = (groups - candidate).square().sum(1, keepdim=True)
                    best = torch.where(error < least, candidate, best)
                    least = torch.minimum(error, least)
        return best.view(rows, -1)[:, :cols]

    @staticmethod
    def codes(groups, scales, zero):
        """The rounded groups, and the scale of least squares for their codes."""
        chosen = ((groups * inverse(scales)).round() + zero).clamp(0, 15) - zero
        refined = (groups * chosen).sum(1, keepdim=True) / chosen.square().sum(1, keepdim=True).clamp(min=1e-30)
        return chosen * scales, half(refined)
