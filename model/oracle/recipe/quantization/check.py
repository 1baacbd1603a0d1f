"""Is the study's int4 the one that ships? Compares with the weights in public/models/tiny. Usage: check.py CHECKPOINT"""
import json
import pathlib
import sys

import numpy
import torch

import models
from recipes import INT4, OURS

FOLDER = models.RECIPE.parents[2] / "public" / "models" / "tiny"


def shipped():
    """Name → (rows, cols) f32 for every int4 tensor of the shipped model; layout: gpu/int4.ts."""
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    stream = b"".join((FOLDER / chunk["name"]).read_bytes() for chunk in manifest["chunks"])
    for tensor in manifest["tensors"]:
        if tensor["format"] == "int4":
            rows, cols = tensor["shape"]
            codes = numpy.frombuffer(stream, numpy.uint8, rows * cols // 2, tensor["values"]).reshape(rows, -1)
            scales = numpy.frombuffer(stream, numpy.float16, rows * cols // 32, tensor["scales"]).astype(numpy.float32)
            levels = numpy.stack([codes & 15, codes >> 4], -1).reshape(-1, 32).astype(numpy.float32) - 8
            yield tensor["name"], torch.from_numpy(levels * scales[:, None]).view(rows, cols)


def main():
    checkpoint = dict(models.tiny(sys.argv[1]).named_parameters())
    equal = count = 0
    for name, stored in shipped():
        assert OURS.format_of(name, stored.shape) == INT4, name
        equal += (INT4.rounded(checkpoint[name]).cpu() == stored).sum().item()
        count += stored.numel()
    print(f"{equal} of {count} weights equal ({100 * equal / count:.4f} %)")


if __name__ == "__main__":
    main()
