"""Plain text: cleaned, cut into spans, taken apart into words, and written to disk whole."""
