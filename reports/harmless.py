"""Text from the account, made safe to look at: control characters and what reorders or hides text are shown escaped."""

import re
import unicodedata

# Cc control, Cf format (bidirectional overrides, zero width, tags), Cs surrogate, Co private use, Zl and Zp line breaks
_ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NOT_PLAIN = re.compile(r"[^ -~]")


def harmless(text: str) -> str:
    """Show as an escape each character that would act instead of being seen; the rest stays as it is."""
    return text if text.isascii() and text.isprintable() else _NOT_PLAIN.sub(_shown, text)


def shortened(text: str, most: int) -> str:
    """Make text harmless and at most this long; what was cut is told by its length."""
    shown = harmless(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def middle(text: str, most: int) -> str:
    """Make text harmless and at most this wide: what is cut stands in the middle, for names differ at their ends."""
    shown = harmless(text)
    wide = [1 + (unicodedata.east_asian_width(character) in "WF") for character in shown]
    if sum(wide) <= most:
        return shown
    start, end, left = 0, len(shown), most - 1
    while True:
        if start <= len(shown) - end and wide[start] <= left:
            left -= wide[start]
            start += 1
        elif wide[end - 1] <= left:
            end -= 1
            left -= wide[end]
        else:
            return f"{shown[:start]}…{shown[end:]}"


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _ACTING:
        return character
    code = ord(character)
    return _NAMED.get(character) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
