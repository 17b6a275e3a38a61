"""For authors of rule packs: prove a rule by its own cases, in any test framework."""

import re

from mllens.rules import Case, Fail, NotApplicable, Rule, Verdict, judge
from mllens.rules.load import disproved
from mllens.rules.repairs import unsound
from mllens.scanner import DefinitionError

__all__ = ["prove", "style", "verdict"]


def verdict(rule: Rule, case: Case, *, stored: bool = False) -> Verdict:
    """What a rule says of a case; `stored`: of the case as it comes back from an inventory file.

    Raises:
        DefinitionError: the rule reads what it does not declare.
    """
    graph = case.graph(encoded=stored)
    subject = next(r for r in graph.known(type(case.subject)) if r.key == case.subject.key)
    return judge(rule, subject, graph, case.settings, strict=True).verdict


def prove(rule: Rule) -> None:
    """Hold a rule to its cases: each must get its verdict, directly and stored, and `reads` must be what is read.

    Its fix, if it has one, must close the gaps of its failing cases, with calls that the service models allow.

    Raises:
        AssertionError: it does not hold; the message lists all that is wrong.
    """
    wrong = (
        [] if rule.unknown else ["it has no unknown case: what does it say of a resource whose fields were not read?"]
    )
    try:
        wrong += disproved(rule) + unsound(rule)
    except DefinitionError as error:
        wrong.append(str(error))
    if wrong:
        raise AssertionError(_listed(rule, wrong))


def style(rule: Rule) -> None:
    """Hold a rule to the style of reports: a norm with "must", and messages that read after a resource's name.

    Raises:
        AssertionError: it does not hold; the message lists all that is wrong.
    """
    wrong = []
    if not re.search(r"\bmust\b", rule.norm) or not rule.norm.endswith("."):
        wrong.append(f"the docstring's first line is a sentence with must or must not: {rule.norm!r}")
    if not rule.harm:
        wrong.append("the docstring says nothing of the harm")
    for case in (*rule.failing, *rule.not_applicable):
        match verdict(rule, case):
            case Fail(text) | NotApplicable(text):
                if not re.match(r"[a-z0-9]", text) or text.endswith((".", "!")):
                    wrong.append(
                        f"a message reads after the resource's name, in lower case, without full stop: {text!r}"
                    )
                if re.search(r"\bago\b|\b(days|hours|months|weeks) old\b|\btoday\b", text):
                    wrong.append(f"a message carries dates, not ages: {text!r}")
            case _:
                pass
    if wrong:
        raise AssertionError(_listed(rule, wrong))


def _listed(rule: Rule, wrong: list[str]) -> str:
    return f"{rule.where}: {rule.id}:" + "".join(f"\n  - {what}" for what in wrong)
