"""What every command that looks at a project needs: where it is, its configuration, the rules."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_lint.cli.failure import Failure
from mlops_lint.config.load import load_layers
from mlops_lint.config.problem import ConfigError
from mlops_lint.config.read import Layer, flag_layer
from mlops_lint.config.resolve import Configuration, disabled_plugins, resolve
from mlops_lint.core.rule import Ruleset


@dataclass(frozen=True, slots=True)
class Session:
    """A project with its resolved configuration. ``layers`` are the sources of settings from weak to strong, the flags last."""

    cwd: Path
    root: Path
    layers: Sequence[Layer]
    ruleset: Ruleset
    configuration: Configuration


def working_directory() -> Path:
    """The working directory, links resolved.

    Raises:
        Failure: it is gone.
    """
    try:
        return Path(os.path.realpath(Path.cwd()))
    except OSError as error:
        raise Failure(f"the working directory cannot be used: {error.strerror}") from error


def absolute(cwd: Path, name: str) -> Path:
    """A path given on the command line, links resolved in its folders but not in its own name (a link to a folder stands for the folder).

    Raises:
        Failure: it is empty.
    """
    if not name:
        raise Failure("a path is empty")
    path = Path(os.path.abspath(cwd / name))  # noqa: PTH100  (resolve would follow a link to a file)
    if is_folder(path):
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(path.parent)) / path.name


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, as far as it can be told; ``Path.is_dir`` would raise for one that lies in a folder which cannot be entered."""
    return os.path.isdir(path)  # noqa: PTH112


def existing(cwd: Path, names: Sequence[str]) -> list[Path]:
    """The absolute paths of names that must exist; a link that leads nowhere exists, and so does what cannot be told to be missing.

    Raises:
        Failure: some do not; each is named.
    """
    given = {name: absolute(cwd, name) for name in names}
    missing = [name for name, path in given.items() if _is_missing(path)]
    if missing:
        raise Failure(*(f"there is no file or folder {name}" for name in missing))
    return list(dict.fromkeys(given.values()))


def _is_missing(path: Path) -> bool:
    try:
        path.lstat()
    except PermissionError:
        return False
    except (OSError, ValueError):
        return True
    return False


def relative(root: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """Absolute paths as POSIX paths relative to the project root.

    Raises:
        Failure: one lies outside; a run looks at one project.
    """
    found = []
    for path in paths:
        try:
            found.append(path.relative_to(root).as_posix())
        except ValueError:
            raise Failure(f"{path} lies outside the project {root}; check one project at a time") from None
    return tuple(found)


def load_project(cwd: Path, paths: Sequence[Path], config: Sequence[str], isolated: bool, flags: Mapping[str, Any]) -> tuple[Path, list[Layer]]:
    """The project root of some paths, and all layers of settings, the flags last.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    from mlops_lint.project.folders import find_root

    root = find_root(paths)
    first = paths[0] if is_folder(paths[0]) else paths[0].parent
    layers = load_layers(cwd, config, isolated=isolated, start=None if cwd.is_relative_to(root) else first)
    return root, [*layers, flag_layer(flags, cwd)]


def open_session(cwd: Path, root: Path, layers: Sequence[Layer]) -> Session:
    """The session of a project whose layers of settings have been read.

    Raises:
        ConfigError: the configuration cannot be used.
        Failure: the rules cannot be loaded.
    """
    ruleset = loaded_rules(disabled_plugins(layers), root)
    return Session(cwd, root, layers, ruleset, resolve(layers, ruleset, root))


def listed_rules() -> Ruleset:
    """The rules as the project around the working directory sees them; a configuration that cannot be read does not keep anybody from a rule's page.

    Raises:
        Failure: a plugin cannot be loaded.
    """
    cwd = working_directory()
    try:
        root, layers = load_project(cwd, [cwd], (), False, {})
    except ConfigError:
        return loaded_rules()
    return loaded_rules(disabled_plugins(layers), root)


def loaded_rules(disabled: frozenset[str] = frozenset(), root: Path | None = None) -> Ruleset:
    """All built-in rules and those of the installed plugins that are not disabled and do not lie in the project.

    Raises:
        Failure: a plugin cannot be loaded.
    """
    from mlops_lint.engine.registry import PluginError, load_ruleset

    try:
        return load_ruleset(disabled, project_root=root)
    except PluginError as error:
        raise Failure(f'{error}; `disable-plugins = ["{error.plugin}"]` switches it off') from error
