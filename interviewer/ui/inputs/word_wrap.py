"""Wrapping between words in the editor; prompt_toolkit itself wraps wherever a line of the screen is full."""

import re
from bisect import bisect_right

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.utils import get_cwidth


class WordWrap(Processor):
    """Fills a line of the screen with blanks, which are shown only, where the next word does not fit on it."""

    def __init__(self, indent: int) -> None:
        """Wrap beside a prompt of `indent` columns before each line."""
        self._indent = indent

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        room = transformation_input.width - self._indent
        text = fragment_list_to_text(transformation_input.fragments)
        if room <= 0 or get_cwidth(text) < room:
            return Transformation(transformation_input.fragments)
        signs = explode_text_fragments(transformation_input.fragments)
        shown: StyleAndTextTuples = []
        places: list[int] = []
        column = 0
        for word in re.finditer(r"\S+|\s", text):
            width = get_cwidth(word[0])
            if column + width > room and width <= room:
                shown += [("", " ")] * (room - column)
                column = 0
                if word[0] == " ":  # it stands between two lines
                    places.append(len(shown))
                    continue
            for sign in signs[word.start() : word.end()]:
                places.append(len(shown))
                shown.append(sign)
                column = column + get_cwidth(sign[1]) if column + get_cwidth(sign[1]) <= room else get_cwidth(sign[1])
        end = len(places)
        return Transformation(
            shown,
            source_to_display=lambda place: places[place] if place < end else len(shown) + place - end,
            display_to_source=lambda place: max(0, bisect_right(places, place) - 1) if place < len(shown) else end,
        )
