"""Recordings go out, transcripts come in, over any OpenAI-compatible `/audio/transcriptions`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interviewer.context import Context
from interviewer.errors import GradingError
from interviewer.llm.capabilities import Capabilities, load_capabilities, save_capabilities
from interviewer.llm.connection import Connection
from interviewer.settings import Settings

if TYPE_CHECKING:
    from interviewer.llm.transcript import Transcript


class Transcriber:
    """Asks one model at one server what was said."""

    def __init__(self, settings: Settings, context: Context, notify: Callable[[str], None]) -> None:
        """Take the settings of the server that transcribes, as `transcription_settings` returns them."""
        self._settings = settings
        self._connection = Connection(settings, context, notify)
        self._memory = context.paths.data / "servers.json"
        self.model = settings.model or ""

    async def warm(self) -> None:
        """Load what is heavy while somebody speaks. Never fails."""
        with suppress(GradingError):  # said when there is something to transcribe, if it is still so then
            await self._connection.client()

    async def close(self) -> None:
        await self._connection.close()

    async def transcribe(self, name: str, sound: bytes) -> "Transcript":
        """Return what was said; `name` tells the server the format.

        Raises:
            GradingError: no transcript within the deadline.
        """
        async with self._connection.deadline() as until:
            known = await asyncio.to_thread(load_capabilities, self._memory, self._settings.endpoint, self.model)
            while True:
                try:
                    return await self._run(name, sound, known, until)
                except GradingError as failed:
                    known = await self._less(failed, known)

    async def _run(self, name: str, sound: bytes, known: Capabilities, until: float) -> "Transcript":
        return await self._connection.retry.run(lambda: self._send(name, sound, known), until)

    async def _less(self, failed: GradingError, known: Capabilities) -> Capabilities:
        """Give up the details that a server refuses; raise what is no refusal."""
        from interviewer.llm.errors import LLMRequestError

        if not isinstance(failed, LLMRequestError):
            raise failed
        if failed.failure.about == "model":
            raise await self._connection.missing_model(failed, "INTERVIEWER_TRANSCRIPTION_MODEL") from None
        if failed.failure.about != "request":
            raise failed
        if not known.transcript_details:
            raise GradingError(f"{self._settings.host} refuses the recording: {failed.message}") from None
        fewer = known.model_copy(update={"transcript_details": False})
        await asyncio.to_thread(save_capabilities, self._memory, self._settings.endpoint, self.model, fewer)
        return fewer

    async def _send(self, name: str, sound: bytes, known: Capabilities) -> "Transcript":
        from interviewer.llm.transcript import read_transcript

        client = await self._connection.client()
        details: dict[str, Any] = {"response_format": "json"}
        if known.transcript_details and not self.model.startswith("gpt-"):
            details = {"response_format": "verbose_json"}  # OpenAI's own newer models refuse it, and some say less
        elif known.transcript_details and self.model.startswith("gpt-4o"):
            details = {"response_format": "json", "include": ["logprobs"]}
        with self._connection.failures(self.model):
            response = await client.audio.transcriptions.with_raw_response.create(
                file=(name, sound), model=self.model, **details
            )
        return read_transcript(self._connection.body(response.http_response))
