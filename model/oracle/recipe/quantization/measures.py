"""Accuracy by greedy decoding, and distances between next-token distributions."""
import re

import torch

CHECK_EVERY = 32  # tokens between two looks at which rows are done


@torch.no_grad()
def greedy(model, prompts, limit, ends):
    """Token ids that follow each prompt, up to and without the first of `ends`, or `limit` of them.

    One batch; rows start at position 0 and read their prompt while it lasts, so no padding enters a state. Rows that
    are done leave the batch."""
    device = next(model.parameters()).device
    longest = max(map(len, prompts))
    given = torch.tensor([p + [0] * (longest - len(p)) for p in prompts], device=device)
    lengths = torch.tensor([len(p) for p in prompts], device=device)
    rows = torch.arange(len(prompts), device=device)
    stop = torch.tensor(ends, device=device)
    made = torch.full((len(prompts), longest + limit), ends[0], device=device)
    cache = model.start(len(prompts), longest + limit, device)
    done = torch.zeros_like(rows, dtype=torch.bool)
    token = given[:, 0]
    for position in range(longest + limit):
        if position < longest:
            token = torch.where(position < lengths[rows], given[rows, position], token)
        token = model.step(token, position, cache).argmax(-1)
        made[rows, position] = token
        done |= (position + 1 >= lengths[rows]) & torch.isin(token, stop)
        if position % CHECK_EVERY == CHECK_EVERY - 1 and bool(done.any()):
            keep = (~done).nonzero()[:, 0]
            if len(keep) == 0:
                break
            rows, token, done = rows[keep], token[keep], done[keep]
            cache = [{name: held[keep] for name, held in layer.items()} for layer in cache]
    return [until(row[len(p) - 1:], ends) for row, p in zip(made.tolist(), prompts)]


def until(ids, ends):
    return ids[:next((i for i, token in enumerate(ids) if token in ends), len(ids))]


def answered(text):
    """What is in the last box, or None."""
    found = re.findall(r"\\boxed\{([^}]*)\}", text)
    return found[-1] if found else None


@torch.no_grad()
def log_probabilities(model, sequences, at_once=25):
    """For each sequence of ids (tokens): log p of the next token, (tokens, vocabulary). Padding comes after: causal."""
    device, found = next(model.parameters()).device, []
    for begin in range(0, len(sequences), at_once):
        some = sequences[begin:begin + at_once]
        width = max(map(len, some))
        ids = torch.tensor([s + [0] * (width - len(s)) for s in some], device=device)
        logs = model(ids).log_softmax(-1)
        found += [row[:len(s)].clone() for row, s in zip(logs, some)]
    return found


def divergence(exact, other):
    """Mean KL(exact ‖ other) in nats over positions, and the share of positions whose first choice differs.

    Both are lists of (tokens, vocabulary) log probabilities."""
    total = differ = count = 0.0
    for p, q in zip(exact, other, strict=True):
        total += (p.exp() * (p - q)).sum().item()
        differ += (p.argmax(-1) != q.argmax(-1)).sum().item()
        count += len(p)
    return total / count, differ / count


def relative(value, exact):
    return ((value - exact).double().norm() / exact.double().norm()).item()
