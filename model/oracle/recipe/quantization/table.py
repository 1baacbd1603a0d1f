"""Markdown tables of what study.py wrote. Usage: table.py RESULTS.jsonl …"""
import collections
import json
import pathlib
import sys

from recipes import DELTAS, EMBEDDINGS, METHODS, OURS, PARTS


def percent(value):
    return f"{100 * value:.2f} %"


def thousandth(value):
    return f"{max(0, 1000 * value):.2f}"


def millionth(value):
    return f"{max(0, 1e6 * value):.1f}"


def decimal(value):
    return f"{value:.3f}"


def field(name, form):
    return lambda row: form(row[name])


BITS = [("bits: published", field("bitsFull", decimal)), ("tiny", field("bits", decimal))]
TINY = [
    ("weights’ error", field("weights", percent)),
    ("KL, golden prompts, 10⁻³", field("klPrompts", thousandth)),
    ("KL, questions, 10⁻³", field("klQuestions", thousandth)),
    ("KL, solutions, 10⁻⁶", field("klSolutions", millionth)),
]
ACCURACY = [("right of 500", field("right", str)), ("right of 2,000", field("rightAll", str))]
DRAWN = [("normal", field("normal", percent)), ("Student’s t, 5", field("student", percent))]
FORMULA = [(f"logits’ error: {n}", field(f"{n}Logits", decimal)) for n in ("micro", "pairs", "full")]
FORMULA += [("KL: full", field("fullKl", decimal))]


def read(paths):
    rows = collections.defaultdict(dict)
    for path in paths:
        for line in pathlib.Path(path).read_text().splitlines():
            found = json.loads(line)
            rows[found.pop("recipe")].update(found)
    return rows


def table(rows, recipes, columns):
    """One line a recipe; a cell without its measurement stays empty."""
    def line(cells):
        return "| " + " | ".join(cells) + " |"

    print(line(["recipe", *(title for title, _ in columns)]))
    print(line(["---"] * (1 + len(columns))))
    for recipe in recipes:
        cells = []
        for _, cell in columns:
            try:
                cells.append(cell(rows[recipe.name]))
            except KeyError:
                cells.append("")
        print(line([f"**{recipe.name}**" if recipe is OURS else recipe.name, *cells]))
    print()


def main():
    rows = read(sys.argv[1:])
    table(rows, METHODS, BITS + TINY + ACCURACY)
    table(rows, METHODS, DRAWN + FORMULA)
    table(rows, [OURS, *EMBEDDINGS, *DELTAS], BITS + TINY + ACCURACY + FORMULA[2:])
    table(rows, PARTS, TINY + FORMULA[2:])


if __name__ == "__main__":
    main()
