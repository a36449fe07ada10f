"""What appears on the screen, one part a file."""
