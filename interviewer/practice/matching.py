"""Matches a question that an interviewer asked, in any words, to a question of the bank.

The tokens of both questions are compared as contextual vectors (BERTScore F1; Zhang et al., BERTScore, 2020), and their words
by rarity in the bank. Where several questions are alike, the answer decides: it has more words of one reference than of others.
"""

from collections import Counter
from collections.abc import Iterable
from math import log, sqrt

from interviewer.bank.bank import Bank
from interviewer.grading.embedded.encoder import Encoded, encode
from interviewer.grading.embedded.similarity import similarity
from interviewer.models import KeyPoint, Question
from interviewer.text.spans import sentences
from interviewer.text.words import content, word_count

_ASKED, _PERHAPS = 0.46, 0.38
"""The likeness of two questions from which on they may be the same; from the second on if the answer is about the subject."""
_SHARED = 0.2
"""Share of the words of the bank's question, weighted by rarity, that the other one says at least."""
_ABOUT = 0.08
"""The likeness of an answer to a reference from which on it is about the same subject. Half of the bank's paraphrases of one
key point reach it with their own reference, and one in twenty with another."""
_FEWEST = 3
"""Words of a sentence that may be a question."""


class Matcher:
    """Compares questions and answers with those of a bank."""

    def __init__(self, bank: Bank) -> None:
        self._questions = tuple(bank)
        self._encoded = encode([question.question for question in bank])
        texts = [set(content(f"{question.question} {question.reference}")) for question in bank]
        self._rarity = {word: log(1 + len(texts) / n) for word, n in Counter(word for text in texts for word in text).items()}

    def find(self, asked: str, answer: str) -> Question | None:
        """Return the question that was asked, if the bank has it."""
        spoken = [asked, *(asked[start:end] for start, end in sentences(asked))]
        texts = list(dict.fromkeys(text for text in spoken if word_count(text) >= _FEWEST))
        encoded = encode(texts)
        best: tuple[float, Question] | None = None
        for question, own in zip(self._questions, self._encoded, strict=True):
            alike = max((self._alike(text, one, question, own) for text, one in zip(texts, encoded, strict=True)), default=0.0)
            about = self.about(answer, question)
            total = alike + 2 * about
            if alike >= (_PERHAPS if about >= _ABOUT else _ASKED) and (best is None or total > best[0]):
                best = total, question
        return best[1] if best else None

    def goes_on(self, question: Question, asked: str, answer: str) -> bool:
        """Tell whether what was asked and said next is about the subject of a question before it."""
        return self.about(f"{asked} {answer}", question) >= _ABOUT

    def nearest_point(self, question: Question, text: str) -> KeyPoint:
        """Return the key point whose words a text shares most."""
        said = set(content(text))
        return max(question.key_points, key=lambda point: self._weight(said & set(content(point.text))))

    def about(self, answer: str, question: Question) -> float:
        """Return how many words an answer and a reference share: the cosine of their words, weighted by rarity."""
        said, reference = set(content(answer)) & self._rarity.keys(), set(content(question.reference))
        whole = sqrt(self._weight(said) * self._weight(reference))
        return self._weight(said & reference) / whole if whole else 0.0

    def _alike(self, text: str, encoded: Encoded, question: Question, own: Encoded) -> float:
        words, others = set(content(text)), set(content(question.question))
        shared, whole, known = self._weight(words & others), self._weight(others), self._weight(words)
        if not whole or shared < _SHARED * whole:
            return 0.0
        table = similarity(encoded, own)
        recall, precision = float(table.max(0).mean()), float(table.max(1).mean())
        tokens = 2 * recall * precision / (recall + precision) if recall + precision > 0 else 0.0
        return 0.5 * tokens + 0.25 * shared / whole + 0.25 * shared / known

    def _weight(self, words: Iterable[str]) -> float:
        """Return the rarity of some words; one that the bank does not have says nothing about which question it is."""
        return sum(self._rarity.get(word, 0.0) for word in words)
