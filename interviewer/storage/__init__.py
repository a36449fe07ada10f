"""Where answers live: one SQLite file."""
