"""A studio for tests: recordings, and a server that transcribes them."""

import wave
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes import Sent, StubServer

RATE = 22_050

ANSWER = "Overfitting means that the model learns the noise of the training data by heart, so it does badly on new data."


def record(path: Path, text: str = ANSWER) -> Path:
    """A recording as long and as loud as a voice that says this; what it says is up to the server."""
    seconds = len(text.split()) / 2.5  # 150 words a minute
    return write(path, array("h", [8_000, -8_000] * int(seconds * RATE / 2)).tobytes())


def silence(path: Path, seconds: float = 10.0) -> Path:
    """A recording of nothing, for tests in which only the server's words matter."""
    return write(path, bytes(int(seconds * RATE) * 2))


def write(path: Path, samples: bytes) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples)
    return path


def transcript(text: str = ANSWER, **changes: Any) -> dict[str, Any]:
    """A transcript with its details, as Whisper servers send it."""
    segment = {"id": 0, "start": 0.0, "end": 5.0, "text": f" {text}", "avg_logprob": -0.2, "no_speech_prob": 0.01}
    return {"task": "transcribe", "language": "english", "text": text, "segments": [segment | changes]}


@contextmanager
def transcribing(answer: Sent | Callable[[dict[str, Any]], Sent], grade: str | None = None) -> Iterator[StubServer]:
    """A server that answers every recording so, and grades every answer with the reply `grade`."""
    from tests.fakes import completion

    def behave(asked: dict[str, Any], _: int) -> Sent:
        if "file" not in asked:
            return Sent(completion(grade))
        return answer if isinstance(answer, Sent) else answer(asked)

    with StubServer(behave) as server:
        yield server
