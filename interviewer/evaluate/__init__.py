"""How far can a grader be trusted? Measured against people, and on answers whose rank is known."""
