"""Make data/model/bank-*.npy: the token vectors of all that the bank's questions may be answered with, read in advance.

    python tests/benchmarks/read_bank.py

Run it when the bank or the model has changed. A text that is not there is read when it is needed, so that nothing breaks.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.encoder import LONGEST, read_tokens
from interviewer.grading.embedded.matcher import tellings
from interviewer.grading.embedded.wordpiece import token_ids
from interviewer.resources import resource


def main() -> None:
    texts = dict.fromkeys(text for question in load_bank() for text in (question.question, *tellings(question)))
    all_ids = list(dict.fromkeys(tuple(token_ids(text, LONGEST)) for text in texts))
    folder = resource("data", "model")
    np.save(folder / "bank-tokens.npy", np.concatenate(all_ids).astype(np.uint16))
    np.save(folder / "bank-vectors.npy", np.concatenate([vectors(ids) for ids in all_ids]))
    for name in ("bank-tokens.npy", "bank-vectors.npy"):
        print(f'"{name}": "{hashlib.sha256((folder / name).read_bytes()).hexdigest()}",  # interviewer/grading/embedded/encoder.py')


def vectors(ids: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """Return those of a text without its markers. They are compared by their direction alone, so their length may be lost."""
    (read,) = read_tokens([ids])
    scaled: npt.NDArray[np.float32] = np.rint(read.tokens * (127 / np.abs(read.tokens).max(axis=1, keepdims=True)))
    return scaled.astype(np.int8)


if __name__ == "__main__":
    main()
