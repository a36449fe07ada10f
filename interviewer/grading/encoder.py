"""Contextual token vectors on this machine: the lower half of all-MiniLM-L6-v2 as an ONNX file, no download, no torch.

The top layers are trained for one vector a text. For comparing texts token by token the third is as good as the sixth, and
costs half: `tests/benchmarks/shorten_model.py` cuts the file.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from interviewer.errors import GradingError
from interviewer.grading.wordpiece import CLS, SEP, UNKNOWN, token_ids
from interviewer.resources import resource

if TYPE_CHECKING:
    import onnxruntime

SHA256 = {
    "model.onnx": "83e963ea39416b08605c80f89544248a535deeb8e21ef2a28560ac17f8fbfef0",
    "model.weights": "a3003fdd03856cfb532661357935447fe0d2b02c46153df1a6d83fc7eeba2bd7",
}
"""Of the graph, and of its weights, which are mapped into memory."""
LONGEST = 128
"""Tokens of a text that the model was trained to read."""
_RUN = 64
"""Tokens of several texts that are read in one run. More would be no faster: each token is compared with all of a run."""

Vectors = npt.NDArray[np.float32]


@lru_cache(maxsize=1)
def _session() -> "onnxruntime.InferenceSession":
    """Load the model once.

    Raises:
        GradingError: the file is missing or is not the one that this program was measured with.
    """
    folder = resource("data", "model")
    for name, known in SHA256.items():
        try:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise GradingError(
                f"the embedded model is missing: {folder / name}", next_step="install interviewer again"
            ) from error
        if digest != known:
            raise GradingError(f"the embedded model was changed: {folder / name}", next_step="install interviewer again")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Runs differ in size: an arena or a plan for each size keeps memory, and saves no time here.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Answers run side by side, one a core; threads inside a short answer would mostly wait for each other.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as the model reads it: the ids of its tokens and a unit vector for each, in the light of the others."""

    ids: npt.NDArray[np.int64]
    tokens: Vectors


def encode(texts: Sequence[str]) -> list[Encoded]:
    """Return each text's tokens, without the two markers around them. Texts beyond `LONGEST` tokens are cut."""
    ids = [ids if len(ids) > 2 else [CLS, UNKNOWN, SEP] for ids in (token_ids(text, LONGEST) for text in texts)]
    return [encoded for run in _runs(ids) for encoded in _read(run)]


def _runs(texts: Sequence[list[int]]) -> Iterator[list[list[int]]]:
    run: list[list[int]] = []
    for ids in texts:
        if run and sum(map(len, run)) + len(ids) > _RUN:
            yield run
            run = []
        run.append(ids)
    if run:
        yield run


def _read(texts: Sequence[list[int]]) -> Iterator[Encoded]:
    """Read some texts as one row of tokens; none sees another."""
    lengths = [len(ids) for ids in texts]
    ids = np.concatenate(texts)
    positions = np.concatenate([np.arange(length) for length in lengths])
    numbers = np.repeat(np.arange(len(texts)), lengths)
    (kept,) = np.nonzero((ids != CLS) & (ids != SEP))
    feed = {"ids": ids, "positions": positions, "texts": numbers, "kept": kept}
    tokens = np.asarray(_session().run(["states"], feed)[0])
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    cuts = np.cumsum([length - 2 for length in lengths])[:-1]
    yield from map(Encoded, np.split(ids[kept], cuts), np.split(tokens, cuts))
