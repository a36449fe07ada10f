"""Verdicts while a model is still deciding: a glimpse, which goes when the score comes."""

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from interviewer.models import PointVerdict
from interviewer.ui.views.colours import QUIET
from interviewer.ui.views.highlight import sign
from interviewer.ui.views.score_card import cropped


class LiveVerdicts:
    """The verdicts so far, one a line; of a point that is judged again the latest."""

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._known: dict[str, PointVerdict] = {}

    def __call__(self, verdicts: Sequence[PointVerdict]) -> None:
        # A new mapping each time: another thread draws.
        self._known = {**self._known, **{verdict.id: verdict for verdict in verdicts}}

    def __rich__(self) -> Group:
        known = self._known.values()
        heading = [Text("Provisional verdicts:", style=QUIET)] if known else []
        return Group(*heading, *(self._line(verdict) for verdict in known))

    def _line(self, point: PointVerdict) -> Text:
        # Nothing that the model has written: a verdict is one of four words, and the point is ours.
        return cropped(Text.assemble(sign(point.verdict, plain=self._plain), f" {point.verdict} ", (point.text, QUIET)))
