"""Colours that can be read on black and on white: all of middling brightness.

Blue, brown and crimson stay apart for the colour-blind, and nothing is told by colour alone.
"""

GOOD = "#0087af"
HALF = "#af5f00"
BAD = "#d7005f"
QUIET = "#767676"
ACCENT = "#5f5fff"
