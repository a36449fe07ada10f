"""The Files and Batches endpoints of a provider: requests go up as a file, and replies come down as files a day later."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from interviewer.errors import GradingError
from interviewer.llm.connection import Connection
from interviewer.settings import Settings
from interviewer.text.atomic_write import writing
from interviewer.text.clean import clean_line

if TYPE_CHECKING:
    from interviewer.llm.transport import SDKClient

REQUESTS_A_FILE = 50_000
BYTES_A_FILE = 200_000_000
"""The provider's limits for the input of one batch."""
RESULTS_LIMIT = 2_000_000_000
"""Bytes of one file of results, at most: 50,000 replies of 40 kB."""
SLOWEST_UPLOAD = 50_000
"""Bytes a second: an upload that is slower in all is given up."""
MARK = "interviewer"
"""The metadata key under which a batch carries our own name for it."""
_ENDED = {"completed", "failed", "expired", "cancelled"}
"""Any other status is waited for: rows of a batch that is still under way, sent again, would be paid twice."""


PlainWord = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][!-~]{0,199}$")]
"""A name that is shown to people and put into addresses: one plain word, and no `..`."""


class _ProviderModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


Shape = TypeVar("Shape", bound=_ProviderModel)


class Counts(_ProviderModel):
    """How far a batch is."""

    completed: int | None = None
    failed: int | None = None
    total: int | None = None


class Batch(_ProviderModel):
    """A batch as its provider describes it."""

    id: PlainWord
    status: PlainWord
    output_file_id: str | None = None
    error_file_id: str | None = None
    request_counts: Counts | None = None
    errors: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    @property
    def running(self) -> bool:
        return self.status not in _ENDED

    @property
    def error_message(self) -> str:
        """Why the provider refused the batch as a whole."""
        listed = (self.errors or {}).get("data")
        first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
        return clean_line(str(first.get("message") or first.get("code") or "it gave no reason"))


class _File(_ProviderModel):
    id: PlainWord


class _Listed(_ProviderModel):
    data: list[Batch]


class Batches:
    """Batches at one provider. Every method raises GradingError when it fails."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection

    async def upload(self, file: Path) -> str:
        """Upload the requests of a batch; return the id of the file there."""
        with file.open("rb") as stream:  # an open file is sent piece by piece; a path would be read into memory
            async with self._connection.deadline(os.fstat(stream.fileno()).st_size / SLOWEST_UPLOAD):
                sent = await self._ask(_File, lambda sdk: sdk.files.with_raw_response.create(file=stream, purpose="batch"))
        return sent.id

    async def create(self, file_id: str, mark: str) -> Batch:
        """Begin a batch."""
        return await self._ask(
            Batch,
            lambda sdk: sdk.batches.with_raw_response.create(
                completion_window="24h", endpoint="/v1/chat/completions", input_file_id=file_id, metadata={MARK: mark}
            ),
        )

    async def find(self, mark: str) -> Batch | None:
        """Return the batch that carries this mark, if it is among the latest hundred."""
        listed = await self._ask(_Listed, lambda sdk: sdk.batches.with_raw_response.list(limit=100))
        return next((batch for batch in listed.data if (batch.metadata or {}).get(MARK) == mark), None)

    async def retrieve(self, batch_id: str) -> Batch:
        """Return a batch as it is now."""
        return await self._ask(Batch, lambda sdk: sdk.batches.with_raw_response.retrieve(batch_id))

    async def download(self, file_id: str, to: Path) -> None:
        """Bring a file of results to disk, all of it or nothing."""
        part = to.with_name(f"{to.name}.part")

        def write(piece: bytes) -> None:
            with writing(part):
                out.write(piece)

        def flush() -> None:
            with writing(part):
                out.flush()
                os.fsync(out.fileno())

        async with self._connection.requests():
            from interviewer.llm.transport import sdk_client

            async with sdk_client(self._settings, RESULTS_LIMIT) as sdk:
                with writing(part):
                    out = part.open("wb")
                try:
                    async with sdk.files.with_streaming_response.content(file_id) as reply:
                        async for piece in self._connection.redaction.pieces(reply.iter_bytes()):
                            await asyncio.to_thread(write, piece)
                    await asyncio.to_thread(flush)
                finally:
                    with suppress(OSError):  # what does not fit has raised already
                        out.close()
        with writing(to):
            part.replace(to)

    async def _ask(self, shape: type[Shape], send: "Callable[[SDKClient], Awaitable[Any]]") -> Shape:
        async with self._connection.requests() as sdk:
            reply = await send(sdk)
        try:
            return shape.model_validate_json(self._connection.body(reply.http_response))
        except ValidationError:
            raise GradingError(
                f"{self._settings.host} does not speak of batches as OpenAI does", next_step="leave out --openai-batch"
            ) from None
