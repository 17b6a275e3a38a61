"""The lens as the JSON that the Well-Architected Tool imports."""

import json
from typing import Any

from mllens.lens.model import Choice, Lens, Link, Pillar, Question, load


def build(lens: Lens | None = None) -> str:
    """Write a lens, by default ours, as `lens.json`: from the lens's files alone, the same text every time."""
    return json.dumps(_lens(load() if lens is None else lens), indent=2, ensure_ascii=False) + "\n"


def _lens(lens: Lens) -> dict[str, Any]:
    return {
        "schemaVersion": lens.schema_version,
        "name": lens.name,
        "description": lens.description,
        "pillars": [_pillar(pillar) for pillar in lens.pillars],
    }


def _pillar(pillar: Pillar) -> dict[str, Any]:
    return {"id": pillar.id, "name": pillar.name, "questions": [_question(question) for question in pillar.questions]}


def _question(question: Question) -> dict[str, Any]:
    head: dict[str, Any] = {"id": question.id, "title": question.title, "description": question.description}
    if question.help:
        head["helpfulResource"] = _resource(question.help)
    return head | {
        "choices": [
            *(_choice(choice) for choice in question.choices),
            {"id": question.none, "title": "None of these"},  # needs no improvement plan, and may not have one
        ],
        "riskRules": [{"condition": str(rule.condition), "risk": rule.risk} for rule in question.rules],
    }


def _choice(choice: Choice) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": choice.id,
        "title": choice.title,
        "helpfulResource": _resource(Link(_help(choice), choice.url)),
        "improvementPlan": _resource(Link(choice.improve, choice.url)),
    }
    if choice.more:
        content = [_resource(link) for link in choice.more]
        written["additionalResources"] = [{"type": "HELPFUL_RESOURCE", "content": content}]
    return written


def _help(choice: Choice) -> str:
    return f"Why: {choice.why}\n\nHow to see it: {choice.seen}\n\nTo ask: {choice.ask}"


def _resource(link: Link) -> dict[str, str]:
    return {"displayText": link.text} if link.url is None else {"displayText": link.text, "url": link.url}
