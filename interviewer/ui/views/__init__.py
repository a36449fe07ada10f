"""What is printed: scores, lists, reports of progress. Functions that print take a `Screen`."""
