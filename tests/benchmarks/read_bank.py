"""Make data/model/bank-*.npy: the token vectors of all that the bank's questions may be answered with, read in advance.

    python tests/benchmarks/read_bank.py

Run it when the bank or the model has changed. A text that is not there is read when it is needed, so that nothing breaks.
"""

import hashlib

import numpy as np

from interviewer.bank.bank import load_bank
from interviewer.grading.embedded.encoder import LONGEST, read_tokens
from interviewer.grading.embedded.matcher import phrasings
from interviewer.grading.embedded.wordpiece import token_ids
from interviewer.resources import resource


def main() -> None:
    texts = dict.fromkeys(text for question in load_bank() for text in (question.question, *phrasings(question)))
    all_ids = list(dict.fromkeys(tuple(token_ids(text, LONGEST)) for text in texts))
    vectors = np.concatenate([next(read_tokens([ids])).tokens for ids in all_ids])
    # Four bits a component, for its middle 98 %: of 60 built-in answers, 6 score one point more or less than with 32 bits.
    lowest, highest = np.quantile(vectors, (0.01, 0.99), axis=0)
    step = (highest - lowest) / 15
    codes = np.clip(np.rint((vectors - lowest) / step), 0, 15).astype(np.uint8)
    left, right = np.split(codes, 2, axis=1)
    files = {
        "bank-tokens.npy": np.concatenate(all_ids).astype(np.uint16),
        "bank-scale.npy": np.stack([lowest, step]).astype(np.float32),
        "bank-vectors.npy": left << 4 | right,
    }
    for name, array in files.items():
        path = resource("data", "model", name)
        np.save(path, array)
        print(f'"{name}": "{hashlib.sha256(path.read_bytes()).hexdigest()}",  # MODEL_FILES')


if __name__ == "__main__":
    main()
