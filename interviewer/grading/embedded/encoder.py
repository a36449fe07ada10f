"""Contextual token vectors on this machine: the lower half of all-MiniLM-L6-v2 as an ONNX file, no download, no torch.

The upper layers serve sentence embeddings. For comparing texts token by token the third layer is as good as the sixth, at half
the cost: `tests/benchmarks/shorten_model.py` cuts the file.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from interviewer.grading.embedded import model_file
from interviewer.grading.embedded.wordpiece import CLS, SEP, UNKNOWN, token_ids, vocabulary

if TYPE_CHECKING:
    import onnxruntime

LONGEST = 128
"""Tokens of a text that the model was trained with, at most."""
_WIDTH = 384
"""Components of a vector."""
_LOADING = Lock()
if hasattr(os, "register_at_fork"):  # a process that is forked while a model is loaded would wait for ever
    os.register_at_fork(before=_LOADING.acquire, after_in_parent=_LOADING.release, after_in_child=_LOADING.release)
_RUN = 64
"""Tokens of several texts that go through the model in one run. More would be no faster: attention grows with their square."""

Ids = tuple[int, ...]
Vectors = npt.NDArray[np.float32]


def session(name: str) -> "onnxruntime.InferenceSession":
    """Return a model of data/model, which is loaded once however many threads ask for it at the same time."""
    with _LOADING:
        return _load(name)


@lru_cache(maxsize=2)
def _load(name: str) -> "onnxruntime.InferenceSession":
    """Load a model, with onnxruntime's telemetry off.

    Since 1.29 onnxruntime keeps a device id and a database of events in the user's cache folder and sends them away. Its own
    switch can be reached only after the first event, and the variable is read once, as the library loads: both are needed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows there is no variable, and a program that uses us may have loaded it
    model_file("model.weights")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Runs differ in size, and a plan for each size keeps memory. So does glibc's heap without the arena: 20 MB in a batch.
    options.enable_mem_pattern = False
    # Answers run side by side, one a core; threads inside a short answer would mostly wait for each other.
    options.intra_op_num_threads = 1
    options.add_initializer("word_q", _word_vectors())
    return onnxruntime.InferenceSession(str(model_file(name)), options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _word_vectors() -> "onnxruntime.OrtValue":
    """Return the vectors of the words, which both models read: each by itself would map 12 MB of the file again.

    onnxruntime keeps no reference to them: they have to be there, in the cache, as long as the models are.
    """
    import onnxruntime

    rows = np.memmap(model_file("model.weights"), np.int8, mode="r", shape=(len(vocabulary()), _WIDTH))
    return onnxruntime.OrtValue.ortvalue_from_numpy(rows)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of a text: their ids in the vocabulary, and a contextual vector of length 1 for each."""

    ids: npt.NDArray[np.int64]
    tokens: Vectors


@lru_cache(maxsize=1)
def bank_vectors() -> dict[bytes, npt.NDArray[np.uint8]]:
    """Return the vectors of the bank's texts by `bank_key`, computed in advance: a first answer is graded 0.2 s sooner.

    A byte holds two components of 4 bits, one of each half of the vector; `_known` reads them.
    """
    tokens = np.load(model_file("bank-tokens.npy"))
    vectors = np.asarray(np.load(model_file("bank-vectors.npy"), mmap_mode="r"))
    known: dict[bytes, npt.NDArray[np.uint8]] = {}
    start = place = 0
    for end in (np.flatnonzero(tokens == SEP) + 1).tolist():
        known[tokens[start:end].tobytes()] = vectors[place : (place := place + end - start - 2)]
        start = end
    return known


def bank_key(ids: Sequence[int]) -> bytes:
    """Return the ids of a text as the bank's file has them: as tuples of integers all texts would take 4 MB."""
    return np.array(ids, dtype=np.uint16).tobytes()


def encode(texts: Sequence[str]) -> list[Encoded]:
    """Return the tokens of each text, without the two special ones around them. Texts are cut after `LONGEST` tokens."""
    all_ids = [ids if len(ids) > 2 else (CLS, UNKNOWN, SEP) for ids in (tuple(token_ids(text, LONGEST)) for text in texts)]
    known = [bank_vectors().get(bank_key(ids)) for ids in all_ids]
    unread = [ids for ids, packed in zip(all_ids, known, strict=True) if packed is None]
    read = iter([encoded for run in _runs(unread) for encoded in read_tokens(run)])
    return [next(read) if packed is None else _known(ids, packed) for ids, packed in zip(all_ids, known, strict=True)]


@lru_cache(maxsize=1)
def _bank_scale() -> Vectors:
    """Return for each component of the bank's vectors what the code 0 stands for, and the step from one code to the next."""
    scale: Vectors = np.load(model_file("bank-scale.npy"))
    return scale


def _known(ids: Ids, packed: npt.NDArray[np.uint8]) -> Encoded:
    lowest, step = _bank_scale()
    tokens = lowest + step * np.concatenate([packed >> 4, packed & 15], axis=1)
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
    """Run the model on some texts as one row of tokens; the graph masks attention between texts."""
    lengths = [len(ids) for ids in texts]
    ids = np.concatenate(texts)
    positions = np.concatenate([np.arange(length) for length in lengths])
    numbers = np.repeat(np.arange(len(texts)), lengths)
    (kept,) = np.nonzero((ids != CLS) & (ids != SEP))
    feed = {"ids": ids, "positions": positions, "texts": numbers, "kept": kept}
    tokens = np.asarray(session("model.onnx").run(["states"], feed)[0])
    tokens /= np.linalg.norm(tokens, axis=1, keepdims=True)
    cuts = np.cumsum([length - 2 for length in lengths])[:-1]
    yield from map(Encoded, np.split(ids[kept], cuts), np.split(tokens, cuts))
