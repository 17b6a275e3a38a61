"""Steps of a pipeline, taken out of their branches, and what each of them waits for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mllens.scanner.sagemaker_pipelines import Step

RELEASES = frozenset({"EndpointConfig", "Endpoint", "InferenceComponent", "BedrockCustomModelDeployment"})
"""Kinds of step that put a model to use."""
OPAQUE = frozenset({"Lambda", "Callback"})
"""Kinds of step whose doing the definition does not show."""
KINDS = frozenset(
    {
        *(*RELEASES, *OPAQUE, "RegisterModel", "Model", "Condition", "Fail", "QualityCheck", "ClarifyCheck"),
        *("Training", "Tuning", "AutoML", "Processing", "Transform", "EMR", "EMRServerless", "NotebookJob", "Lineage"),
    }
)
"""Kinds of step that rules know."""

_STEP = re.compile(r"\bSteps\.([A-Za-z0-9_-]+)")


class Steps:
    """All steps of a definition by name, whatever branch they stand in."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.by_name: dict[str, Step] = {}
        self._around: dict[str, tuple[str, ...]] = {}
        self._add(steps, ())

    def _add(self, steps: Iterable[Step], around: tuple[str, ...]) -> None:
        for step in steps:
            self.by_name[step.name] = step
            self._around[step.name] = around
            self._add((*step.if_steps, *step.else_steps), (*around, step.name))

    def __iter__(self) -> Iterator[Step]:
        return iter(self.by_name.values())

    def before(self, step: Step) -> list[Step]:
        """Every step that must have ended before this one, and the conditions around it, as far as they are known."""
        found: dict[str, None] = {}
        waiting = [step.name]
        while waiting:
            name = waiting.pop()
            needed = self._around.get(name, ())
            if (known := self.by_name.get(name)) is not None:
                needed = (*needed, *known.depends_on, *references(_own(known)))
            fresh = [other for other in needed if other not in found and other != step.name]
            found.update(dict.fromkeys(fresh))
            waiting += fresh
        return [self.by_name[name] for name in found if name in self.by_name]

    def unclear(self, step: Step) -> Step | None:
        """A step before this one whose doing the definition does not show."""
        return next((s for s in self.before(step) if s.type in OPAQUE or s.type not in KINDS), None)

    def holds(self, condition: Step, step: Step) -> bool:
        """Whether a condition keeps a step from running: it stands in a branch, or a branch ends the run."""
        around = {name for other in (step, *self.before(step)) for name in self._around[other.name]}
        branches = Steps((*condition.if_steps, *condition.else_steps))
        return condition.name in around or any(inner.type == "Fail" for inner in branches)


def references(value: Any) -> Iterator[str]:
    """Names of the steps whose results an expression uses."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from references(part)
    elif isinstance(value, str):
        yield from _STEP.findall(value)


def _own(step: Step) -> Any:
    """What a step itself uses, without the steps in its branches."""
    return step.conditions if step.type == "Condition" else step.arguments
