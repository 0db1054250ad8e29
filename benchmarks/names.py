"""Our names against libcst's own: over every call in the given folders, what each says that the callee is called.

    python benchmarks/names.py FOLDER...

Prints how many calls both resolve through an import, in how many they agree, and every disagreement. libcst's provider gives candidates per scope; a call
counts as *plain imported* when all of its candidates come from imports.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, QualifiedNameSource

from mlops_lint.engine.stack import call_with_large_stack
from mlops_lint.python.program import Program


@dataclass(frozen=True, slots=True)
class Difference:
    """One call about which the two disagree: its place, and the names that each gives."""

    path: str
    line: int
    ours: frozenset[str]
    theirs: frozenset[str]


@dataclass(slots=True)
class Comparison:
    """What was compared: calls that libcst resolves through imports alone, and those on which we differ."""

    compared: int = 0
    differences: list[Difference] | None = None


def compare(code: str, path: str = "x.py") -> Comparison:
    """The calls of one module, resolved both ways; nothing where either parser gives up."""
    result = Comparison(differences=[])
    program = Program(code, "")
    if program.problem is not None:
        return result
    ours = {}
    for call in program.names.calls:
        span = program.span(call)
        ours[(span.start, span.end)] = program.names.names(call.func)
    try:
        wrapper = MetadataWrapper(cst.parse_module(code), unsafe_skip_copy=True)
        qualified, positions = wrapper.resolve(QualifiedNameProvider), wrapper.resolve(PositionProvider)
    except (cst.ParserSyntaxError, RecursionError):
        return result
    for node, where in positions.items():
        if not isinstance(node, cst.Call):
            continue
        names = qualified.get(node.func)
        found = names() if callable(names) else names
        if not found or any(one.source is not QualifiedNameSource.IMPORT for one in found):
            continue
        if isinstance(node.func, (cst.Call, cst.Subscript)) or any(isinstance(part, (cst.Call, cst.Subscript)) for part in _below(node.func)):
            continue  # the result of a call has no name of its own
        start = program.line_map.offset(where.start.line, where.start.column + 1)
        end = program.line_map.offset(where.end.line, where.end.column + 1)
        theirs = frozenset(one.name for one in found)
        if any(name.startswith(".") for name in theirs) or (start, end) not in ours:
            continue  # relative imports need the module's own name; libcst counts the brackets around a call to it
        result.compared += 1
        if ours[(start, end)] != theirs:
            assert result.differences is not None
            result.differences.append(Difference(path, where.start.line, ours[(start, end)], theirs))
    return result


def _below(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    while isinstance(node, cst.Attribute):
        node = node.value
        yield node


def main(folders: list[str]) -> None:
    """Compare all modules below some folders."""
    compared, differing = 0, []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            try:
                code = path.read_text("utf-8")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    ast.parse(code)
            except (OSError, UnicodeDecodeError, SyntaxError, ValueError, RecursionError):
                continue
            found = compare(code, str(path))
            compared += found.compared
            differing.extend(found.differences or ())
    for one in differing:
        print(f"{one.path}:{one.line}: ours {sorted(one.ours)}, libcst {sorted(one.theirs)}")
    share = 100 * (1 - len(differing) / compared) if compared else 100.0
    print(f"{compared:,} calls of imported names, {len(differing):,} differ: {share:.2f} % agree")


if __name__ == "__main__":
    call_with_large_stack(lambda: main(sys.argv[1:]))
