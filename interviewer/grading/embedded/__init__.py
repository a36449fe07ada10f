"""The embedded grader: an estimate made on this machine, without a key or a network."""
