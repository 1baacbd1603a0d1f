"""Recipes: which tensor is stored how. `RECIPES` is what the study compares."""
from dataclasses import dataclass, replace
from functools import cache, partial

import torch

import grids
from formats import Asymmetric, Bytes, Float, Groups

EXACT, F16, F32 = Float(0), Float(16), Float(32)
INT4 = Groups(grids.integers)


@dataclass(frozen=True)
class Recipe:
    """`only`: round only tensors with this in their name, to see what they alone do."""
    name: str
    matrices: object = INT4
    embedding: object = INT4
    deltas: object = F16  # x_proj and dt_proj
    only: str = ""

    def format_of(self, name, shape):
        if len(shape) != 2 or name.endswith("A_log"):
            return F32
        if self.only not in name:
            return EXACT
        if name.endswith("embed_tokens.weight"):
            return self.embedding
        return self.deltas if "x_proj" in name or "dt_proj" in name else self.matrices

    def bits_per_weight(self, model):
        """Over all parameters, those kept in f32 too. `model` may be on the meta device."""
        named = list(model.named_parameters())
        return sum(self.format_of(n, p.shape).bits(p.shape) for n, p in named) / sum(p.numel() for _, p in named)


def apply(recipe, source, target):
    """Writes source's parameters, rounded by the recipe, into target. Returns the relative L2 error of those rounded."""
    wrong = total = 0.0
    with torch.no_grad():
        for (name, weight), (_, result) in zip(source.named_parameters(), target.named_parameters(), strict=True):
            form = recipe.format_of(name, weight.shape)
            result.copy_(form.rounded(weight))
            if form not in (EXACT, F32):
                wrong += (result - weight).double().square().sum().item()
                total += weight.double().square().sum().item()
    return (wrong / total) ** 0.5 if total else 0.0


@cache
def fitted_32():
    return grids.fitted(32)


@cache
def fitted_16():
    return grids.fitted(16)


def everywhere(name, form):
    return Recipe(name, matrices=form, embedding=form)


def wide(bits):
    return Groups(partial(grids.integers, bits), code_bits=bits)


OURS = Recipe("int4, g32, f16, searched")
G16 = Groups(grids.integers, size=16, scale_bits=8)
G32 = Groups(grids.integers, scale_bits=8)
FIT32 = Groups(fitted_32)
FIT16 = Groups(fitted_16, size=16, scale_bits=8)

METHODS = [
    Recipe("bfloat16", EXACT, EXACT, EXACT),
    Recipe("f16", F16, F16, F16),
    everywhere("int4, g32, f16, largest / 7", Groups(grids.integers, divisor=7.0)),
    everywhere("int4, g32, f16, largest → −8", Groups(grids.integers, divisor=-8.0)),
    OURS,
    everywhere("int4, g16, 8 bit, searched", G16),
    everywhere("int4, g32, 8 bit, searched", G32),
    everywhere("NF4, g32, f16, largest → ±1", Groups(grids.normal_quantiles, divisor=1.0)),
    everywhere("NF4, g32, f16, searched", Groups(grids.normal_quantiles)),
    everywhere("fitted grid, g32, f16, searched", FIT32),
    everywhere("fitted grid, g32, 8 bit, searched", replace(FIT32, scale_bits=8)),
    everywhere("fitted grid, g16, 8 bit, searched", FIT16),
    everywhere("asymmetric int4, g32, f16 + 4-bit zero, range", Asymmetric(searched=False)),
    everywhere("asymmetric int4, g32, f16 + 4-bit zero, searched", Asymmetric()),
]
EMBEDDINGS = [
    replace(OURS, name="embedding 8 bit", embedding=Bytes()),
    replace(OURS, name="embedding f16", embedding=F16),
    Recipe("g32 8-bit scales, embedding 8 bit", matrices=G32, embedding=Bytes()),
    replace(OURS, name="embedding 5 bit, g32, f16", embedding=wide(5)),
    replace(OURS, name="embedding 6 bit, g32, f16", embedding=wide(6)),
    Recipe("g32 8-bit scales, embedding 6 bit, g32, f16", matrices=G32, embedding=wide(6)),
    Recipe("g16 8-bit scales, embedding 5 bit, g32, f16", matrices=G16, embedding=wide(5)),
    Recipe("g32 8-bit scales, embedding int4 g16 8 bit", matrices=G32, embedding=G16),
    Recipe("g32 f16, embedding int4 g16 8 bit", embedding=G16),
    Recipe("g32 f16, embedding fitted grid g16 8 bit", embedding=FIT16),
]
DELTAS = [
    replace(OURS, name="x_proj, dt_proj int4", deltas=INT4),
    replace(OURS, name="x_proj, dt_proj 8 bit", deltas=Bytes()),
]
PARTS = [
    replace(OURS, name=f"only {part}", deltas=INT4, only=part)
    for part in ("embed_tokens", "in_proj", "x_proj", "dt_proj", "Wqkv", "out_proj", "fc1", "fc2")
]
RECIPES = METHODS + EMBEDDINGS + DELTAS + PARTS
