"""Many answers at once: rows in, rows out, in order, and nothing graded twice."""
