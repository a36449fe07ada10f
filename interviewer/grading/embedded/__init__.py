"""The embedded grader: an estimate made on this machine. Its version and its files, which are part of a grade's identity."""

import hashlib
from pathlib import Path

from interviewer.errors import GradingError
from interviewer.resources import resource

VERSION = "embedded-17"
"""Raise it with every change of code or constants in this package that changes a score."""
MODEL_FILES = {
    "judge.onnx": "67073ab43e4aca71b123136afae2e32e9039e41fffba0cac6af515454749218c",
    "model.onnx": "83e963ea39416b08605c80f89544248a535deeb8e21ef2a28560ac17f8fbfef0",
    "model.weights": "a3003fdd03856cfb532661357935447fe0d2b02c46153df1a6d83fc7eeba2bd7",
    "bank-tokens.npy": "54e3fbdeeaf72942e8522935ca358934276c0d72dbb93a67b48f80e83ad1eef7",
    "bank-scale.npy": "0619a1424ec25a9d7e3d0d73d5ceb6a3dc6ab1f838868043cc223b0ac9959b41",
    "bank-vectors.npy": "d88d84edc146ef6e0cd8969935b91cabb7379518fbca27b5a011b0d7f90544df",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""The files in data/model with their SHA-256: the judge, the graph, its weights, the bank's texts as vectors, the tokens."""


def model_file(name: str) -> Path:
    """Return the path of a file of the model, whose weights and vectors are then mapped into memory.

    Raises:
        GradingError: it is missing, or its checksum is not that in `MODEL_FILES`.
    """
    path = resource("data", "model", name)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise GradingError(f"the embedded model is missing: {path}", next_step="install interviewer again") from error
    if digest != MODEL_FILES[name]:
        raise GradingError(f"the embedded model was changed: {path}", next_step="install interviewer again")
    return path
