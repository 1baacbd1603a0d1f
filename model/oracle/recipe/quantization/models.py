"""The models to measure with: the trained tiny one, and formula weights of any configuration."""
import dataclasses
import json
import pathlib
import random
import sys

import torch

RECIPE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = RECIPE.parent / "fixtures"
sys.path.insert(0, str(RECIPE))

import problems  # noqa: E402
from sambay import Config, Model  # noqa: E402
from synthetic import value  # noqa: E402

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
torch.backends.cuda.matmul.allow_tf32 = False
torch.set_float32_matmul_precision("highest")


def config(folder):
    raw = json.loads((pathlib.Path(folder) / "config.json").read_text())
    return Config(**{field.name: raw[field.name] for field in dataclasses.fields(Config)})


def shapes(folder):
    """The model without memory, to count with."""
    with torch.device("meta"):
        return Model(config(folder))


def empty(folder):
    return shapes(folder).to_empty(device=DEVICE).eval().requires_grad_(False)


def formula(name):
    """fixtures/<name> with formula weights (FORMAT.md), and the ids that its expected values were computed for."""
    model = empty(FIXTURES / name)
    for key, parameter in model.named_parameters():
        parameter.data = value(key, tuple(parameter.shape), DEVICE).float()
    vocabulary = model.c.vocab_size
    tokens, a, b = {"micro": (96, 7, 3), "pairs": (40, 7, 3), "full": (640, 7919, 104729)}[name]
    ids = torch.tensor([[(a * i * i + b * i + 11) % vocabulary for i in range(tokens)]], device=DEVICE)
    return model, ids


def tiny(folder):
    """The trained checkpoint: its bfloat16 weights, arithmetic in float32."""
    from safetensors.torch import load_file

    model = empty(folder)
    state = {}
    for shard in pathlib.Path(folder).glob("*-of-*.safetensors"):
        state.update(load_file(shard))
    model.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return model


def held_out(folder):
    """eval.jsonl as (question, answer)."""
    lines = (pathlib.Path(folder) / "eval.jsonl").read_text().splitlines()
    return [(row["question"], row["answer"]) for row in map(json.loads, lines)]


def fresh(count, seed=77):
    """More problems of the same kinds, with answers."""
    source, found = random.Random(seed), []
    while len(found) < count:
        question, _, answer, _ = problems.problem(source)
        if answer is not None:
            found.append((question, answer))
    return found
