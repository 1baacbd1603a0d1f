"""Measures every recipe. Usage:

    study.py tiny CHECKPOINT OUT.jsonl [--share I/N] [--fresh N] [--solutions N] [--problems N] [--recipes PATTERN]
    study.py questions CHECKPOINT OUT.jsonl [--problems N] [--recipes PATTERN]      KL over eval.jsonl's questions alone
    study.py formula NAME OUT.jsonl [--recipes PATTERN]             NAME: micro, pairs or full
    study.py weights known OUT.jsonl [--recipes PATTERN]             errors on weights drawn from known distributions

One line of JSON for each recipe, written as soon as it is measured; table.py makes Markdown of them."""
import argparse
import json
import pathlib
import re
import sys
import time

import torch

import models
from measures import answered, divergence, greedy, log_probabilities, relative
from recipes import METHODS, RECIPES, apply

LIMIT = 1050  # the longest worked solution has 982 tokens
FULL_POSITIONS = [0, 1, 63, 511, 512, 639]


class Tiny:
    """The trained model, its texts, and what its bfloat16 weights say to them."""

    def __init__(self, options):
        from tokenizers import Tokenizer

        folder = pathlib.Path(options.source)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.ends = [self.tokenizer.token_to_id(name) for name in ("<|end|>", "<|endoftext|>")]
        self.exact, self.rounded = models.tiny(folder), models.empty(folder)
        held_out = models.held_out(folder)[:options.problems]
        self.held_out, self.problems = len(held_out), held_out + models.fresh(options.fresh)
        self.prompts = [self.ids(models.problems.turn(q, "", a)[0]) for q, a in self.problems]
        solved = greedy(self.exact, self.prompts[:options.solutions], LIMIT, self.ends)
        self.solutions = [(p, p + s) for p, s in zip(self.prompts, solved)]
        self.golden = [g["prompt_ids"] for g in json.loads((folder / "golden.json").read_text())]
        self.expected = self.distributions(self.exact)

    def ids(self, text):
        return self.tokenizer.encode(text).ids

    def distributions(self, model):
        """Over the golden prompts, and over the generated tokens of the solutions (their end among them)."""
        whole = log_probabilities(model, [sequence for _, sequence in self.solutions])
        made = [logs[len(prompt) - 1:] for (prompt, _), logs in zip(self.solutions, whole)]
        return log_probabilities(model, self.golden), made

    def measure(self, recipe):
        found = {"weights": apply(recipe, self.exact, self.rounded)}
        prompts, solutions = self.distributions(self.rounded)
        found["klPrompts"], _ = divergence(self.expected[0], prompts)
        found["klSolutions"], found["differ"] = divergence(self.expected[1], solutions)
        return found

    def accuracy(self, recipe):
        """Right answers of eval.jsonl, and of all problems."""
        apply(recipe, self.exact, self.rounded)
        texts = map(self.tokenizer.decode, greedy(self.rounded, self.prompts, LIMIT, self.ends))
        right = [answered(text) == answer for text, (_, answer) in zip(texts, self.problems)]
        return {"right": sum(right[:self.held_out]), "of": self.held_out, "rightAll": sum(right), "ofAll": len(right)}


def study_questions(options, recipes):
    """KL over the questions of eval.jsonl: what the model reads, where its distributions are wide. No decoding."""
    from tokenizers import Tokenizer

    folder = pathlib.Path(options.source)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    exact, rounded = models.tiny(folder), models.empty(folder)
    questions = models.held_out(folder)[:options.problems]
    prompts = [tokenizer.encode(models.problems.turn(q, "", a)[0]).ids for q, a in questions]
    expected = log_probabilities(exact, prompts)
    for recipe in recipes:
        apply(recipe, exact, rounded)
        kl, differ = divergence(expected, log_probabilities(rounded, prompts))
        tokens = sum(map(len, prompts))
        write(options.out, recipe, {"klQuestions": kl, "differQuestions": differ, "questionTokens": tokens})


def write(out, recipe, found):
    line = json.dumps({"recipe": recipe.name, **found}, ensure_ascii=False)
    with open(out, "a") as file:
        print(line, file=file)
    print(line, flush=True)


def study_tiny(options, recipes):
    part, parts = map(int, options.share.split("/"))
    tiny, full = Tiny(options), models.shapes(models.FIXTURES / "full")
    mine = recipes[part::parts]
    for recipe in mine:
        bits = {"bits": recipe.bits_per_weight(tiny.exact), "bitsFull": recipe.bits_per_weight(full)}
        write(options.out, recipe, {**bits, **tiny.measure(recipe)})
    for recipe in mine:
        if not recipe.only:
            write(options.out, recipe, tiny.accuracy(recipe))


@torch.no_grad()
def logits(model, ids, positions):
    hidden = model.hidden(ids)[0]
    chosen = hidden if positions is None else hidden[positions]
    return torch.nn.functional.linear(chosen, model.model.embed_tokens.weight)


def study_formula(options, recipes):
    """Relative L2 error of the logits, and their KL from the unrounded model's."""
    name = options.source
    positions = FULL_POSITIONS if name == "full" else None
    exact, ids = models.formula(name)
    rounded = models.empty(models.FIXTURES / name)
    expected = logits(exact, ids, positions)
    for recipe in recipes:
        weights = apply(recipe, exact, rounded)
        got = logits(rounded, ids, positions)
        kl, _ = divergence([expected.log_softmax(-1)], [got.log_softmax(-1)])
        found = {"Logits": relative(got, expected), "Kl": kl, "Weights": weights}
        write(options.out, recipe, {name + what: number for what, number in found.items()})


def study_weights(options, recipes):
    """Relative L2 error on a million weights: normal, and with heavier tails (Student's t with 5 degrees of freedom)."""
    torch.manual_seed(3)
    drawn = {
        "normal": torch.randn(256, 4096).to(models.DEVICE),
        "student": torch.distributions.StudentT(5.0).sample((256, 4096)).to(models.DEVICE),
    }
    for recipe in recipes:
        write(options.out, recipe, {name: relative(recipe.matrices.rounded(w), w) for name, w in drawn.items()})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("study", choices=["tiny", "questions", "formula", "weights"])
    parser.add_argument("source", help="checkpoint folder, or formula model")
    parser.add_argument("out")
    parser.add_argument("--share", default="0/1")
    parser.add_argument("--fresh", type=int, default=1500)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--solutions", type=int, default=200)
    parser.add_argument("--recipes", default="", help="only those whose name matches this expression")
    options = parser.parse_args()
    began = time.time()
    known = METHODS if options.study == "weights" else RECIPES
    study = {"tiny": study_tiny, "questions": study_questions, "formula": study_formula, "weights": study_weights}
    study[options.study](options, [r for r in known if re.search(options.recipes, r.name)])
    print(f"{options.study} {options.source} {options.share}: {time.time() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
