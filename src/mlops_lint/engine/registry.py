"""The rules that there are: found by where they stand, never by a list.

Built-in rules are the modules ``mlops_lint.rules.<area>.<rule>``; plugins are installed packages that name a package of such modules in the entry-point
group ``mlops_lint.rules``. Nothing in an analysed repository can add one.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from mlops_lint.core.finding import Confidence, Severity
from mlops_lint.core.problem import PROBLEM_BY_NAME
from mlops_lint.core.rule import PROFILES, STAGES, LoadedRule, Rule, RuleDoc, Ruleset
from mlops_lint.taxonomy import AREA_BY_PACKAGE, AREAS, find_consideration

GROUP = "mlops_lint.rules"
BUILT_IN = "mlops_lint.rules"

_CODE = re.compile(r"[A-Z]{2,}[0-9]{3}")
_RULE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class RegistryError(Exception):
    """A rule that cannot be registered; ``module`` is where it stands."""

    def __init__(self, module: str, message: str) -> None:
        super().__init__(f"{module}: {message}")
        self.module = module
        self.message = message


class PluginError(Exception):
    """A plugin that cannot be loaded; ``plugin`` is its entry point's name, by which a configuration can switch it off."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(f"plugin {plugin!r} cannot be loaded: {message}")
        self.plugin = plugin
        self.message = message


def load_ruleset(disabled_plugins: frozenset[str] = frozenset(), *, project_root: Path | None = None, package: str = BUILT_IN) -> Ruleset:
    """All rules: the built-in ones and those of the installed plugins that are not switched off by name (any case, ``-`` and ``_`` alike).

    A plugin whose installation lies in ``project_root``, the analysed project, is not loaded unless that is where this interpreter installs packages
    (a project's own ``.venv``): what ``PYTHONPATH`` finds in a checkout is not installed beside the tool. ``package`` holds the built-in rules.

    Raises:
        RegistryError: a built-in rule is defective; a defect of the tool itself.
        PluginError: a plugin cannot be imported or one of its rules is defective.
    """
    loaded = list(built_in_rules(package))
    taken = _Taken()
    for one, module in loaded:
        taken.add(one, module)
    rules = [one for one, _ in loaded]
    off = {_normal(name) for name in disabled_plugins}
    for point in installed_plugins(project_root):
        if _normal(point.name) not in off:
            rules += load_plugin(point, taken)
    return Ruleset(rules)


def built_in_rules(package: str = BUILT_IN) -> Iterator[tuple[LoadedRule, str]]:
    """The built-in rules with the names of their modules, in the order of those names.

    Raises:
        RegistryError: a folder is no challenge area, or a module is no sound rule of its area.
    """
    for area_module in _areas(importlib.import_module(package)):
        area = AREA_BY_PACKAGE.get(area_module.rpartition(".")[2])
        if area is None:
            raise RegistryError(area_module, "no challenge area has a package of this name")
        for name in _children(importlib.import_module(area_module)):
            module = importlib.import_module(name)
            defect = defect_of(module)
            if defect is not None:
                raise RegistryError(name, defect)
            rule: Rule = module.rule
            home, consideration = find_consideration(rule.consideration)
            if home is not area:
                raise RegistryError(name, f"consideration {rule.consideration!r} belongs to {home.slug!r}")
            if not re.fullmatch(rf"{area.prefix}{consideration.number}[0-9]{{2}}", rule.code):
                raise RegistryError(name, f"code {rule.code!r} does not begin with {area.prefix}{consideration.number}, as its consideration asks")
            yield _loaded(module), name


def installed_plugins(project_root: Path | None = None) -> tuple[EntryPoint, ...]:
    """The entry points of installed plugins, by name; the same one found twice counts once.

    Raises:
        PluginError: two packages register different plugins under one name.
    """
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda one: (one.name, one.value)):
        if project_root is not None and _lies_in_project(point, project_root):
            continue
        known = found.setdefault(_normal(point.name), point)
        if known.value != point.value:
            raise PluginError(point.name, f"two installed packages register it: {known.value} and {point.value}")
    return tuple(found.values())


def load_plugin(point: EntryPoint, taken: _Taken | None = None) -> list[LoadedRule]:
    """The rules of one plugin: of the module that its entry point names, or of the modules in that package and in its folders, one level down.

    Modules whose name begins with an underscore hold no rule; every other one must.

    Raises:
        PluginError: anything at all is wrong with it.
    """
    plugin = point.name
    taken = taken if taken is not None else _Taken()
    rules = []
    try:
        if point.attr:
            raise RegistryError(point.value, "an entry point names a package or module, not an object in it")
        for module in _plugin_modules(point.module):
            defect = defect_of(module)
            if defect is not None:
                raise RegistryError(module.__name__, defect)
            one = _loaded(module, plugin)
            taken.add(one, module.__name__)
            rules.append(one)
        if not rules:
            raise RegistryError(point.value, "holds no rule")
    except RegistryError as error:
        raise PluginError(plugin, str(error)) from error
    except (Exception, SystemExit) as error:
        # Importing a plugin runs its code, which may do anything, even ask the interpreter to exit.
        raise PluginError(plugin, f"{type(error).__name__}: {error}") from error
    return rules


def defect_of(module: ModuleType) -> str | None:
    """What keeps a module from being a rule, in one clause, or ``None``."""
    rule = getattr(module, "rule", None)
    if not isinstance(rule, Rule):
        return "has no 'rule'" if rule is None else f"'rule' is no Rule but a {type(rule).__name__}"
    if not isinstance(rule.code, str) or not _CODE.fullmatch(rule.code) or rule.code.startswith("ALL"):
        return f"code {rule.code!r} is not two or more capitals and three digits"
    if not isinstance(rule.summary, str) or not rule.summary.strip():
        return "has no summary"
    try:
        find_consideration(rule.consideration)
    except KeyError:
        return f"no consideration is called {rule.consideration!r}"
    if not isinstance(rule.severity, Severity) or not isinstance(rule.confidence, Confidence):
        return "severity or confidence is not one of theirs"
    if rule.profile not in PROFILES or rule.stage not in STAGES:
        return f"profile {rule.profile!r} or stage {rule.stage!r} is not known"
    if rule.options is not None and not (isinstance(rule.options, type) and dataclasses.is_dataclass(rule.options)):
        return "options is no dataclass"
    if not rule.hooks:
        return "has no check"
    name = _rule_name(module)
    if not _RULE_NAME.fullmatch(name) or name in PROBLEM_BY_NAME or name in {area.slug for area in AREAS}:
        return f"its name {name!r} cannot be a rule's"
    if _has_docstrings(module):
        try:
            RuleDoc.parse(module.__doc__)
        except ValueError as error:
            return str(error)
    return None


class _Taken:
    """The codes and names that are in use, and by which module."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def add(self, one: LoadedRule, module: str) -> None:
        """Note a rule.

        Raises:
            RegistryError: its code or its name is taken.
        """
        for what, key, known in (("code", one.code, self._codes), ("name", one.name, self._names)):
            if key in known:
                raise RegistryError(module, f"{what} {key!r} is already that of {known[key]}")
            known[key] = module


def _plugin_modules(name: str) -> Iterator[ModuleType]:
    module = importlib.import_module(name)
    if hasattr(module, "rule") or not hasattr(module, "__path__"):
        yield module
        return
    for child_name in _children(module):
        child = importlib.import_module(child_name)
        if hasattr(child, "rule") or not hasattr(child, "__path__"):
            yield child
            continue
        for name_below in _children(child):
            yield importlib.import_module(name_below)


def _children(package: ModuleType) -> list[str]:
    """The full names of a package's modules and packages, sorted, without private ones."""
    names = {found.name for found in pkgutil.iter_modules(package.__path__)}
    return [f"{package.__name__}.{name}" for name in sorted(names) if not name.startswith("_")]


def _areas(package: ModuleType) -> list[str]:
    """The full names of the packages below ``rules``; a folder of modules counts even when its ``__init__.py`` was forgotten."""
    folders = {one.parent.name for place in package.__path__ for one in Path(place).glob("*/*.py")}
    return sorted({*_children(package), *(f"{package.__name__}.{name}" for name in folders if not name.startswith("_"))})


def _loaded(module: ModuleType, plugin: str = "") -> LoadedRule:
    rule: Rule = module.rule
    doc = RuleDoc.parse(module.__doc__) if _has_docstrings(module) else RuleDoc(rule.summary, "", "", "")
    return LoadedRule(rule, _rule_name(module), doc, plugin)


def _has_docstrings(module: ModuleType) -> bool:
    """False under ``python -OO``, which drops them."""
    return sys.flags.optimize < 2 or module.__doc__ is not None


def _rule_name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2].replace("_", "-")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lies_in_project(point: EntryPoint, project_root: Path) -> bool:
    """Whether a plugin's installation lies in the analysed project, outside the folders where this interpreter installs packages."""
    if point.dist is None:
        return False
    home = Path(str(point.dist.locate_file(""))).resolve()
    root = project_root.resolve()
    return _within(home, [root]) and not _within(home, _site_folders())


def _site_folders() -> list[Path]:
    import site

    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages()]
    return [Path(folder).resolve() for folder in folders if folder]


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)
