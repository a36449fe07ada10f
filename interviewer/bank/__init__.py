"""The questions: read from bank files, checked, and selected for a session."""
