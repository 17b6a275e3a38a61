"""Scripts: what was seen in a lifecycle script stands in its place; its text is never kept."""

import base64
import re
from typing import Any

from mllens.scanner.model import REDACTED
from mllens.scanner.redact import redact

# What stops a notebook from inside: the service's operation, as the tools spell it, or the name of the usual script.
STOPS = ("StopNotebookInstance", "stop-notebook-instance", "stop_notebook_instance", "autostop", "auto-stop")
# What makes something happen again, or later.
REPEATS = ("crontab", "/etc/cron", "systemd-run", ".timer", "nohup", "while ")
COMMENT = re.compile(r"\s*#")


def seen(content: str) -> dict[str, Any]:
    """What a script in base64 shows: its lines, known words outside comments, and lines where a secret may stand."""
    try:
        lines = base64.b64decode(content, validate=True).decode().splitlines()
    except ValueError:
        return {REDACTED: "script"}
    code = "\n".join(line for line in lines if not COMMENT.match(line))
    suspects = [
        {"Line": number, "Kind": kept[REDACTED]}
        for number, line in enumerate(lines, 1)
        if isinstance(kept := redact(line, free=True), dict)
    ]
    return {
        "Lines": len(lines),
        "Stops": [word for word in STOPS if word in code],
        "Repeats": [word for word in REPEATS if word in code],
        "Suspects": suspects,
    }


def scripts_seen(value: Any) -> Any:
    """A member that holds scripts (base64 text, or a list of structures with `Content`) with what was seen in each."""
    match value:
        case str():
            return seen(value)
        case list():
            return [scripts_seen(item) for item in value]
        case {"Content": str() as content}:
            return {**value, "Content": seen(content)}
    return value
