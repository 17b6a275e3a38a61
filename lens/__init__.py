"""What good looks like: the questions and practices, their risk rules, and answers from evidence.

Names are loaded when first asked for: a command that needs the title of one practice does not pay for the linter.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mllens.lens.answers import (
        Attestation,
        Counts,
        Evidence,
        PracticeState,
        QuestionAnswer,
        Tally,
        answer,
        fold,
        tally,
    )
    from mllens.lens.lens_json import build
    from mllens.lens.linter import Problem, lint
    from mllens.lens.model import (
        Choice,
        Lens,
        LensError,
        Link,
        Pillar,
        Question,
        choice,
        dimension_of,
        folder_of,
        load,
        pillar_of,
        question_of,
        read,
    )
    from mllens.lens.risk import (
        Condition,
        ConditionError,
        Explanation,
        RiskRule,
        evaluate,
        explain,
        level,
        parse,
        rules,
    )

__all__ = [
    "Attestation",
    "Choice",
    "Condition",
    "ConditionError",
    "Counts",
    "Evidence",
    "Explanation",
    "Lens",
    "LensError",
    "Link",
    "Pillar",
    "PracticeState",
    "Problem",
    "Question",
    "QuestionAnswer",
    "RiskRule",
    "Tally",
    "answer",
    "build",
    "choice",
    "dimension_of",
    "evaluate",
    "explain",
    "fold",
    "folder_of",
    "level",
    "lint",
    "load",
    "parse",
    "pillar_of",
    "question_of",
    "read",
    "rules",
    "tally",
]

_MODULES = {
    "answers": (
        "Attestation",
        "Counts",
        "Evidence",
        "PracticeState",
        "QuestionAnswer",
        "Tally",
        "answer",
        "fold",
        "tally",
    ),
    "lens_json": ("build",),
    "linter": ("Problem", "lint"),
    "risk": (
        "Condition",
        "ConditionError",
        "Explanation",
        "RiskRule",
        "evaluate",
        "explain",
        "level",
        "parse",
        "rules",
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

if not TYPE_CHECKING:  # else a type checker would take any name for one of ours

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOME.get(name, 'model')}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __all__
