"""Contextual token vectors on this machine: the lower half of all-MiniLM-L6-v2 as an ONNX file, no download, no torch.

The top layers are trained for one vector a text. For comparing texts token by token the third is as good as the sixth, and
costs half: `tests/benchmarks/shorten_model.py` cuts the file.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from interviewer.errors import GradingError
from interviewer.grading.embedded.wordpiece import CLS, SEP, UNKNOWN, token_ids
from interviewer.resources import resource

if TYPE_CHECKING:
    import onnxruntime

SHA256 = {
    "model.onnx": "83e963ea39416b08605c80f89544248a535deeb8e21ef2a28560ac17f8fbfef0",
    "model.weights": "a3003fdd03856cfb532661357935447fe0d2b02c46153df1a6d83fc7eeba2bd7",
    "bank-tokens.npy": "ba3d6305bf2a6d46761a9813c3c9b26844da39378c95a420a15adef0a545421a",
    "bank-vectors.npy": "5ec821fc7bbed6906e41eadb6111761e5cca47711f87757cafa896a59b8c8f01",
}
"""Of the graph, its weights, and the bank's texts, read in advance. Weights and vectors are mapped into memory."""
LONGEST = 128
"""Tokens of a text that the model was trained to read."""
_RUN = 64
"""Tokens of several texts that are read in one run. More would be no faster: each token is compared with all of a run."""

Ids = tuple[int, ...]
Vectors = npt.NDArray[np.float32]


def _checked(name: str) -> Path:
    """Return the path of a file of the model.

    Raises:
        GradingError: it is missing or is not the one that this program was measured with.
    """
    path = resource("data", "model", name)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise GradingError(f"the embedded model is missing: {path}", next_step="install interviewer again") from error
    if digest != SHA256[name]:
        raise GradingError(f"the embedded model was changed: {path}", next_step="install interviewer again")
    return path


@lru_cache(maxsize=1)
def _session() -> "onnxruntime.InferenceSession":
    """Load the model once, in a runtime that reports nothing to its maker.

    Since 1.29 onnxruntime keeps a device id and a database of events in the user's cache folder and sends them away. Its own
    switch can be reached only after the first event, and the variable is read once, as the library loads: both are needed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows there is no variable, and a program that uses us may have loaded it
    _checked("model.weights")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Runs differ in size: an arena or a plan for each size keeps memory, and saves no time here.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Answers run side by side, one a core; threads inside a short answer would mostly wait for each other.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(_checked("model.onnx")), options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as the model reads it: the ids of its tokens and a unit vector for each, in the light of the others."""

    ids: npt.NDArray[np.int64]
    tokens: Vectors


@lru_cache(maxsize=1)
def bank_vectors() -> dict[Ids, npt.NDArray[np.int8]]:
    """Return the vectors of the bank's texts, by their tokens: read in advance, they spare every question its first 0.2 s."""
    tokens = np.load(_checked("bank-tokens.npy")).tolist()
    vectors = np.asarray(np.load(_checked("bank-vectors.npy"), mmap_mode="r"))
    known: dict[Ids, npt.NDArray[np.int8]] = {}
    start = place = 0
    while start < len(tokens):
        end = tokens.index(SEP, start) + 1
        known[tuple(tokens[start:end])] = vectors[place : place + end - start - 2]
        start, place = end, place + end - start - 2
    return known


def encode(texts: Sequence[str]) -> list[Encoded]:
    """Return each text's tokens, without the two markers around them. Texts beyond `LONGEST` tokens are cut."""
    all_ids = [ids if len(ids) > 2 else (CLS, UNKNOWN, SEP) for ids in (tuple(token_ids(text, LONGEST)) for text in texts)]
    known = bank_vectors()
    read = iter([encoded for run in _runs([ids for ids in all_ids if ids not in known]) for encoded in read_tokens(run)])
    return [_known(ids, known[ids]) if ids in known else next(read) for ids in all_ids]


def _known(ids: Ids, vectors: npt.NDArray[np.int8]) -> Encoded:
    tokens = vectors.astype(np.float32)
    return Encoded(np.array(ids[1:-1]), tokens / np.linalg.norm(tokens, axis=1, keepdims=True))


def _runs(texts: Sequence[Ids]) -> Iterator[list[Ids]]:
    run: list[Ids] = []
    for ids in texts:
        if run and sum(map(len, run)) + len(ids) > _RUN:
            yield run
            run = []
        run.append(ids)
    if run:
        yield run


def read_tokens(texts: Sequence[Ids]) -> Iterator[Encoded]:
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
