"""What people write into free text, and what a report must not obey."""

SCRIPT = "<script>alert(document.domain)</script>"
FORMULA = "=cmd|' /C calc'!A0"
COLOURS = "\x1b[2J\x1b[31mowned\x1b[0m"
