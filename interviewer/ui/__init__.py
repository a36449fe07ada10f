"""The terminal: reading answers and keys, printing questions and scores. No other package prints or reads keys."""
