"""Every setting, described once: flags, configuration keys, validation, JSON schema and documentation all come from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mlops_lint.core.finding import Confidence, Severity

FORMATS = ("text", "concise", "json", "sarif")
LEVELS = tuple(level.word for level in Severity)
PROFILES = ("default", "audit", "all")
TABLE = "mlops-lint"
"""The name of our table below ``tool`` in ``pyproject.toml``."""

SECTIONS = ("Rules", "Files", "Output", "Run", "File")
"""The groups of settings, as help and documentation order them; those of ``File`` have no flag."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    ``kind`` is ``bool``, ``int``, ``str``, ``path``, ``version`` (of Python), ``choice``, ``formats``, ``strings``, ``selectors``, ``ignores``
    (file pattern → selectors), ``levels`` (selector → level) or ``options`` (rule → option → value). ``adds`` means that values of several sources
    add up; otherwise the strongest source holds. ``default=None`` means that the tool works it out, and ``otherwise`` says what from.
    """

    name: str
    kind: str
    default: Any
    description: str
    section: str
    choices: tuple[str, ...] = ()
    short: str = ""
    adds: bool = False
    negatable: bool = False
    otherwise: str = ""

    @property
    def flag(self) -> str:
        """The long flag of the command line, empty for settings that only a file has."""
        return "" if self.section == "File" else f"--{self.name}"


_KEYS = (
    Key(
        "select",
        "selectors",
        None,
        "Rules that are on, instead of the profile's: codes, prefixes, names, areas or ALL.",
        "Rules",
        otherwise="the profile's rules",
    ),
    Key("extend-select", "selectors", (), "Rules that are on beside the selected ones.", "Rules", adds=True),
    Key("ignore", "selectors", (), "Rules that are off; the more specific selector wins.", "Rules", adds=True),
    Key("extend-ignore", "selectors", (), "Rules that are off beside the ignored ones.", "Rules", adds=True),
    Key("profile", "choice", "default", "Which rules are on without being named; audit adds the repository-level evidence rules.", "Rules", PROFILES),
    Key(
        "min-confidence",
        "choice",
        "medium",
        "Report only findings of at least this confidence.",
        "Rules",
        tuple(level.word for level in Confidence),
    ),
    Key("preview", "bool", False, "Allow rules that are not yet stable.", "Rules", negatable=True),
    Key(
        "target-python",
        "version",
        None,
        "Oldest Python that the analysed code supports, as 3.N.",
        "Rules",
        otherwise="read off the project",
    ),
    Key("exclude", "strings", (), "File patterns that are left out; folders of tools and environments always are.", "Files"),
    Key("extend-exclude", "strings", (), "File patterns that are left out beside the excluded ones.", "Files", adds=True),
    Key("force-exclude", "bool", False, "Leave excluded files out even when they are named on the command line.", "Files", negatable=True),
    Key("output-format", "formats", ("text",), "How findings are written; on the command line also FORMAT=FILE, and repeatable.", "Output", FORMATS),
    Key("fail-level", "choice", "warning", "Exit with 1 when a finding is at or above this level.", "Output", (*LEVELS, "never")),
    Key("exit-zero", "bool", False, "Exit with 0 whatever is found; the same as the fail level never.", "Output"),
    Key("statistics", "bool", False, "Show how often each rule was hit, instead of the findings.", "Output"),
    Key("show-suppressed", "bool", False, "List suppressed and baselined findings too.", "Output"),
    Key("show-skipped", "bool", False, "List the files that were not analysed, and why.", "Output"),
    Key("quiet", "bool", False, "Print findings and errors, nothing else.", "Output", short="-q"),
    Key("verbose", "bool", False, "Say on standard error what was read and how long it took.", "Output", short="-v"),
    Key("color", "choice", "auto", "When to use colours.", "Output", ("auto", "always", "never")),
    Key("jobs", "int", None, "How many worker processes to use.", "Run", short="-j", otherwise="the cores"),
    Key("no-cache", "bool", False, "Neither read nor write the cache.", "Run"),
    Key("cache-dir", "path", None, "Folder of the cache.", "Run", otherwise="one per user"),
    Key("extend", "path", None, "Another configuration file that this one builds on, relative to it.", "File"),
    Key("baseline", "path", ".mlops-lint-baseline.json", "File of accepted findings, relative to the project root.", "File"),
    Key("disable-plugins", "strings", (), "Installed plugins (names of their entry points) that are switched off.", "File", adds=True),
    Key("per-file-ignores", "ignores", MappingProxyType({}), "File patterns, each with the rules that are off in the files it matches.", "File"),
    Key("severity", "levels", MappingProxyType({}), "Rules, each with the level it is reported at.", "File"),
    Key("rules", "options", MappingProxyType({}), "Options of rules: rules.<name>.<option>.", "File"),
)
KEYS: Mapping[str, Key] = MappingProxyType({key.name: key for key in _KEYS})

ONLY_FLAGS = ("config", "isolated", "stdin-filename", "output-file")
"""Flags of the command line that no configuration can set: a repository must not choose which files are written."""

MAX_JOBS = 1024
