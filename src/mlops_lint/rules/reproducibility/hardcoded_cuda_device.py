"""Program asks for a GPU without testing whether there is one.

On a laptop, in CI, on a CPU server or on a Mac such a program stops at its first tensor, so that nobody without the author's machine can run, test or debug
it. ``"cuda:1"`` fails even on most machines that have a GPU.

Choose the device once (``device = "cuda" if torch.cuda.is_available() else "cpu"``), let an option override it, and pass it on; or leave devices to
Accelerate or Lightning.

One finding for each file, with its other places as related. A test for devices anywhere in the program, a flag, a handler or a launcher that hands out
devices makes it fine. Libraries that run on GPUs alone, code that measures the GPU, notebooks that ask for a GPU machine and examples have low confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from mlops_lint.api import Confidence, Finding, Location, Project, Rule, Severity
from mlops_lint.facts.devices import GPU_CODE, TEST, USE, DeviceMention
from mlops_lint.facts.modules import Modules
from mlops_lint.facts.programs import REQUIRES, Program, modules, programs

rule = Rule(
    code="RP107",
    summary="program asks for a GPU without testing whether there is one",
    consideration="environments",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    requires=(DeviceMention, *REQUIRES),
    references=("https://docs.pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",),
)

_SHOWN = 8
# A file that is about GPUs by its name.
_ABOUT_GPUS = re.compile(r"(^|[/_-])(gpus?|cuda)[^/]*$", re.IGNORECASE)


@rule.on_project
def check(project: Project) -> Iterator[Finding]:
    """Report the first such place of each file."""
    mentions: dict[str, list[DeviceMention]] = {}
    for one in project.facts(DeviceMention):
        mentions.setdefault(one.path, []).append(one)
    tested = {path for path, found in mentions.items() if any(one.how == TEST for one in found)}
    special = {path for path, found in mentions.items() if any(one.how == GPU_CODE for one in found)}
    roles = {one.path: one.role for one in project.files}
    every: tuple[Program, ...] = project.derive(programs)
    for path, found in mentions.items():
        uses = [one for one in found if one.how == USE]
        if not uses or path in tested:
            continue
        reaching = [program for program in every if (path, "") in program.closure.reached]
        files: list[Set[str]] = [program.closure.files for program in reaching] or [_imported(path, project)]
        if all(not tested.isdisjoint(one) for one in files):
            continue
        confidence = Confidence.HIGH if reaching else Confidence.MEDIUM
        if path in special or any(not special.isdisjoint(one) for one in files) or roles.get(path) in ("example", "docs") or _ABOUT_GPUS.search(path):
            confidence = Confidence.LOW
        yield _finding(uses, confidence)


def _imported(path: str, project: Project) -> set[str]:
    """The files of the project that a file imports, and those that they import."""
    known: Modules = project.derive(modules)
    found = {path}
    waiting = [path]
    while waiting:
        body = known.by_key.get((waiting.pop(), ""))
        for name in body.imports if body is not None else ():
            for one in (known.module(name, path), known.module(name.rpartition(".")[0], path)):
                if one is not None and one not in found:
                    found.add(one)
                    waiting.append(one)
    return found


def _finding(uses: list[DeviceMention], confidence: Confidence) -> Finding:
    first, *others = uses
    more = f", here and in {len(others)} more place{'s' if len(others) > 1 else ''} of the file" if others else ""
    message = f"{first.what} needs a GPU, and nothing tests whether there is one{more}"
    if first.what[:1].isupper():
        message = f"device {message}"
    related = [Location(one.path, one.span, f"{one.what} here") for one in others[:_SHOWN]]
    return rule.finding(Location(first.path, first.span), message, related=related, confidence=confidence)
