"""A session without a screen: what is asked, kept, graded, due next, and how it went."""
