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
    "model.onnx": "61cc73598504b005dd964270c605000998d50ca8bc658320c872167fb87345e5",
    "model.weights": "80fad6885790a64063fcd6f827404e12002bca77bcb95952273535fd3b4094d1",
}
"""Of the graph, and of its weights, which are mapped into memory."""
LONGEST = 128
"""Tokens of a text that the model was trained to read."""
_BATCH = 8
_PADDING = 1.25
"""How much longer the longest text of a run may be than its shortest."""

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
    options.enable_cpu_mem_arena = False  # an arena keeps the largest run's memory, and saves no time here
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
    ids_of = [ids if len(ids) > 2 else [CLS, UNKNOWN, SEP] for ids in (token_ids(text, LONGEST) for text in texts)]
    encoded: dict[int, Encoded] = {}
    # Texts of a length run together: padding is work for nothing.
    order = sorted(range(len(texts)), key=lambda index: len(ids_of[index]))
    for indices in _runs(order, [len(ids) for ids in ids_of]):
        width = len(ids_of[indices[-1]])
        ids = np.zeros((len(indices), width), dtype=np.int64)
        mask = np.zeros((len(indices), width), dtype=np.int64)
        for row, index in enumerate(indices):
            ids[row, : len(ids_of[index])] = ids_of[index]
            mask[row, : len(ids_of[index])] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = np.asarray(_session().run(["last_hidden_state"], feed)[0])
        for row, index in enumerate(indices):
            last = len(ids_of[index]) - 1
            tokens = states[row, 1:last]
            encoded[index] = Encoded(ids[row, 1:last], tokens / np.linalg.norm(tokens, axis=1, keepdims=True))
    return [encoded[index] for index in range(len(texts))]


def _runs(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for index in order:
        if run and (len(run) == _BATCH or lengths[index] > _PADDING * lengths[run[0]]):
            yield run
            run = []
        run.append(index)
    if run:
        yield run
