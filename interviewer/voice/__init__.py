"""Spoken answers: recordings, what was heard in them, and whether that can be trusted."""
