"""One run from the list of files to the outcome."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence

from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Finding, Location
from mlops_lint.core.outcome import NotAnalysed, Outcome, Result
from mlops_lint.core.rule import Ruleset
from mlops_lint.documents.classify import kind_of, role_of
from mlops_lint.documents.document import Document
from mlops_lint.documents.open import open_document
from mlops_lint.engine.cache import Cache
from mlops_lint.engine.examine import MAX_FILE_BYTES, Examine, Examined, Examiner, Task, drain, fact_key, reason_of
from mlops_lint.engine.plan import Plan, lazily
from mlops_lint.engine.remembered import Remembered
from mlops_lint.engine.request import Request
from mlops_lint.engine.resolve import Resolver, finish_fingerprints
from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.engine.suppress import Suppressions, touches
from mlops_lint.engine.workers import can_fork, can_start, examine_all
from mlops_lint.project.discover import Discovery, discover
from mlops_lint.project.patterns import PathPatterns
from mlops_lint.project.project import Project, ProjectFile
from mlops_lint.project.read import NotReadable, native, read_file
from mlops_lint.project.repository import Repository
from mlops_lint.project.snapshot import Snapshot

SMALL_JOB_BYTES = 300_000
"""Below this many bytes of code the start of workers costs more than it saves."""

Progress = Callable[[int, int], None]


def run(request: Request, ruleset: Ruleset, progress: Progress | None = None, snapshot: Snapshot | None = None) -> Outcome:
    """Analyse what a request names and report on it; into ``snapshot`` goes what was seen of the disk, when there is a cache.

    Never raises for what an analysed file holds; a rule that crashes is a result of its own and sets ``failed``.
    """
    return _Run(request, ruleset, progress, snapshot).outcome()


class _Run:
    def __init__(self, request: Request, ruleset: Ruleset, progress: Progress | None, snapshot: Snapshot | None) -> None:
        self._request = request
        self._snapshot = snapshot
        self._ruleset = ruleset
        self._settings: Settings = request.settings
        self._progress = progress
        self._plan = Plan(ruleset, request.active, self._settings.options)
        self._timings: dict[str, float] = {}
        self._notices: list[str] = []
        self._secretive: frozenset[str] = frozenset()

    def outcome(self) -> Outcome:
        started = time.perf_counter()
        repository = Repository.open(self._request.root)
        if not repository.available and (self._request.root / ".git").exists():
            self._notices.append(f"git facts are missing: {repository.reason}")
        discovery = self._discover(repository)
        self._lap("discover", started)

        cache = Cache.open(self._request.cache_dir) if self._request.cache_dir is not None else None
        with cache or contextlib.nullcontext():
            started = time.perf_counter()
            tasks = self._tasks(discovery)
            remembered = Remembered(cache, self._request, self._plan, self._snapshot) if cache is not None else None
            examined = {one.path: one for one in self._examine(tasks, remembered)}
            self._lap("examine", started)

            started = time.perf_counter()
            wanted = {task.path for task in tasks if task.wanted}
            results, failed = self._across(discovery, repository, examined, wanted)
            self._lap("project", started)

            if remembered is not None:
                # Only now is it known which files hold secrets that nothing but another file gives away.
                started = time.perf_counter()
                remembered.keep(self._secretive)
                self._finish_snapshot(discovery, repository)
                self._lap("keep", started)

        results = self._finish(results, examined, wanted)
        skipped = self._not_analysed(discovery, examined, wanted)
        unreadable = [path for path, _ in discovery.unreadable if path in discovery.asked]
        lost = {one.path for one in skipped} | set(unreadable)
        return Outcome(
            results=tuple(results),
            not_analysed=tuple(skipped),
            files_analysed=len(wanted - lost),
            notices=tuple(self._notices),
            failed=failed or any(one.failed for one in examined.values()),
            timings=self._timings,
        )

    def _finish_snapshot(self, discovery: Discovery, repository: Repository) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        idle = snapshot.idle_folders(entry.path for entry in discovery.files)
        ignored = repository.is_ignored(f"{folder}/" for folder in idle) if idle and repository.available else ()
        snapshot.finish([folder.rstrip("/") for folder in ignored], commits=repository.asked_for_commits)

    def _lap(self, name: str, started: float) -> None:
        self._timings[name] = time.perf_counter() - started

    # -- files ---------------------------------------------------------------------------------------------------------------------------------------

    def _discover(self, repository: Repository) -> Discovery:
        settings = self._settings
        exclude = self._exclude()
        named = [os.fspath(self._request.root / path) for path in self._request.paths]
        return discover(self._request.root, named, repository, exclude, settings.force_exclude)

    def _exclude(self) -> tuple[str, ...]:
        return (*self._settings.exclude, *self._settings.extend_exclude)

    def _tasks(self, discovery: Discovery) -> list[Task]:
        everything = bool(self._plan.facts or self._plan.project)
        tasks = []
        stdin = self._request.stdin
        for entry in discovery.files:
            kind = entry.kind
            if kind is None or (stdin is not None and entry.path == stdin[0]):
                continue
            wanted = entry.named and stdin is None
            if wanted or everything:
                tasks.append(Task(entry.path, kind, wanted, self._size(entry.path)))
        if stdin is not None and not (self._settings.force_exclude and PathPatterns(self._exclude()).matches(stdin[0])):
            tasks.append(Task(stdin[0], kind_of(stdin[0]) or "python", True, len(stdin[1]), stdin[1]))
        return tasks

    def _size(self, path: str) -> int:
        try:
            return (self._request.root / native(path)).lstat().st_size
        except OSError:
            return 0

    def _examiner(self) -> Examine:
        severities = dict(self._settings.severity)
        keeps = self._request.cache_dir is not None
        return Examiner(self._request.root, self._plan, self._ruleset, severities, self._request.line_hashes, for_cache=keeps).examine

    def _examine(self, tasks: Sequence[Task], remembered: Remembered | None) -> Iterator[Examined]:
        """What all files give, in no particular order: remembered from an earlier run, or worked out."""
        if remembered is None:
            yield from self._work_out(tasks, len(tasks))
            return
        new: dict[str, Task] = {}
        with _without_collection():
            recalled = list(remembered.recall(tasks))
        for task, known in recalled:
            if known is not None:
                yield known
            else:
                new[task.path] = task
        for examined in self._work_out(list(new.values()), len(tasks)):
            remembered.note(new[examined.path], examined)
            yield examined

    def _work_out(self, tasks: Sequence[Task], total: int) -> Iterator[Examined]:
        known = total - len(tasks)
        jobs = max(1, self._request.jobs)
        if len(tasks) < 2 or sum(task.size for task in tasks) < SMALL_JOB_BYTES:
            jobs = 1
        if not (can_fork() or (jobs > 1 and can_start())):
            # One file that breaks the process breaks the run here; where forking is possible, even a single job has a process of its own.
            examine = self._examiner()
            yield from _in_one_thread(tasks, examine, self._progress)
            return
        for done, one in enumerate(examine_all(tasks, self._examiner, jobs, self._lost), known + 1):
            if self._progress is not None:
                self._progress(done, total)
            yield one

    def _lost(self, task: Task, code: str) -> Examined:
        message = "its worker process died while reading it" if code == "E904" else "it took more than its time"
        resolver = Resolver(lambda path: None, self._ruleset, self._settings.severity)
        examined = Examined(task.path)
        if task.wanted:
            examined.results.append(resolver.problem(code, f"file was given up: {message}", Location(task.path)))
        examined.not_analysed.append(NotAnalysed(task.path, f"{code}: {message}"))
        return examined

    def _open(self, path: str) -> Document | None:
        """A document once more, for the places of findings across files."""
        stdin = self._request.stdin
        if stdin is not None and path == stdin[0]:
            return open_document(kind_of(path) or "python", path, stdin[1])
        kind = kind_of(path)
        if kind is None:
            return None
        try:
            return open_document(kind, path, read_file(self._request.root, path, MAX_FILE_BYTES))
        except NotReadable:
            return None

    # -- across files --------------------------------------------------------------------------------------------------------------------------------

    def _across(self, discovery: Discovery, repository: Repository, examined: dict[str, Examined], wanted: set[str]) -> tuple[list[Result], bool]:
        results = [result for one in examined.values() for result in one.results]
        resolver = Resolver(self._open, self._ruleset, self._settings.severity, self._request.line_hashes)
        for one in examined.values():
            if one.secrets:
                resolver.secrets[one.path] = set(one.secrets)
        for path, reason in discovery.unreadable:
            if path not in discovery.asked:
                continue
            message = reason if reason.startswith("folder ") else f"file cannot be read: {reason}"
            results.append(resolver.problem("E907", message, Location(path)))
        if not self._plan.project:
            return results, False
        found_in = [examined[path].facts for path in sorted(examined)]
        keys = {kind: fact_key(kind) for kind in self._plan.facts}
        facts = {kind: [fact for one in found_in for fact in one.get(key, ())] for kind, key in keys.items()}
        files = [ProjectFile(entry.path, entry.kind, role_of(entry.path)) for entry in discovery.files if entry.kind is not None]
        # A finding may also stand in a file that nobody reads, such as a key that is tracked.
        named = wanted if self._request.stdin is not None else wanted | {entry.path for entry in discovery.files if entry.named}
        everything = all(entry.named for entry in discovery.files) and self._request.stdin is None
        project = Project(files, facts, repository, None if everything else frozenset(named))

        def ask() -> tuple[list[Result], bool]:
            found: list[Result] = []
            every: list[Finding] = []
            crashes: dict[str, str] = {}
            for bound in self._plan.project:
                if (crash := drain(lazily(bound.check, project), every, Finding)) is not None:
                    crashes[bound.code] = crash
            for finding in every:
                resolver.note_secrets(finding)
            every.sort(key=_path_of)  # the resolver keeps few documents open
            for finding in every:
                try:
                    found.append(resolver.result(finding))
                except Exception as error:  # of a rule that is not loaded
                    crashes[finding.rule] = reason_of(error)
            for code, crash in crashes.items():
                # It needs a place; the first file is as good as any.
                anchor = min(wanted, default="")
                problem = resolver.problem("E908", f"{code} crashed on the project: {crash}", Location(anchor))
                if anchor:
                    found.append(problem)
                    examined[anchor].not_analysed.append(NotAnalysed(anchor, f"E908: {problem.message}"))
                else:
                    self._notices.append(f"E908: {problem.message}")
            self._secretive = frozenset(path for path, texts in resolver.secrets.items() if texts)
            return found, bool(crashes)

        with _without_collection():
            more, broken = call_with_large_stack(ask)
        return results + [result for result in more if touches(result, named)], broken

    # -- decisions -----------------------------------------------------------------------------------------------------------------------------------

    def _finish(self, results: list[Result], examined: dict[str, Examined], wanted: set[str]) -> list[Result]:
        active = self._request.active
        ignores = [(PathPatterns([pattern.removeprefix("!")]), pattern.startswith("!"), codes) for pattern, codes in self._settings.per_file_ignores]

        def ignored(path: str, code: str) -> bool:
            return any(code in codes and patterns.matches(path) is not negated for patterns, negated, codes in ignores)

        def shown(one: Result) -> bool:
            return one.confidence >= self._settings.min_confidence and not ignored(one.place.path, one.code)

        # Everything is numbered and held against the suppressions, also what is not shown: a fingerprint must not hang on the confidence that is asked
        # for, and a suppression of something that is hidden is not idle.
        known = finish_fingerprints(sorted((one for one in results if one.code in active), key=lambda one: one.sort_key))
        suppressions = {path: Suppressions(one.directives, self._ruleset) for path, one in examined.items() if one.directives}
        known = [suppressions[one.place.path].apply(one) if one.place.path in suppressions else one for one in known]
        kept = [one for one in known if shown(one)]
        complaints: list[Result] = []
        for path, suppression in suppressions.items():
            if path not in wanted:
                continue
            resolver = Resolver(self._open, self._ruleset, self._settings.severity, self._request.line_hashes)
            resolver.secrets[path] = set(examined[path].secrets)
            for code, message, directive in suppression.complaints(active, self._ruleset):
                if code in active and not ignored(path, code):
                    complaint = resolver.problem(code, message, Location(path, directive.span))
                    complaints.append(suppression.apply(complaint))
        finished = kept + finish_fingerprints(sorted(complaints, key=lambda one: one.sort_key))
        return sorted(finished, key=lambda one: one.sort_key)

    def _not_analysed(self, discovery: Discovery, examined: dict[str, Examined], wanted: set[str]) -> list[NotAnalysed]:
        found = [NotAnalysed(path, reason, skipped=True) for path, reason in discovery.skipped if path in discovery.asked]
        found += [NotAnalysed(path, f"E907: {reason}") for path, reason in discovery.unreadable if path in discovery.asked]
        seen: set[str] = set()
        for path in sorted(wanted):
            for one in examined[path].not_analysed:
                if path not in seen:
                    seen.add(path)
                    found.append(one)
        return sorted(found, key=lambda one: (one.path, one.reason))


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Facts and runs live to the end: looking for garbage among them again and again costs more than there is to find."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _path_of(finding: Finding) -> str:
    """The path of a finding, whatever a plugin may have put into it."""
    return str(getattr(finding.location, "path", ""))


def _in_one_thread(tasks: Sequence[Task], examine: Examine, progress: Progress | None) -> list[Examined]:
    def work() -> list[Examined]:
        found = []
        for done, task in enumerate(tasks, 1):
            found.append(examine(task))
            if progress is not None:
                progress(done, len(tasks))
        return found

    return call_with_large_stack(work)
