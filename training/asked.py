"""Write asked.jsonl: what the embedded grader puts before the judge, of all answers for training. It takes 20 minutes.

Each key point of an answer's question is looked for as the grader does it: the nearest words, and these with 25 and with 80
words around them. What they do with the point follows from the sentences in them; good answers to other questions state none.
"""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from answers import HERE, NEIGHBOUR, REVERSED, STATED, load_answers, load_short
from examples import load_split

from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.matcher import compare
from interviewer.grading.segment import segment
from interviewer.models import Question

GOOD = {"frame", "terse", "plain", "contrast", "rambling", "true_negation", "broken"}
GOOD |= {"rambling_expert", "plain_expert", "list_expert", "broken_english"}
ELSEWHERE = 16
"""Good answers to other questions that are put beside each question."""
LEAST_SCORE = 0.12
WHOLE, NONE = 0.8, 0.15
"""The share of a sentence from which on it counts as read, and up to which it counts as not read."""
GENERAL_WORDS = {"learning", "models", "model", "training", "genai", "generative", "vs", "and", "in", "of", "the", "what", "is"}
GENERAL_WORDS |= {"for", "llm"}
Row = tuple[str, str, int]
Carried = Sequence[tuple[int, int, int | None]]
"""Where a sentence begins and ends, and its label; none where it says half."""


def windows(question: Question, text: str) -> Iterator[tuple[str, str, str, int, int]]:
    """Yield for each key point its identifier, its text, the words that are read, and where these begin and end."""
    answer = segment(text)
    for point, (match, *_) in zip(question.key_points, compare(question, answer).matches, strict=False):
        if match.score > LEAST_SCORE:
            for window in {match.nearest, match.closely, match.around}:
                start, end = (answer.spans[window.spans[place] - 1] for place in (0, -1))
                yield point.id, point.text, window.text, start.start, end.end


def rows(question: Question, text: str, carried: dict[str, Carried]) -> Iterator[Row]:
    """Yield what is read of an answer beside the key points, without those of which it is read in part."""
    for point, wanted, window, start, end in windows(question, text):
        labels: set[int | None] = set()
        for first, last, label in carried.get(point, ()):
            read = max(0, min(last, end) - max(first, start)) / max(1, last - first)
            if read > NONE:
                labels.add(label if read > WHOLE else None)
        label = next(iter(labels), NEIGHBOUR)
        if len(labels) < 2 and label is not None:
            yield window, wanted, label


def carried_by(answer: Any) -> tuple[str, dict[str, list[tuple[int, int, int | None]]]]:
    """Return an answer's text, and by key point the sentences that state it, turn it round or say half of it."""
    pieces = [sentence["text"].strip() for sentence in answer["sentences"]] if "sentences" in answer else answer["spans"]
    text = segment(" ".join(pieces)).text
    places, found = [], 0
    for piece in pieces:
        found = max(text.find(piece.strip(), found), found)
        places.append((found, found + len(piece.strip())))
        found = places[-1][1]
    carried: dict[str, list[tuple[int, int, int | None]]] = {}
    for number, sentence in enumerate(answer.get("sentences", ())):
        first = places[max(0, number - bool(sentence.get("with_previous")))][0]
        for key, label in (("stated", STATED), ("reversed", REVERSED), ("half", None)):
            for point in sentence.get(key, ()):
                carried.setdefault(point, []).append((first, places[number][1], label))
    for point, (verdict, *of_spans) in answer.get("verdicts", {}).items():
        if of_spans:
            label = STATED if verdict == "stated" else REVERSED
            carried[point] = [(places[of_spans[0]][0], places[of_spans[1]][1], label)]
    return text, carried


def general(answer: Any) -> Question:
    """Return the question that a general answer answers."""
    points = [{"id": key, "text": text, "weight": 1} for key, text in answer["points"].items()]
    fields = {"number": 1, "id": "general", "topic": "none", "level": "basic", "question": answer["question"]}
    return Question.model_validate(fields | {"reference": " ".join(answer["points"].values()), "key_points": points})


def main() -> None:
    """Write the windows."""
    chance, split, bank = random.Random(5), load_split(), load_bank()  # noqa: S311
    own = [row for row in (*load_short(), *load_answers("spoken.jsonl")) if split[row["question"]] == "train"]
    found: set[Row] = set()
    for answer in own:
        found.update(rows(bank.find(answer["question"]), *carried_by(answer)))
    for answer in load_answers("general.jsonl"):
        found.update(rows(general(answer), *carried_by(answer)))
    good = [(answer["question"], carried_by(answer)[0]) for answer in own if answer["kind"] in GOOD]
    for name in sorted({answer["question"] for answer in own}):
        about = set(name.split("-")) - GENERAL_WORDS
        far = [text for other, text in good if not about & (set(other.split("-")) - GENERAL_WORDS)]
        for text in chance.sample(far, ELSEWHERE):
            found.update(rows(bank.find(name), text, {}))
    with (HERE / "asked.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in sorted(found))


if __name__ == "__main__":
    main()
