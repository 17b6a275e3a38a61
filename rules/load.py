"""Loading: every rule module found is imported, or the run stops with its name and the reason."""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import mllens.rules
from mllens.lens import pillar_of
from mllens.rules.findings import judge
from mllens.rules.spec import Rule
from mllens.rules.verdict import Fail, NotApplicable, Pass, Unknown
from mllens.scanner import DefinitionError

HERE = Path(mllens.rules.__path__[0])
EXPECTED = {"passing": Pass, "failing": Fail, "unknown": Unknown, "not_applicable": NotApplicable}


def load(rules_path: Path | None = None) -> tuple[Rule, ...]:
    """Every rule: ours, those of installed packs (entry point `mllens.rules`), those under a folder.

    Raises:
        DefinitionError: a module cannot be imported, a rule is wrong, or two have one id; the message names the file.
    """
    rules = [*ours(), *_packs()]
    if rules_path is not None:
        rules += _folder(rules_path)
    by_id: dict[str, Rule] = {}
    for rule in rules:
        if (other := by_id.setdefault(rule.id, rule)) is not rule:
            raise DefinitionError(f"{rule.where}: the id {rule.id} is taken by {other.where}")
    return tuple(sorted(rules, key=lambda r: r.id))


def ours() -> list[Rule]:
    """The rules of this package, without plug-ins: what generated pages are made from."""
    found = []
    for file in rule_files(HERE):
        name = ".".join(("mllens.rules", *file.relative_to(HERE).with_suffix("").parts))
        found += _rules_of(_import(name, file), file)
    return found


def rule_files(folder: Path) -> list[Path]:
    """Files that hold rules: every .py file below the first level, whether or not its folder is a package."""
    return sorted(
        f for f in folder.rglob("*.py") if f.parent != folder and f.name != "__init__.py" and not f.is_symlink()
    )


def find(id_: str) -> Rule | None:
    """One rule of ours, importing its module alone where the file bears its name."""
    for file in rule_files(HERE):
        if file.stem == id_.replace("-", "_"):
            name = ".".join(("mllens.rules", *file.relative_to(HERE).with_suffix("").parts))
            return next((r for r in _rules_of(_import(name, file), file) if r.id == id_), None)
    return next((r for r in ours() if r.id == id_), None)


def _packs() -> Iterator[Rule]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - 15 ms that showing one rule does not need

    for entry in entry_points(group="mllens.rules"):
        try:
            package = entry.load()
        except Exception as error:
            raise DefinitionError(
                f"rule pack {entry.name} ({entry.value}) cannot be imported: {_say(error)}"
            ) from error
        if not hasattr(package, "__path__"):
            raise DefinitionError(f"rule pack {entry.name} ({entry.value}) is no package of rule modules")
        for path in package.__path__:
            for file in sorted(Path(path).rglob("*.py")):
                if file.name != "__init__.py":
                    name = ".".join((package.__name__, *file.relative_to(path).with_suffix("").parts))
                    yield from _proven(_rules_of(_import(name, file), file))


def _folder(folder: Path) -> Iterator[Rule]:
    if not folder.is_dir():
        raise DefinitionError(f"{folder}: no such folder of rules")
    files = sorted(f for f in folder.rglob("*.py") if f.name != "__init__.py")
    if not files:
        raise DefinitionError(f"{folder}: holds no rules (no .py file)")
    for number, file in enumerate(files):
        yield from _proven(_rules_of(_import_file(f"mllens_rules_path_{number}_{file.stem}", file), file))


def _import(name: str, file: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except DefinitionError:
        raise
    except (Exception, SystemExit) as error:
        raise DefinitionError(f"{file}: cannot be imported: {_say(error)}") from error


def _import_file(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise DefinitionError(f"{file}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except DefinitionError:
        raise
    except (Exception, SystemExit) as error:
        raise DefinitionError(f"{file}: cannot be imported: {_say(error)}") from error
    return module


def _say(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _rules_of(module: ModuleType, file: Path) -> list[Rule]:
    held = [v for v in vars(module).values() if isinstance(v, Rule) and v.module == module.__name__]
    rules = list({id(r): r for r in held}.values())
    if not rules:
        raise DefinitionError(f"{file}: holds no rule; a rule is a module-level function under @rule")
    for rule in rules:
        if rule.judge.__name__.replace("_", "-") == rule.id and rule.id != file.stem.replace("_", "-"):
            raise DefinitionError(
                f"{rule.where}: the rule {rule.id} belongs in a file of its name, {rule.id.replace('-', '_')}.py"
            )
        if not rule.passing or not rule.failing:
            raise DefinitionError(f"{rule.where}: {rule.id} needs at least one passing and one failing case")
        for practice in rule.practices:
            try:
                pillar_of(practice)
            except KeyError:
                raise DefinitionError(f"{rule.where}: {rule.id}: the lens has no practice {practice}") from None
    return rules


def _proven(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Rules of others, once their own cases hold; ours are held to that by tests."""
    for rule in rules:
        if wrong := disproved(rule):
            raise DefinitionError(f"{rule.where}: {rule.id}: {wrong[0]}")
        yield rule


def disproved(rule: Rule) -> list[str]:
    """What a rule's own cases say against it: wrong verdicts, direct or stored, and `reads` that differ from what is read."""
    wrong = []
    read: set[object] = set()
    for kind, expected in EXPECTED.items():
        for number, case in enumerate(getattr(rule, kind), 1):
            for encoded in (False, True):
                graph = case.graph(encoded=encoded)
                subject = next(r for r in graph.known(type(case.subject)) if r.key == case.subject.key)
                finding = judge(rule, subject, graph, case.settings, reading=read, strict=True)
                if not isinstance(finding.verdict, expected):
                    how = "stored" if encoded else "direct"
                    wrong.append(f"{kind.replace('_', ' ')} case {number} ({how}) gives {finding.verdict}")
    if missing := rule.reads - read:
        wrong.append(f"`reads` lists {', '.join(sorted(map(repr, missing)))}, which no case reads")
    return wrong
