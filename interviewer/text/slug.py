"""Identifiers made of texts: lower-case ASCII words joined by hyphens."""

import hashlib
import re
import unicodedata

_LONGEST_SLUG = 60
_ACRONYMS = {"ai": "AI", "genai": "GenAI", "llm": "LLM", "ml": "ML", "mlops": "MLOps", "nlp": "NLP", "rag": "RAG"}
"""The acronyms in the names of topics."""


def slug(text: str, *, limit: int = _LONGEST_SLUG, kind: str = "question") -> str:
    """Return the words of a text as a slug of at most `limit` characters.

    Letters that have no ASCII form are lost, so eight digits of the text's SHA-256 stand in for them, after `kind` if nothing
    else is left.

    Examples:
        >>> slug("What is the K-means' objective?")
        'what-is-the-k-means-objective'
        >>> slug("Überanpassung", kind="topic")
        'uberanpassung'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter) and letter not in "'’")
    short = "-".join(re.findall(r"[a-z0-9]+", letters))
    if len(short) > limit:
        short = short[: limit + 1].rpartition("-")[0] or short[:limit]
    if short and not any(letter.isalpha() and not letter.isascii() for letter in letters):
        return short
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{short[: limit - 9].strip('-') or kind}-{digest}"


def in_words(name: str) -> str:
    """Return a slug as words to be read.

    Examples:
        >>> in_words("genai-basics")
        'GenAI basics'
        >>> in_words("fits-noise")
        'fits noise'
    """
    return " ".join(_ACRONYMS.get(word, word) for word in name.split("-"))
