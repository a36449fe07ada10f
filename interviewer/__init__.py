"""A mock interviewer for the terminal whose grades rest on the words of the answer."""

__version__ = "0.1.0"
