"""Where a sentence ends: at a stop that belongs to no abbreviation, number or initial."""

import re

from interviewer.text.words import word_list

STOP = r"(?<=[.!?…।؟۔])[\"'”’»)\]]*+\s++(?=\S)|(?<=[。！？｡])[”’」』）)]*+\s*+(?=\S)"
"""A pattern of what follows the last sign of a sentence: closing marks and blanks. It takes linear time."""
_WINDOW = 12
"""Characters before a stop that tell what it ends."""
_SHORT = re.compile(r"(?:\b(?:[^\W\d_]\.|ad)\s?)*(?<![’'])\b\w+\.$")
"""The word that a full stop ends, with the letters of an abbreviation before it: "e.g.", "z. B."; in Italian "ad es."."""
_NUMBER = re.compile(
    r"(?:(?:^|[.!?:;,]\s|[：；，、。！？]\s*)"
    r"|\b(?:der|die|das|den|dem|des|am|im|vom|zum|zur|beim|bis|und|jeder|jedes|jede|ein|eine[nmr]?)\s)\d{1,2}\.$",
    re.IGNORECASE,
)
"""The numbers of a list inside a sentence, and German ordinals."""


def goes_on(text: str, stop: re.Match[str]) -> bool:
    """Tell whether a sentence goes on behind a match of `STOP`: behind an abbreviation, an initial or an ordinal."""
    before = (text, max(0, stop.start() - _WINDOW), stop.start())
    ended, following = _SHORT.search(*before), text[stop.end() : stop.end() + 1]
    if not ended:
        return False
    short = "".join(ended[0].lower().split()).removesuffix(".")
    if short in word_list("list_ends"):
        return following.islower()
    if short in word_list("abbreviations") or (following.isdigit() and short in word_list("abbreviations_with_number")):
        return True
    if short.isdigit():
        return _NUMBER.search(*before) is not None
    initial = short[-2:-1] in {"", "."}
    return initial and (following.islower() or not _begins(text, stop.end()))


def _begins(text: str, at: int) -> bool:
    """Tell whether the word at a place is in capitals only as the first of a sentence, and is no name."""
    word = re.compile(r"\W*(\w+)").match(text, at)
    name = word[1].lower() if word else ""
    return any(name in word_list(words) for words in ("stopwords", "foreign")) or f" {name} " in text
