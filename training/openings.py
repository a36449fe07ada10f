"""Teach the judge that "I think" and its like change nothing: python openings.py START RESULT. Needs what train.py needs.

Words that leave a statement one stood around statements of the point only, so the judge took them for the sign of one: "The way
I see it, it splits the data" stated any point. Here it learns from itself: what it says of some words beside a point, it shall
say of the same words behind an opening as well, and still of the words alone.
"""

import argparse
import copy
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import statements
import torch
from answers import Example, load_answers, load_short, short_examples, spoken_examples
from examples import FORMS, load_points, load_split
from model import Judge, load, save
from statements import load_statements
from torch import Tensor
from torch.nn import functional
from train import padded, rows

BATCH, RATE = 24, 1e-4
ANSWERS = 800
"""Typed answers whose windows are read in a run."""
MOST_WORDS = 45
"""Words of a window: in longer ones an opening weighs little."""
SHORTENED = 0.25
"""How often only the first words of a window are read: many begin like these and state no point."""
WITHIN = 0.15
"""How often a second sentence of a window gets an opening as well."""


def windows(chance: random.Random) -> list[Example]:
    """Return windows of some answers to the questions for training beside points of their question, in any order."""
    split = load_split()
    typed = [row for row in load_short() if split[row["question"]] == "train"]
    typed += [row for row in load_answers("general.jsonl") if "sentences" in row]
    found = [example for row in chance.sample(typed, ANSWERS) for example in short_examples(row)]
    for row in load_answers("spoken.jsonl"):
        if split[row["question"]] == "train":
            found += spoken_examples(row, chance)
    for row in load_statements():
        found += [example for group in statements.alone(row, chance) for example in group]
    points = [point for point in load_points() if split[point.question] == "train"]
    for point in points:
        found += [Example(text, other.texts[0], 0) for other in (point, chance.choice(points)) for text in point.said.values()]
    short = [example for example in found if len(example.window.split()) <= MOST_WORDS]
    return chance.sample(short, len(short))


def shortened(window: str, chance: random.Random) -> str:
    """Return a window, or now and then its first words."""
    words = window.split()
    return window if chance.random() >= SHORTENED or len(words) < 5 else " ".join(words[: chance.randint(3, 7)])


def opened(window: str, chance: random.Random) -> str:
    """Return a window behind an opening, now and then with another before one of its later sentences."""
    first, *rest = re.split(r"(?<=[.!?]) +", window)
    form = chance.choice(FORMS["openings"])
    text = form.format(lowered(first))
    for sentence in rest:
        text += " " + (chance.choice(FORMS["openings"]).format(lowered(sentence)) if chance.random() < WITHIN else sentence)
    return text.lower() if chance.random() < 0.2 else text


def lowered(sentence: str) -> str:
    """Return a sentence as it goes on behind other words; names such as "GANs" stay as they are."""
    first, *_ = sentence.split(" ", 1)
    return sentence if any(letter.isupper() for letter in first[1:]) or first == "I" else sentence[:1].lower() + sentence[1:]


def batches(found: Sequence[Example], chance: random.Random) -> Iterator[tuple[Any, Any]]:
    """Yield windows as they are, and the same behind openings, in batches of similar length."""
    for start in range(0, len(found), 20 * BATCH):
        part = [Example(shortened(one.window, chance), one.point, one.label) for one in found[start : start + 20 * BATCH]]
        part.sort(key=lambda one: len(one.window))
        groups = [part[place : place + BATCH] for place in range(0, len(part), BATCH)]
        chance.shuffle(groups)
        for group in groups:
            behind = [Example(opened(one.window, chance), one.point, one.label) for one in group]
            yield padded(list(rows(group))), padded(list(rows(behind)))


def distance(judge: Judge, said: tuple[Tensor, Tensor, Tensor], wanted: Tensor) -> Tensor:
    """Return the divergence of what the judge says from what it shall say."""
    ids, types, _ = said
    return functional.kl_div(judge(ids, types).log_softmax(-1), wanted, reduction="batchmean", log_target=True)


def main() -> None:
    """Train, print the divergence now and then, and save the weights."""
    options = argparse.ArgumentParser()
    options.add_argument("start", type=Path)
    options.add_argument("result", type=Path)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--minutes", type=float, default=10)
    chosen = options.parse_args()
    torch.manual_seed(chosen.seed)
    torch.set_num_threads(1)  # the matrices are small
    chance = random.Random(chosen.seed)  # noqa: S311
    judge = Judge()
    load(judge, chosen.start)
    teacher = copy.deepcopy(judge).eval()
    for part in (judge.types, judge.first):
        part.requires_grad_(requires_grad=False)
    trained = [weight for weight in judge.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, weight_decay=0.0, fused=True)
    found = windows(chance)
    print(f"{len(found)} windows", flush=True)
    began, losses = time.time(), []
    for alone, behind in batches(found, chance):
        done = (time.time() - began) / (chosen.minutes * 60)
        if done >= 1:
            break
        for group in optimiser.param_groups:  # the rate rises for a twentieth of the time, then falls to zero
            group["lr"] = RATE * min(done / 0.05, (1 - done) / 0.95)
        with torch.no_grad():
            wanted = teacher(alone[0], alone[1]).log_softmax(-1)
        kept, moved = distance(judge, alone, wanted), distance(judge, behind, wanted)
        optimiser.zero_grad(set_to_none=True)
        (kept + 2 * moved).backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        losses.append((kept.item(), moved.item()))
        if len(losses) % 25 == 0:
            of_kept, of_moved = (sum(column) / 25 for column in zip(*losses[-25:], strict=True))
            print(
                f"{done:.0%} of the time, {len(losses)} batches: alone {of_kept:.3f}, behind an opening {of_moved:.3f}",
                flush=True,
            )
    save(judge, chosen.result)


if __name__ == "__main__":
    main()
