"""Token probabilities (`logprobs`) of a reply, where a server returns them: how sure a model was of a choice it wrote."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class Token(NamedTuple):
    """A piece of a reply, and the probability of each text that the server considered in its place."""

    text: str
    alternatives: dict[str, float]


def read_tokens(data: object, content: str) -> tuple[Token, ...]:
    """Read the `logprobs` of a chat completion whose text is `content`; empty if they are not what they should be.

    The tokens returned begin where `content` does, so that a place in it can be found among them. Some servers list tokens
    that they have cut off the text: a code fence before it, the end of the turn after it.
    """
    entries = data.get("content") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return ()
    tokens = tuple(_token(entry) for entry in entries if isinstance(entry, dict))
    skipped = "".join(token.text for token in tokens).find(content)
    if skipped < 0:
        return ()
    kept: list[Token] = []
    for token in tokens:
        if skipped < len(token.text) or not token.text:
            kept.append(token._replace(text=token.text[skipped:]) if skipped else token)
        skipped = max(0, skipped - len(token.text))
    return tuple(kept)


def choice_probabilities(tokens: Sequence[Token], place: int, choices: Sequence[str]) -> dict[str, float]:
    """Return the probability of each choice at a place in the reply, summing to 1; empty where it is not known.

    Tokens need not end where words do: one that fits several choices (`co` of covered and contradicted) decides nothing
    yet, and the next one is looked at.
    """
    found = dict.fromkeys(choices, 0.0)
    start, share, said = 0, 1.0, ""
    for token in tokens:
        end = start + len(token.text)
        if end > place:
            before = token.text[: max(0, place - start)]
            open_ = 0.0
            for text, probability in token.alternatives.items():
                if not text.startswith(before):
                    continue
                fitting = _fitting(said + text[len(before) :], choices)
                if len(fitting) == 1:
                    found[fitting[0]] += share * probability
                elif text == token.text:
                    open_ = probability
            said += token.text[len(before) :]
            if not open_ or len(_fitting(said, choices)) < 2:
                break
            share *= open_
        start = end
    total = sum(found.values())
    return {choice: chance / total for choice, chance in found.items()} if total > 0 else {}


def _fitting(text: str, choices: Sequence[str]) -> list[str]:
    return [choice for choice in choices if text and (choice.startswith(text) or text.startswith(choice))]


def _token(entry: dict[str, object]) -> Token:
    listed = entry.get("top_logprobs")
    options = [option for option in [entry, *(listed if isinstance(listed, list) else [])] if isinstance(option, dict)]
    alternatives: dict[str, float] = {}
    for option in options:
        text, chance = option.get("token"), option.get("logprob")
        if isinstance(text, str) and isinstance(chance, int | float) and not isinstance(chance, bool) and chance <= 0:
            alternatives[text] = math.exp(chance)
    text = entry.get("token")
    return Token(text if isinstance(text, str) else "", alternatives)
