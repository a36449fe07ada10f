"""From a recording to a text that a person can look at."""

from dataclasses import dataclass

from interviewer.errors import InputError
from interviewer.llm.transcription import Transcriber
from interviewer.voice.recording import Recording


@dataclass(frozen=True, slots=True)
class Dictation:
    """What was heard in a recording."""

    text: str
    seconds: float | None
    """Of the recording; none where neither its header nor the server tells."""
    doubts: tuple[str, ...]
    """What speaks against grading the text before a person has read it."""


async def dictation(transcriber: Transcriber, recording: Recording) -> Dictation:
    """Have a recording transcribed.

    Raises:
        GradingError: there is no transcript; the message says why.
        InputError: nothing was said in it.
    """
    from interviewer.voice.transcript_checks import doubts

    transcript = await transcriber.transcribe(recording.name, recording.data)
    if not transcript.text:
        raise InputError(
            "no words were heard in the recording", next_step="listen to it: is it the right one, and loud enough?"
        )
    seconds = recording.seconds or transcript.seconds
    return Dictation(transcript.text, seconds, doubts(transcript, seconds))
