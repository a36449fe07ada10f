"""Train the judge on one core, or on a GPU where there is one: python train.py START RESULT. Needs torch, onnx and tokenizers.

START is model.safetensors of all-MiniLM-L6-v2, whose words stay as they are, or ../data/model/judge.onnx, or an earlier RESULT.
Run it once a core, with other seeds: export.py takes the mean of several results that went on from the same start.
"""

import argparse
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from answers import REVERSED, STATED, Example, load_answers, load_short, read_lines
from examples import TWINS, Material, Mixer, Point, load_points, load_split
from model import CLASSES, MODEL, Judge, load, save
from statements import load_statements
from tokenizers import BertWordPieceTokenizer
from torch import Tensor
from torch.nn import functional

BATCH, RATE = 32, 1.5e-4
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
FROZEN = 2
"""Layers that stay as they are where training goes on from a judge on a processor."""
LONGEST_WINDOW, LONGEST_POINT = 104, 64
CLS, SEP = 101, 102
Row = tuple[list[int], int, int]
"""The ids of `[CLS] window [SEP] point [SEP]`, where the point begins, and the label."""


@cache
def tokenizer() -> BertWordPieceTokenizer:
    """Return the tokenizer of MiniLM."""
    return BertWordPieceTokenizer(str(MODEL / "vocab.txt"), lowercase=True)


def rows(examples: Sequence[Example]) -> Iterator[Row]:
    """Yield the ids of windows beside their points."""
    windows, points = (
        tokenizer().encode_batch(texts, add_special_tokens=False)
        for texts in ([example.window for example in examples], [example.point for example in examples])
    )
    for example, of_window, of_point in zip(examples, windows, points, strict=True):
        window, point = of_window.ids[:LONGEST_WINDOW], of_point.ids[:LONGEST_POINT]
        yield [CLS, *window, SEP, *point, SEP], len(window) + 2, example.label


def padded(found: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, types and labels on the device, padded with 0."""
    ids = torch.zeros(len(found), max(len(row) for row, _, _ in found), dtype=torch.long)
    types = torch.zeros_like(ids)
    for place, (row, start, _) in enumerate(found):
        ids[place, : len(row)] = torch.tensor(row)
        types[place, start : len(row)] = 1
    return ids.to(DEVICE), types.to(DEVICE), torch.tensor([label for _, _, label in found], device=DEVICE)


def batches(groups: Sequence[Sequence[Example]], seed: int, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield batches of similar length, twins side by side."""
    read = rows([example for group in groups for example in group])
    ready = [[next(read) for _ in group] for group in groups]
    found = []
    for start in range(0, len(ready), 40 * size):
        part = sorted(ready[start : start + 40 * size], key=lambda group: len(group[0][0]))
        flat = [row for group in part for row in group]
        found += [flat[place : place + size] for place in range(0, len(flat), size)]
    random.Random(seed).shuffle(found)  # noqa: S311
    return map(padded, found)


@torch.no_grad()
def judged(judge: Judge, examples: Sequence[Example]) -> npt.NDArray[np.float32]:
    """Return the probabilities of the classes for each example."""
    found = list(rows(examples))
    order = sorted(range(len(found)), key=lambda place: len(found[place][0]))
    result = np.zeros((len(found), len(CLASSES)), np.float32)
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        ids, types, _ = padded([found[place] for place in places])
        result[places] = judge(ids, types).softmax(-1).cpu().numpy()
    return result


def auc(high: npt.NDArray[np.float32], low: npt.NDArray[np.float32]) -> float:
    """Return how often a value of the first is above one of the second; ties count half."""
    ranks = np.argsort(np.argsort(np.concatenate([high, low]), kind="stable"), kind="stable") + 1
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def report(judge: Judge, points: Sequence[Point]) -> str:
    """Return by code how well true sentences are told from their twins and from neighbours."""
    said = [(code, Example(text, point.texts[0], 0)) for point in points for code, text in point.said.items()]
    found = judged(judge, [example for _, example in said])
    codes = np.array([code for code, _ in said])
    score = np.log(found[:, STATED] + 1e-6) - np.log(found[:, REVERSED] + 1e-6)
    by_code = [
        f"{code} {auc(score[codes == f'+{code}'], score[codes == f'-{code}']):.3f}" for code in TWINS if f"+{code}" in codes
    ]
    true, turned, near = (np.char.startswith(codes, sign) for sign in "+-=")
    neighbours = auc(found[true, STATED], found[near, STATED])
    return f"{' '.join(by_code)}, neighbours {neighbours:.3f}, all twins {auc(score[true], score[turned]):.3f}"


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser()
    options.add_argument("start", type=Path)
    options.add_argument("result", type=Path)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rate", type=float, default=RATE)
    options.add_argument("--batch", type=int, default=BATCH)
    options.add_argument("--minutes", type=float, default=45)
    chosen = options.parse_args()
    if chosen.result.suffix != ".pt":
        options.error("RESULT has to end in .pt")
    return chosen


def main() -> None:
    """Train, print the figures on the dev questions four times, and save the weights."""
    chosen = _options()
    torch.manual_seed(chosen.seed)
    torch.set_num_threads(1)  # the matrices are small
    split = load_split()
    own, held = ([point for point in load_points() if split[point.question] == part] for part in ("train", "dev"))
    windows, short, spoken = (
        [row for row in found if split[row["question"]] == "train"]
        for found in (read_lines("windows.jsonl"), load_short(), load_answers("spoken.jsonl"))
    )
    short += load_answers("general.jsonl")
    material = Material(own, windows, short, spoken, load_statements(), list(read_lines("asked.jsonl")))
    judge = Judge()
    load(judge, chosen.start)
    judge.to(DEVICE)
    if DEVICE.type == "cpu" and chosen.start.suffix != ".safetensors":
        for part in (judge.types, judge.first, *judge.layers[:FROZEN]):
            part.requires_grad_(requires_grad=False)
    trained = [weight for weight in judge.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, weight_decay=0.01, fused=True)
    began, seen, done, quarters = time.time(), 0, 0.0, itertools.count(1)
    quarter = next(quarters)
    for seed in itertools.count(chosen.seed * 1000):
        groups = Mixer(material, seed).epoch()
        for ids, types, labels in batches(groups, seed, chosen.batch):
            done = (time.time() - began) / (chosen.minutes * 60)
            for group in optimiser.param_groups:  # the rate rises for a twentieth of the time, then falls to zero
                group["lr"] = chosen.rate * max(0.0, min(done / 0.05, (1 - done) / 0.95))
            with torch.autocast(DEVICE.type, torch.bfloat16, enabled=DEVICE.type == "cuda"):
                logits = judge(ids, types)
            functional.cross_entropy(logits.float(), labels, label_smoothing=0.05).backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            seen += len(labels)
            if done * 4 >= quarter:
                quarter = next(quarters)
                print(f"{done:.0%}, {seen / (time.time() - began):.0f} pairs/s, dev: {report(judge, held)}", flush=True)
                save(judge, chosen.result)
            if done >= 1:
                return


if __name__ == "__main__":
    main()
