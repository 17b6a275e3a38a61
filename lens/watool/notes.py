"""Our block in a question's note; what people wrote around it stays as it is, byte for byte."""

from dataclasses import dataclass

from mllens.lens.watool.evidence import OPEN, Case

MAX_NOTES = 2084
_APART = "\n\n"
_NO_ROOM = "there is no room for a block in the note"


@dataclass(frozen=True)
class Noted:
    """What becomes of a note: `notes` is the whole of it, `block` what is ours in it; `left` why it stays as it is."""

    notes: str
    block: str
    left: str = ""


def noted(notes: str, block: str, case: Case) -> Noted:
    """Put what was found into a note in which `block` is ours ("" where nothing is).

    Only our block as we wrote it is replaced. One that somebody changed, doubled or took out is theirs.
    """
    if block:
        return _replaced(notes, block, case)
    if OPEN in notes:
        return Noted(notes, "", "a block that is not known to be ours stands in the note")
    if not case.spoken:
        return Noted(notes, "")
    lead = _APART if notes else ""
    text = case.block(MAX_NOTES - _length(notes) - len(lead))
    return Noted(notes + lead + text, lead + text) if text else Noted(notes, "", _NO_ROOM)


def _replaced(notes: str, block: str, case: Case) -> Noted:
    if notes.count(block) != 1:
        return Noted(notes, block, "somebody changed our block in the note, or took it out")
    lead = _APART if block.startswith(_APART) else ""
    text = case.block(MAX_NOTES - _length(notes) + len(block) - len(lead))
    return Noted(notes.replace(block, lead + text), lead + text) if text else Noted(notes, block, _NO_ROOM)


def _length(text: str) -> int:
    """The longest that a service may count it as: some count what lies beyond 16 bits twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
