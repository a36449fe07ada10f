"""Writes data/bank/compiled.jsonl after an edit of the bank: `python -m interviewer.bank.compile`."""

from interviewer.bank.bank import compile_bank
from interviewer.resources import resource

if __name__ == "__main__":
    resource("data", "bank").joinpath("compiled.jsonl").write_text(compile_bank(), encoding="utf-8")
