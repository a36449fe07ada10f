"""A session as something to keep: one model, several formats."""
