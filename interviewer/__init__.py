"""A mock interviewer for the terminal whose grades rest on the words of the answer.

As a library:

    from interviewer import Score, grade, load_bank

    question = load_bank().find("3")
    result = grade(question, "It memorises the noise of its training data.", grader="embedded")
    if isinstance(result, Score):
        print(result.overall, result.band, [point.evidence for point in result.key_points])
    else:
        print("not graded:", result.reason)
"""

TYPE_CHECKING = False  # type checkers take it for that of typing, which takes milliseconds to import

if TYPE_CHECKING:
    from interviewer.api import agrade, grade, open_grader
    from interviewer.bank.bank import Bank, load_bank
    from interviewer.errors import InterviewerError
    from interviewer.models import KeyPoint, Question, Score, Ungraded

__version__ = "0.2.0"

__all__ = [
    "Bank",
    "InterviewerError",
    "KeyPoint",
    "Question",
    "Score",
    "Ungraded",
    "agrade",
    "grade",
    "load_bank",
    "open_grader",
]

_HOMES = {"Bank": "bank.bank", "load_bank": "bank.bank", "InterviewerError": "errors"}
_HOMES |= dict.fromkeys(("agrade", "grade", "open_grader"), "api")
_HOMES |= dict.fromkeys(("KeyPoint", "Question", "Score", "Ungraded"), "models")


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the command line would otherwise pay for all of them at each start."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
