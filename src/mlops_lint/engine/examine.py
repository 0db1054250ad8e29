"""One document, examined: its findings, facts and directives as plain data."""

from __future__ import annotations

import gc
import hashlib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_lint.core.finding import Finding, Location, Severity
from mlops_lint.core.outcome import NotAnalysed, Result
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.core.rule import Ruleset
from mlops_lint.documents.document import Document
from mlops_lint.documents.open import open_document
from mlops_lint.engine.directives import Directive, read_directives
from mlops_lint.engine.plan import Plan
from mlops_lint.engine.resolve import Resolver
from mlops_lint.facts.credentials import credential_spans
from mlops_lint.project.read import NotReadable, read_file

MAX_FILE_BYTES = 20_000_000
"""Files beyond this are not read at all."""
MAX_CODE_BYTES = 2_000_000
"""Python files beyond this are read by the text rules only."""

MOST_UNCOLLECTED = 50_000
"""Objects of examined files that may wait to be looked through for cycles."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file to examine. ``wanted`` files are reported on; the others give facts alone. ``data`` stands for a file that is not on disk (stdin)."""

    path: str
    kind: str
    wanted: bool
    size: int = 0
    data: bytes | None = None


@dataclass(slots=True)
class Examined:
    """What one file gave; everything in it can be sent between processes.

    ``digest`` is the SHA-256 of the bytes it was read from, empty when they could not be had. ``bears_secrets`` tells that the file holds what has the
    form of a credential: facts quote the program, so they must not be written anywhere.
    """

    path: str
    results: list[Result] = field(default_factory=list)
    facts: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    directives: list[Directive] = field(default_factory=list)
    not_analysed: list[NotAnalysed] = field(default_factory=list)
    secrets: frozenset[str] = frozenset()
    failed: bool = False
    analysed: bool = False
    digest: bytes = b""
    bears_secrets: bool = False


class Examiner:
    """Examines documents by one plan.

    ``severities`` are the configured levels by code, ``line_hashes`` asks for GitHub's hashes, and ``for_cache`` for a look at whether an answer may be kept.
    """

    def __init__(
        self, root: Path, plan: Plan, ruleset: Ruleset, severities: dict[str, Severity], line_hashes: bool, *, for_cache: bool = False
    ) -> None:
        self._root = root
        self._plan = plan
        self._ruleset = ruleset
        self._severities = severities
        self._line_hashes = line_hashes
        self._for_cache = for_cache

    def examine(self, task: Task) -> Examined:
        """Read one file and run all that applies to it. Never raises: what goes wrong is in the answer."""
        # Its trees live until it is done: looking for garbage among them again and again costs a sixth of the time and finds nothing.
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._examine(task)
        finally:
            if collects:
                gc.enable()
                if gc.get_count()[0] > MOST_UNCOLLECTED:
                    gc.collect(0)

    def _examine(self, task: Task) -> Examined:
        examined = Examined(task.path)
        data = task.data if task.data is not None else self._read(task, examined)
        if data is not None and len(data) > MAX_FILE_BYTES:
            examined.not_analysed.append(NotAnalysed(task.path, f"is larger than the limit of {MAX_FILE_BYTES:,} bytes", skipped=True))
            return examined
        if data is None:
            return examined
        examined.digest = hashlib.sha256(data).digest()
        if len(data) > MAX_CODE_BYTES and task.kind == "python":
            examined.not_analysed.append(NotAnalysed(task.path, f"larger than {MAX_CODE_BYTES:,} bytes, read as plain text", skipped=True))
            document = open_document("text", task.path, data)
        else:
            document = open_document(task.kind, task.path, data)
        try:
            self._look(task, document, examined)
        except (Exception, RecursionError) as error:
            examined.failed = True
            self._note(examined, self._resolver(document).problem("E908", f"tool failed on this file: {reason_of(error)}", Location(task.path)))
        document.release()
        return examined

    def _read(self, task: Task, examined: Examined) -> bytes | None:
        try:
            return read_file(self._root, task.path, MAX_FILE_BYTES)
        except NotReadable as error:
            if error.skipped:
                examined.not_analysed.append(NotAnalysed(task.path, str(error), skipped=True))
                return None
            if task.wanted:
                examined.results.append(self._resolver(None).problem("E907", f"file cannot be read: {error}", Location(task.path)))
            examined.not_analysed.append(NotAnalysed(task.path, f"E907: {error}"))
        return None

    def _note(self, examined: Examined, problem: Result, wanted: bool = True) -> None:
        """Report one of the tool's own problems, and list the file; both in the words of the result, in which no secret is left."""
        if wanted:
            examined.results.append(problem)
        if PROBLEMS[problem.code].unread:
            examined.not_analysed.append(NotAnalysed(examined.path, f"{problem.code}: {problem.message}"))

    def _resolver(self, document: Document | None) -> Resolver:
        resolver = Resolver(lambda path: None, self._ruleset, self._severities, self._line_hashes)
        if document is not None:
            resolver.add(document)
        return resolver

    def _look(self, task: Task, document: Document, examined: Examined) -> None:
        document.parse()
        resolver = self._resolver(document)
        findings: list[Finding] = []
        crashes: dict[str, str] = {}
        if task.wanted:
            for code, iterator in self._plan.hooks_on(document):
                if code not in crashes and (crash := drain(iterator, findings, Finding)) is not None:
                    crashes[code] = crash
        # A finding across files may stand in a file that was not named, and be suppressed there.
        examined.directives = read_directives(document)
        for fact in self._plan.facts:
            if document.kind in fact.kinds:  # type: ignore[attr-defined]
                found: list[Any] = []
                if (crash := drain(fact.collect(document), found)) is not None:  # type: ignore[attr-defined]
                    crashes[f"facts of {fact.__name__}"] = crash
                elif found:
                    examined.facts[fact_key(fact)] = tuple(found)
        for finding in findings:
            resolver.note_secrets(finding)
        for finding in findings:
            try:
                examined.results.append(resolver.result(finding))
            except Exception as error:  # of a rule that is not loaded, or at a place that is none
                crashes[finding.rule] = reason_of(error)
        for code, crash in crashes.items():
            examined.failed = True
            self._note(examined, resolver.problem("E908", f"{code} crashed on this file: {crash}", Location(task.path)))
        for problem in document.problems:
            self._note(examined, resolver.problem(problem.code, problem.message, Location(task.path, problem.span)), task.wanted)
        if getattr(document, "too_large", False):
            examined.not_analysed.append(NotAnalysed(task.path, "too large to be configuration, read as plain text", skipped=True))
        examined.secrets = frozenset(resolver.secrets.get(task.path, ()))
        if self._for_cache:
            examined.bears_secrets = bool(examined.secrets) or any(True for _ in credential_spans(document.text))
        examined.analysed = not examined.not_analysed


def fact_key(fact: type) -> str:
    """The name under which the facts of a type travel."""
    return f"{fact.__module__}.{fact.__qualname__}"


def drain(iterator: Iterator[Any], into: list[Any], kind: type = object) -> str | None:
    """Take all that an iterator of a rule gives; the reason if it raised, or gave something of another kind. What came before stays."""
    try:
        for one in iterator:
            if not isinstance(one, kind):
                return f"it gave a {type(one).__name__}, not a {kind.__name__}"
            into.append(one)
    except MemoryError:
        return "out of memory"
    except BaseException as error:
        # Whatever it is, it is the rule's: rules run on a thread of their own, where no interrupt arrives.
        return reason_of(error)
    return None


def reason_of(error: BaseException) -> str:
    """An exception in one line with the place in our code where it arose; never a traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200] + where


Examine = Callable[[Task], Examined]
