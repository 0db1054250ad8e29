"""Views of YAML documents that run things: GitHub workflows and actions, GitLab pipelines, and the scripts of these and their kin.

A script inside a YAML scalar is read with the places of the file: exactly for plain, quoted, literal and folded scalars whose words stand in the file
as they are read, else by the scalar's first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mlops_lint.documents.mapping import MappingDocument, Node
from mlops_lint.documents.shell import Command, Script, Word, commands, inner_script, moved
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.text.span import Span

_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)")
_LINE = re.compile(r"[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job. ``uses``, ``run``, ``env`` and ``inputs`` (``with``) are its nodes, ``where`` its path for people."""

    node: Node
    where: str

    @property
    def uses(self) -> Node | None:
        """The action it uses."""
        return _scalar(self.node.child("uses"))

    @property
    def run(self) -> Node | None:
        """The script it runs."""
        return _scalar(self.node.child("run"))

    @property
    def env(self) -> Node | None:
        """Its environment."""
        return self.node.child("env")

    @property
    def inputs(self) -> Node | None:
        """What it hands to the action (``with``)."""
        return self.node.child("with")

    @property
    def shell(self) -> str | None:
        """The shell it names."""
        node = _scalar(self.node.child("shell"))
        return node.text if node is not None else None


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name, its node, its steps, and the nodes that name the images it runs in."""

    name: str
    node: Node
    steps: tuple[Step, ...]
    images: tuple[Node, ...]

    @property
    def env(self) -> Node | None:
        """Its environment."""
        return self.node.child("env")


class Workflow:
    """A GitHub workflow, or a composite action as a workflow of one job called ``runs``."""

    def __init__(self, doc: YamlDocument) -> None:
        self.doc = doc

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs in order."""
        root = self.doc.root
        if root is None:
            return ()
        runs = root.child("runs")
        if runs is not None and root.child("jobs") is None:
            image = _scalar(runs.child("image"))
            return (Job("runs", runs, tuple(_steps(runs, "runs")), () if image is None else (image,)),)
        jobs = root.child("jobs")
        if jobs is None or jobs.kind != "mapping":
            return ()
        return tuple(
            Job(str(name), node, tuple(_steps(node, f"jobs.{name}")), tuple(_job_images(node)))
            for name, node in jobs.children()
            if node.kind == "mapping"
        )

    @property
    def steps(self) -> Iterator[Step]:
        """The steps of all jobs."""
        for job in self.jobs:
            yield from job.steps

    def shell_of(self, job: Job, step: Step) -> str | None:
        """The shell that a step's script is for: its own, the job's default or the workflow's; ``None`` is the runner's, a POSIX one on Linux."""
        if step.shell is not None:
            return step.shell
        for node in (job.node, self.doc.root):
            shell = node.get("defaults", "run", "shell") if node is not None else None
            if isinstance(shell, str):
                return shell
        return None

    def scripts(self) -> Iterator[Script]:
        """The shell scripts of the steps; those for Python, PowerShell and the like are left out."""
        for job in self.jobs:
            for step in job.steps:
                shell = self.shell_of(job, step)
                if step.run is not None and (shell is None or _POSIX_SHELL.match(shell)):
                    yield scalar_script(self.doc, step.run, f"{step.where}.run")


_POSIX_SHELL = re.compile(r"(?:\S*/)?(?:ba|z|da|k)?sh\b")
_GITLAB_KEYWORDS = frozenset(
    "after_script before_script cache default image include pages:deploy services spec stages types variables workflow".split()
)
_SCRIPT_KEYS = ("before_script", "script", "after_script")


class GitlabPipeline:
    """A GitLab CI file."""

    def __init__(self, doc: YamlDocument) -> None:
        self.doc = doc

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs, hidden ones (``.name``) too; they have no steps."""
        return tuple(
            Job(str(name), node, (), tuple(_gitlab_images(node)))
            for root in self.doc.roots
            for name, node in root.children()
            if node.kind == "mapping" and name not in _GITLAB_KEYWORDS
        )

    @cached_property
    def images(self) -> tuple[Node, ...]:
        """The nodes that name images: the file's own, the default's and the jobs'."""
        found: list[Node] = []
        for root in self.doc.roots:
            found.extend(_gitlab_images(root))
            default = root.child("default")
            if default is not None:
                found.extend(_gitlab_images(default))
        for job in self.jobs:
            found.extend(job.images)
        return tuple(found)

    def variable(self, name: str) -> str | None:
        """The value of a variable that the file sets for all jobs."""
        for root in self.doc.roots:
            node = root.at("variables", name)
            if node is not None and node.kind == "mapping":
                node = node.child("value")
            if node is not None and node.kind == "scalar":
                return node.text
        return None

    def scripts(self) -> Iterator[Script]:
        """The script lines of the file, its default and its jobs."""
        places = [("", root) for root in self.doc.roots]
        places += [("default.", default) for root in self.doc.roots if (default := root.child("default")) is not None]
        places += [(f"{job.name}.", job.node) for job in self.jobs]
        for where, node in places:
            for key in _SCRIPT_KEYS:
                script = node.child(key)
                if script is not None:
                    for line in _scalars(script):
                        yield scalar_script(self.doc, line, f"{where}{key}")


_CONTAINER_LISTS = frozenset(("containers", "initContainers", "ephemeralContainers", "sidecars"))
_SCRIPT_PATTERNS = {
    "compose": ("services.*.command", "services.*.entrypoint"),
    "dvc": ("stages.*.cmd", "stages.*.cmd[*]", "stages.*.do.cmd", "stages.*.do.cmd[*]", "cmd"),
    "mlproject": ("entry_points.*.command",),
}


def run_scripts(doc: YamlDocument) -> tuple[Script, ...]:
    """The shell scripts of a workflow, an action, a GitLab pipeline, a compose file, a DVC pipeline or an MLproject; else nothing."""
    flavour = doc.flavour
    if flavour in ("github-workflow", "github-action"):
        return tuple(Workflow(doc).scripts())
    if flavour == "gitlab-ci":
        return tuple(GitlabPipeline(doc).scripts())
    return tuple(
        scalar_script(doc, node, ".".join(map(str, path)))
        for pattern in _SCRIPT_PATTERNS.get(flavour, ())
        for path, node in doc.find(pattern)
        if node.kind == "scalar" and isinstance(node.value, str)
    )


def run_commands(doc: YamlDocument) -> tuple[Command, ...]:
    """The commands that a document runs: those of its scripts, and the word lists of compose services and Kubernetes containers."""
    found = [command for script in run_scripts(doc) for command in script.commands()]
    if doc.flavour == "compose":
        for pattern in _SCRIPT_PATTERNS["compose"]:
            for _, node in doc.find(pattern):
                if node.kind == "sequence":
                    found.extend(_listed(doc, [node]))
    elif doc.flavour == "kubernetes":
        for container in containers(doc):
            parts = [part for key in ("command", "args") if (part := container.child(key)) is not None and part.kind == "sequence"]
            found.extend(_listed(doc, parts))
    return tuple(found)


def containers(doc: YamlDocument) -> Iterator[Node]:
    """The mappings that describe a container in any pod template, workflow template or model server of a document."""
    for path, node in doc.walk():
        if node.kind != "mapping" or not path:
            continue
        listed = len(path) > 1 and isinstance(path[-1], int) and path[-2] in _CONTAINER_LISTS
        if listed or path[-1] in ("container", "script"):
            yield node


def scalar_script(doc: MappingDocument, node: Node, where: str = "") -> Script:
    """A scalar's text as a script, each line of which is looked up in the file."""
    start, end = node.span.start, node.span.end
    text = doc.text
    header = _BLOCK_HEADER.match(text, start, end)
    if header is not None:
        start = header.end()
    elif text[start : start + 1] in ("'", '"') and end - start > 1:
        start, end = start + 1, end - 1
    pieces: list[tuple[int, int]] = []
    position = 0
    for match in _LINE.finditer(text, start, end):
        line = match[0].strip()
        if not line:
            continue
        position = _past_blanks(node.text, position)
        if not node.text.startswith(line, position):
            break
        pieces.append((position, match.start() + len(match[0]) - len(match[0].lstrip())))
        position += len(line)
    else:
        if _past_blanks(node.text, position) == len(node.text):
            return Script(node.text, node.span, tuple(pieces), where=where)
    line_end = text.find("\n", node.span.start, node.span.end)
    first = Span(node.span.start, node.span.end if line_end < 0 else line_end)
    return Script(node.text, first, (), exact=False, where=where)


def _past_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _listed(doc: MappingDocument, parts: list[Node]) -> Iterator[Command]:
    """The command whose words are the items of sequences, and the commands of a shell script among them."""
    nodes = [item for part in parts for _, item in part.children() if item.kind == "scalar"]
    if not nodes:
        return
    words = tuple(Word(node.text, node.span, "$" in node.text or "{{" in node.text) for node in nodes)
    command = Command(words, Span(min(word.span.start for word in words), max(word.span.end for word in words)))
    yield command
    inner = inner_script(command)
    if inner is not None:
        script = scalar_script(doc, nodes[words.index(inner)])
        yield from (moved(found, script.locate) for found in commands(script.text))


def _scalar(node: Node | None) -> Node | None:
    return node if node is not None and node.kind == "scalar" and isinstance(node.value, str) else None


def _scalars(node: Node) -> Iterator[Node]:
    """The strings of a scalar or of nested sequences, in order."""
    stack = [node]
    seen: set[int] = set()
    while stack:
        one = stack.pop()
        if _scalar(one) is not None:
            yield one
        elif one.kind == "sequence" and id(one.items) not in seen:
            seen.add(id(one.items))
            stack.extend(reversed([child for _, child in one.children()]))


def _steps(node: Node, where: str) -> Iterator[Step]:
    steps = node.child("steps")
    if steps is not None and steps.kind == "sequence":
        for index, step in steps.children():
            if step.kind == "mapping":
                yield Step(step, f"{where}.steps[{index}]")


def _job_images(node: Node) -> Iterator[Node]:
    container = node.child("container")
    if container is not None:
        image = _scalar(container) or _scalar(container.child("image"))
        if image is not None:
            yield image
    services = node.child("services")
    if services is not None and services.kind == "mapping":
        for _, service in services.children():
            image = _scalar(service.child("image"))
            if image is not None:
                yield image


def _gitlab_images(node: Node) -> Iterator[Node]:
    image = node.child("image")
    named = _scalar(image) or (_scalar(image.child("name")) if image is not None else None)
    if named is not None:
        yield named
    services = node.child("services")
    if services is not None and services.kind == "sequence":
        for _, service in services.children():
            named = _scalar(service) or _scalar(service.child("name"))
            if named is not None:
                yield named
