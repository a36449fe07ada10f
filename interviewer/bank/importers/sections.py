"""The sections around a question: their titles, and the topic and the level that these name."""

import re

from interviewer.bank.importers.blocks import DEEPEST_DETAILS, LAST_HEADING, Block, plain, word_pattern
from interviewer.bank.importers.levels import level_of
from interviewer.text.slug import slug

_TOPIC_LENGTH = 40

ANSWERS, ASIDE, LIST_TITLE, _NO_TOPIC, _FRAME = (
    re.compile(rf"\W*{word_pattern(name)}\W*", re.IGNORECASE)
    for name in ("answer_sections", "asides", "list_titles", "no_topics", "frames")
)


def is_title(text: str) -> bool:
    """Tell whether a text is what sections are usually called, so that it asks nothing."""
    return any(names.fullmatch(text) for names in (ASIDE, _NO_TOPIC, _FRAME, LIST_TITLE, ANSWERS))


def topic_slug(title: str) -> str:
    """Return a title as the name of a topic."""
    return slug(title.removeprefix("Topic: "), limit=_TOPIC_LENGTH, kind="topic")


class Sections:
    """The sections around the block at hand, the outermost first."""

    def __init__(self) -> None:
        self._around: list[tuple[int, str]] = []
        """The level and the title of each."""

    @property
    def innermost(self) -> int:
        """The level of the innermost; 0 outside of all."""
        return self._around[-1][0] if self._around else 0

    def begin(self, block: Block) -> None:
        """Begin the section of a title."""
        self.leave(block)
        self._around.append((_level(block), plain(block.text)))

    def leave(self, block: Block) -> None:
        """Leave the sections that a block ends: those of its level and below."""
        self._around = [section for section in self._around if section[0] < _level(block)]

    def fields(self) -> dict[str, object]:
        """Return the topic and the level that they name."""
        fields: dict[str, object] = {}
        topics = [title for _, title in self._around if re.search(r"\w", title) and not _NO_TOPIC.fullmatch(title)]
        if topics:
            fields["topic"] = topic_slug(topics[-1])
        levels = [level for _, title in self._around if (level := level_of(title))]
        if levels:
            fields["level"] = levels[-1]
        return fields

    def aside(self, block: Block) -> bool:
        """Tell whether nothing in one of them is a question, such as in "Contributing"."""
        return any(ASIDE.fullmatch(title) for level, title in self._around if level < _level(block))

    def hold_answers(self) -> bool:
        """Tell whether the innermost holds answers to questions that stand elsewhere."""
        return any(ANSWERS.fullmatch(title) for _, title in self._around[-1:])


def _level(block: Block) -> int:
    """Return how deep a section begun by a block is; a question in a line of text is below all."""
    folded = LAST_HEADING + block.details
    return block.level or (folded if block.kind in {"summary", "end"} else LAST_HEADING + DEEPEST_DETAILS + 1)
