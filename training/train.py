"""Train the judge, in two processes: torchrun --nproc-per-node 2 train.py MINILM RESULT. Needs torch, onnx and tokenizers.

MINILM is model.safetensors of all-MiniLM-L6-v2, whose words stay as they are; training goes on from a --judge, exported or not.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from examples import HERE, REVERSED, STATED, Example, Mixer, Point, load_points, load_short, load_split, read_lines
from model import CLASSES, Judge, load_judge, load_minilm
from tokenizers import BertWordPieceTokenizer
from torch import distributed
from torch.nn import functional

EPOCH = 9_000
"""Groups of an epoch, at most."""
FROZEN = 2
"""Layers that stay as they are where training goes on from a judge."""
BATCH, RATE, LONGEST_WINDOW, LONGEST_POINT = 32, 1.2e-4, 72, 32


class Reader:
    """Makes token ids of windows and points."""

    def __init__(self) -> None:
        self.tokens = BertWordPieceTokenizer(str(HERE.parent / "data" / "model" / "vocab.txt"), lowercase=True)

    def ids(self, example: Example) -> tuple[list[int], int]:
        """Return `[CLS] window [SEP] point [SEP]` and where the point begins."""
        window = self.tokens.encode(example.window, add_special_tokens=False).ids[:LONGEST_WINDOW]
        point = self.tokens.encode(example.point, add_special_tokens=False).ids[:LONGEST_POINT]
        return [101, *window, 102, *point, 102], len(window) + 2

    def batch(self, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return ids, types and labels, padded with 0."""
        rows = [self.ids(example) for example in examples]
        ids = torch.zeros(len(rows), max(len(row) for row, _ in rows), dtype=torch.long)
        types = torch.zeros_like(ids)
        for number, (row, start) in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row)
            types[number, start : len(row)] = 1
        return ids, types, torch.tensor([example.label for example in examples])


def batches(groups: Sequence[Sequence[Example]]) -> Iterator[list[Example]]:
    """Yield batches of similar length, twins side by side."""
    for start in range(0, len(groups), 40 * BATCH):
        part = sorted(groups[start : start + 40 * BATCH], key=lambda group: len(group[0].window) + len(group[0].point))
        flat = [example for group in part for example in group]
        cut = [flat[place : place + BATCH] for place in range(0, len(flat), BATCH)]
        yield from (cut[place] for place in np.random.default_rng(start).permutation(len(cut)))


@torch.no_grad()
def judged(judge: Judge, reader: Reader, examples: Sequence[Example]) -> np.ndarray:
    """Return the probabilities of the classes for each example."""
    order = sorted(range(len(examples)), key=lambda place: len(examples[place].window))
    result = np.zeros((len(examples), len(CLASSES)))
    for start in range(0, len(order), 64):
        places = order[start : start + 64]
        ids, types, _ = reader.batch([examples[place] for place in places])
        result[places] = judge(ids, types).softmax(-1).numpy()
    return result


def auc(high: np.ndarray, low: np.ndarray) -> float:
    """Return how often a value of the first is above one of the second; ties count half."""
    ranks = np.argsort(np.argsort(np.concatenate([high, low]), kind="stable"), kind="stable") + 1
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def report(judge: Judge, reader: Reader, points: Sequence[Point]) -> str:
    """Return by code how well true sentences are told from their twins and from neighbours."""
    lines = []
    examples = [(code, Example(said, point.texts[0], 0)) for point in points for code, said in point.said.items()]
    found = judged(judge, reader, [example for _, example in examples])
    codes = np.array([code for code, _ in examples])
    score = np.log(found[:, STATED] + 1e-6) - np.log(found[:, REVERSED] + 1e-6)
    for code in "vpqnf":
        right, wrong = score[codes == f"+{code}"], score[codes == f"-{code}"]
        twins = np.mean(right > wrong) if len(right) == len(wrong) else float("nan")
        lines.append(f"{code} {auc(right, wrong):.3f}/{twins:.3f}")
    true = np.char.startswith(codes, "+")
    near = np.char.startswith(codes, "=")
    other = auc(found[true, STATED], found[near, STATED])
    return f"{' '.join(lines)}, neighbours {other:.3f}, all twins {auc(score[true], score[np.char.startswith(codes, '-')]):.3f}"


def _averaged(weights: Sequence[torch.Tensor], done: float) -> float:
    """Replace the gradients by their mean over all processes, and return the mean of `done`."""
    whole = torch.cat([weight.grad.flatten() for weight in weights] + [torch.tensor([done])])
    distributed.all_reduce(whole)
    whole /= distributed.get_world_size()
    place = 0
    for weight in weights:
        weight.grad.copy_(whole[place : place + weight.numel()].view_as(weight))
        place += weight.numel()
    return float(whole[-1])


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser()
    options.add_argument("start", type=Path)
    options.add_argument("result", type=Path)
    options.add_argument("--judge", type=Path, help="judge.onnx or an earlier RESULT, to go on from")
    options.add_argument("--rate", type=float, default=RATE)
    options.add_argument("--minutes", type=float, default=40)
    return options.parse_args()


def main() -> None:
    """Train, print the figures on the dev questions after each epoch, and save the weights."""
    chosen = _options()
    torch.manual_seed(1)
    torch.set_num_threads(1)  # two processes of one thread each are faster than one of two: the matrices are small
    distributed.init_process_group("gloo")
    rank, processes = distributed.get_rank(), distributed.get_world_size()
    split = load_split()
    points, windows = load_points(), list(read_lines("windows.jsonl"))
    own = [point for point in points if split[point.question] == "train"]
    said = [window for window in windows if split[window["question"]] == "train"]
    held = [p for p in points if split[p.question] == "dev"]
    reader, judge = Reader(), Judge()
    load_minilm(judge, chosen.start)
    if chosen.judge:
        load_judge(judge, chosen.judge)
        for part in (judge.types, judge.first, *judge.layers[:FROZEN]):
            part.requires_grad_(requires_grad=False)
    trained = [weight for weight in judge.parameters() if weight.requires_grad]
    new = [*judge.pool.parameters(), *judge.classes.parameters()]
    kept = [weight for weight in trained if all(weight is not other for other in new)]
    parts = [{"params": kept, "scale": 1.0}, {"params": new, "scale": 3.0}]
    optimiser = torch.optim.AdamW(parts, weight_decay=0.01, fused=True)
    began, seen, epoch, limit, done = time.time(), 0, 0, chosen.minutes * 60, 0.0
    short = [row for row in load_short() if split[row["question"]] == "train"]
    while done < 1:
        epoch += 1
        groups = Mixer(own, said, short, seed=epoch).epoch()[:EPOCH]
        total, count = 0.0, 0
        whole = list(batches(groups))
        for batch in whole[rank : len(whole) - len(whole) % processes : processes]:
            if done >= 1:
                break
            for group in optimiser.param_groups:  # the rate rises for a twentieth of the time, then falls to zero
                group["lr"] = chosen.rate * group["scale"] * min(done / 0.05, (1 - done) / 0.95) + 1e-7
            ids, types, labels = reader.batch(batch)
            loss = functional.cross_entropy(judge(ids, types), labels, label_smoothing=0.05)
            loss.backward()
            done = _averaged(trained, (time.time() - began) / limit)
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            optimiser.zero_grad()
            seen, total, count = seen + processes * len(batch), total + float(loss.detach()), count + 1
            if not rank and count % 100 == 0:
                print(f"{done:.0%}, {seen / (time.time() - began):.0f} pairs/s, loss {total / count:.3f}", flush=True)
        spent = time.time() - began
        if rank:
            continue
        print(f"epoch {epoch}, {spent:.0f} s, {seen / spent:.0f} pairs/s, loss {total / max(count, 1):.3f}", flush=True)
        print("  dev:", report(judge, reader, held), flush=True)
        torch.save(judge.state_dict(), chosen.result)


if __name__ == "__main__":
    main()
