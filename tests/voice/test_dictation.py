"""Transcripts that nobody should grade unread, and those that are fine."""

import itertools

import pytest

from interviewer.bank.bank import load_bank
from interviewer.llm.transcription import Segment, Transcript
from interviewer.voice.dictation import find_doubts

TEXT = "Overfitting means that the model learns the noise of the training data by heart. It does badly on new data."


def transcript_of(*segments: tuple[str, float | None, float | None]) -> Transcript:
    return Transcript(
        text=" ".join(text for text, _, _ in segments),
        seconds=None,
        segments=tuple(Segment(text=text, log_probability=sure, no_speech=quiet) for text, sure, quiet in segments),
    )


@pytest.mark.parametrize(
    ("transcript", "seconds", "said"),
    [
        (transcript_of((TEXT, -1.2, 0.0)), 8, "unsure of 20 of 20 words"),
        (transcript_of((TEXT, -0.2, 0.7)), 8, "unsure of 20 of 20 words"),
        (transcript_of((TEXT, -0.2, 0.0), ("Thank you for watching.", -0.9, 0.95)), 9, "unsure of 4 of 24 words"),
        (transcript_of(("and then the model " * 20, -0.1, 0.0)), 30, "repeats itself"),
        (transcript_of((TEXT, -0.2, 0.0)), 3, "20 words in 3 seconds are too many"),
        (transcript_of((TEXT, -0.2, 0.0)), 60, "20 words in 60 seconds are few"),
    ],
)
def test_what_speaks_against_a_transcript_is_said(transcript: Transcript, seconds: float, said: str) -> None:
    (doubt,) = find_doubts(transcript, seconds)
    assert said in doubt


@pytest.mark.parametrize(
    "transcript",
    [transcript_of((TEXT, -0.3, 0.1)), transcript_of((TEXT, None, None)), transcript_of((TEXT, -0.3, 0.0), ("So.", -1.5, 0.0))],
    ids=["sure", "no details", "one word unsure"],
)
def test_a_usual_transcript_raises_no_doubt(transcript: Transcript) -> None:
    assert not list(find_doubts(transcript, None))


def test_no_answer_of_the_bank_sounds_repetitive() -> None:
    references = [question.reference for question in load_bank()]
    for text in (*references, *(" ".join(pair) for pair in itertools.pairwise(references))):
        assert not list(find_doubts(Transcript(text=text, seconds=None, segments=()), None))
