"""Hidden state: names that a notebook reads although no cell above defines them, so that only a kernel with a history can run it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.documents.magics import Magic
from mlops_lint.documents.notebook import Cell, NotebookDocument
from mlops_lint.facts.name_steps import BIND, CALL, DEFINE, GUARD, READ, UNBIND, UNKNOWN, Step, steps_of
from mlops_lint.knowledge.notebooks import (
    AMBIENT_NAMES,
    AUTOMATIC_WORDS,
    EXTENSION_NAMES,
    FOREIGN_CELL_MAGICS,
    HARMLESS_EXTENSIONS,
    HARMLESS_LINE_MAGICS,
)

LATER, SAME_CELL, DELETED, NOWHERE = "later", "same cell", "deleted", "nowhere"

_NAME = re.compile(r"[^\W\d]\w*")
_OWN = re.compile(r"__\w+__|_+|_+\d+|_i+|_i\d+|_[oid]h|_sh|_exit_code|_dntk|_deepnote\w*")
_FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_MAX_CALLS = 12


@dataclass(frozen=True, slots=True)
class HiddenRead:
    """The first read of a name that nothing above defines.

    ``how``: ``later`` (a cell further down defines it), ``same cell`` (its own cell does, further down), ``deleted`` (a cell above removes it) or
    ``nowhere``. ``place`` is the read, or the call that leads to it; ``reader`` is the function that reads it then, and ``read`` the read itself. ``other``
    is where the name is defined or deleted. ``certain``: nothing decides whether the read happens. ``deferred``: it stands in a function that no cell calls.
    """

    name: str
    how: str
    place: ast.AST
    cell: Cell
    read: ast.AST
    reader: str = ""
    other: ast.AST | None = None
    other_cell: Cell | None = None
    certain: bool = True
    deferred: bool = False


def hidden_reads(doc: NotebookDocument) -> list[HiddenRead]:
    """The reads of a notebook that nothing above them defines, one for each name, in order of place."""
    if not doc.tree.body:
        return []
    found = _Run(doc).found()
    return sorted(found, key=lambda one: doc.program.span(one.place).start)


@dataclass(frozen=True, slots=True)
class _Missing:
    place: ast.AST
    read: ast.AST
    reader: str
    certain: bool


class _Run:
    """The cells from top to bottom, as far as names go."""

    def __init__(self, doc: NotebookDocument) -> None:
        self.doc = doc
        self.names = doc.scopes
        self.defined: set[str] = set()
        self.guarded: set[str] = set()
        self.unbound: dict[str, ast.AST] = {}
        self.unknown = False
        self.missing: dict[str, list[_Missing]] = {}
        self.bodies: dict[str, ast.AST] = {}
        self.deferred: list[ast.AST] = []
        self._steps: dict[int, list[Step]] = {}

    def found(self) -> Iterator[HiddenRead]:
        """Run all cells; what was missing."""
        self._look_around()
        for cell, nodes in self._cells():
            self._cell(cell, nodes)
        for name, reads in self.missing.items():
            if name not in self.guarded and (found := self._judged(name, reads)) is not None:
                yield found
        if not self.unknown:
            yield from self._never_called()

    def _look_around(self) -> None:
        """Names that no cell has to define before they are read."""
        for name in ("TypeVar", "ParamSpec", "TypeVarTuple"):
            # Python before 3.12 has no such nodes.
            if (kind := getattr(ast, name, None)) is not None:
                self.guarded.update(str(node.name) for node in self.names.nodes(kind))
        for node in self.names.nodes(ast.Global):
            self.guarded.update(node.names)
        for cell in self.doc.cells:
            if isinstance(name := cell.node.get("metadata", "name"), str):
                self.guarded.add(name)

    def _cells(self) -> Iterator[tuple[Cell, list[ast.stmt]]]:
        """The cells that hold Python with their statements; cells that the notebook runs when it is opened come first."""
        nodes: dict[int, list[ast.stmt]] = {}
        for node in self.doc.tree.body:
            cell = self.doc.cell_of_code(self.doc.program.span(node).start)
            if cell is not None:
                nodes.setdefault(cell.number, []).append(node)
        cells = sorted(self.doc.code_cells, key=lambda one: not one.node.get("metadata", "init_cell"))
        for cell in cells:
            yield cell, nodes.get(cell.number, [])

    def _cell(self, cell: Cell, nodes: list[ast.stmt]) -> None:
        text = cell.source.text
        language = cell.node.get("metadata", "vscode", "languageId") or cell.node.get("metadata", "language") or "python"
        if (not nodes and cell.code.strip(" 0\r\n\t")) or language != "python":
            # A cell that is no Python after all may define whatever it speaks of.
            if not _is_comment(cell.code):
                self.defined.update(_NAME.findall(text))
            return
        magics = list(cell.magics)
        expects_error = "raises-exception" in cell_tags(cell)
        for node in nodes:
            end = self.doc.program.span(node).end - (cell.code_start or 0)
            while magics and magics[0].span.start < end:
                self._magic(magics.pop(0))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and self._is_magic_word(node.value.id):
                continue
            for step in steps_of([node], self.names):
                if not (expects_error and step.what in (READ, CALL)):
                    self._step(step)
        for magic in magics:
            self._magic(magic)

    def _is_magic_word(self, name: str) -> bool:
        """Whether IPython takes a word alone on its line for a magic."""
        return (name in AUTOMATIC_WORDS or name in HARMLESS_LINE_MAGICS) and name not in self.names.root.bindings

    # -- steps ---------------------------------------------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        if step.what == READ:
            self._read(step, step.node, "", not step.conditional)
        elif step.what == BIND:
            self.defined.add(step.name)
            self.bodies.pop(step.name, None)
        elif step.what == UNBIND:
            if not step.conditional:
                self.defined.discard(step.name)
                self.unbound[step.name] = step.node
        elif step.what == DEFINE:
            self.deferred.append(step.node)
            if step.name and not step.conditional and isinstance(step.node, _FUNCTION_NODES) and not _is_run_elsewhere(step.node):
                self.bodies[step.name] = step.node
        elif step.what == CALL:
            self._call(step, step.node, not step.conditional, [])
        elif step.what == GUARD:
            self.guarded.add(step.name)
        elif step.what == UNKNOWN:
            self.unknown = True

    def _read(self, step: Step, place: ast.AST, reader: str, certain: bool) -> None:
        if self.unknown or step.name in self.defined or step.name in AMBIENT_NAMES or _OWN.fullmatch(step.name):
            return
        self.missing.setdefault(step.name, []).append(_Missing(place, step.node, reader, certain))

    def _call(self, call: Step, place: ast.AST, certain: bool, running: list[ast.AST]) -> None:
        """Run the body of a function of the notebook: what it reads must be there by now."""
        node = self.bodies.get(call.name)
        if node is None or node in running or len(running) >= _MAX_CALLS or self.unknown:
            return
        for body in _bodies(node):
            for step in self._steps_of(body):
                if step.what == READ:
                    self._read(step, place, call.name, certain and not step.conditional)
                elif step.what == CALL:
                    self._call(step, place, certain and not step.conditional, [*running, node])
                elif step.what in (BIND, GUARD, UNKNOWN):
                    self._step(step)

    def _steps_of(self, body: ast.AST) -> list[Step]:
        found = self._steps.get(id(body))
        if found is None:
            found = self._steps[id(body)] = steps_of([body.body] if isinstance(body, ast.Lambda) else getattr(body, "body", []), self.names)
        return found

    # -- magics --------------------------------------------------------------------------------------------------------------------------------------

    def _magic(self, magic: Magic) -> None:
        words = _NAME.findall(magic.argument)
        if magic.kind == "cell":
            self.defined.update(words)
            if magic.name not in FOREIGN_CELL_MAGICS and not magic.body.isspace():
                self._python_under(magic)
        elif magic.kind != "line" or magic.name in ("time", "matplotlib"):
            return
        elif magic.name == "reset":
            self.defined.clear()
        elif magic.name in ("load_ext", "reload_ext") or magic.name.startswith("reload_"):
            first = magic.argument.split(".")[0].split("_")[0] if magic.name != "reload_kedro" else "kedro"
            if first in EXTENSION_NAMES:
                self.defined.update(EXTENSION_NAMES[first])
            elif magic.argument.strip() not in HARMLESS_EXTENSIONS:
                self.unknown = True
        elif magic.name in ("run", "pylab", "load", "loadpy", "edit", "rerun", "recall", "rep", "macro", "px", "autopx") or (
            magic.name == "store" and "-r" in magic.argument
        ):
            self.unknown = True
        elif magic.name not in HARMLESS_LINE_MAGICS:
            self.defined.update(words)

    def _python_under(self, magic: Magic) -> None:
        """The body of a cell magic that nothing is known of may define whatever it speaks of; those whose body runs here were read as Python."""
        from_here = {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "snakeviz", "wandb", "pyinstrument", "scalene"}
        if magic.name not in from_here:
            self.defined.update(_NAME.findall(magic.body))

    # -- judging -------------------------------------------------------------------------------------------------------------------------------------

    def _judged(self, name: str, reads: list[_Missing]) -> HiddenRead | None:
        certain = [read for read in reads if read.certain]
        read = (certain or reads)[0]
        here = self.doc.program.span(read.place).start
        cell = self.doc.cell_of_code(here)
        if cell is None:
            return None
        definition = self._definition_after(name, here)
        if definition is not None:
            where = self.doc.cell_of_code(self.doc.program.span(definition).start)
            how = SAME_CELL if where is cell else LATER
            if how == SAME_CELL and not certain:
                return None
            return HiddenRead(name, how, read.place, cell, read.read, read.reader, definition, where, bool(certain))
        if name in self.names.root.bindings:
            deleted = self.unbound.get(name)
            if deleted is None:
                return None
            where = self.doc.cell_of_code(self.doc.program.span(deleted).start)
            return HiddenRead(name, DELETED, read.place, cell, read.read, read.reader, deleted, where, bool(certain))
        # Of what is nowhere, the place of the name itself says most.
        read_cell = self.doc.cell_of_code(self.doc.program.span(read.read).start)
        return HiddenRead(name, NOWHERE, read.read, read_cell or cell, read.read, read.reader, certain=bool(certain))

    def _definition_after(self, name: str, here: int) -> ast.AST | None:
        for binding in self.names.root.bindings.get(name, ()):
            if self.doc.program.span(binding.node).end > here and not (binding.via == "annotated" and binding.value is None):
                return binding.node
        return None

    def _never_called(self) -> Iterator[HiddenRead]:
        """Names that a function reads and nothing defines, whenever it is called."""
        seen = set(self.missing)
        while self.deferred:
            node = self.deferred.pop(0)
            # The body of a class ran where it stands; its methods are deferred on their own.
            for step in self._steps_of(node) if not isinstance(node, ast.ClassDef) else ():
                if step.what == DEFINE:
                    self.deferred.append(step.node)
                if step.what != READ or step.name in seen or step.name in self.defined or step.name in self.names.root.bindings:
                    continue
                if step.name in self.guarded or step.name in AMBIENT_NAMES or _OWN.fullmatch(step.name):
                    continue
                seen.add(step.name)
                cell = self.doc.cell_of_code(self.doc.program.span(step.node).start)
                if cell is not None:
                    yield HiddenRead(step.name, NOWHERE, step.node, cell, step.node, certain=not step.conditional, deferred=True)


def _bodies(node: ast.AST) -> list[ast.AST]:
    """What runs when something is called: the body of a function; of a class that which makes an instance."""
    if not isinstance(node, ast.ClassDef):
        return [node]
    return [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__", "__post_init__")]


def _is_run_elsewhere(node: ast.AST) -> bool:
    """Whether something decorates a function so that calling it does not run it here: components, tasks and flows of orchestrators."""
    words = {
        "component",
        "task",
        "flow",
        "dag",
        "pipeline",
        "step",
        "op",
        "job",
        "asset",
        "remote",
        "func_to_container_op",
        "create_component_from_func",
    }
    return any(words & set(_NAME.findall(ast.unparse(one))) for one in getattr(node, "decorator_list", ()))


def _is_comment(text: str) -> bool:
    return all(not line.strip(" 0\t;") or line.lstrip().startswith("#") for line in text.splitlines())


def cell_tags(cell: Cell) -> frozenset[str]:
    """The tags that are set on a cell."""
    tags = cell.node.at("metadata", "tags")
    return frozenset(str(node.value) for _, node in tags.children()) if tags is not None else frozenset()
