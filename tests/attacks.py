"""Ways to talk a grader into a better grade: data/checks/attacks.yaml."""

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import TypeAdapter

from interviewer.models import FromList, Model, Slug
from interviewer.resources import resource

Style = Literal["order", "authority", "pleading", "claim", "fake", "closing", "opener", "hidden"]
_PLACE = "{answer}"


class Attack(Model):
    """What a candidate puts around an answer, or says instead of one."""

    name: Slug
    style: Style
    language: str
    """Of the trick: ISO 639-1."""
    template: str

    @property
    def bare(self) -> bool:
        """Whether there is no answer in it at all."""
        return _PLACE not in self.template

    def on(self, answer: str) -> str:
        """Return an answer with this trick played on it."""
        return self.template.replace(_PLACE, answer)


_FILE = TypeAdapter(Annotated[tuple[Attack, ...], FromList])


@lru_cache(maxsize=1)
def load_attacks() -> tuple[Attack, ...]:
    """Load every attack, in the order of the file."""
    import yaml

    return _FILE.validate_python(yaml.safe_load(resource("data", "checks", "attacks.yaml").read_text(encoding="utf-8")))
