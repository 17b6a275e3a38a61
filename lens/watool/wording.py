"""Texts from the account, as they may be shown."""

LONGEST = 500


def plain(text: str) -> str:
    """A text on one line, cut where it is long, with nothing in it that a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST]
