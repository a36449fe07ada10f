"""Spoken answers: recording them, transcribing them, and checking the transcripts."""
