"""Model loads: where a program reads a file by a reader that can run code, and what is seen there of how it is kept from that."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from mlops_lint.core.finding import Location
from mlops_lint.documents.classify import role_of
from mlops_lint.documents.python import PythonDocument
from mlops_lint.facts.defaults import Usual, usual
from mlops_lint.facts.definitions import guarded_nodes, owner_of
from mlops_lint.knowledge.loaders import (
    ALLOW_LISTS,
    ALWAYS,
    CONTENT_GUARDS,
    ENCODERS,
    KERAS,
    LOADERS,
    NUMPY,
    SIGNATURE_GUARDS,
    SKOPS,
    SKOPS_LISTERS,
    TORCH,
    UNSAFE_SWITCHES,
    WRITERS,
    WRITING_METHODS,
    Loader,
)
from mlops_lint.python.values import UNKNOWN, argument, evaluate, has_unpacking, keyword
from mlops_lint.text.span import Span

ABSENT, UNSAFE = "absent", "unsafe"

# Without one of these words no reader of the tables can be called.
_WORDS = re.compile(r"pickle|joblib|load|dill|shelve|unsafe_deserialization")
_MAX_WRITERS = 50
_PARTIALS = frozenset({"functools.partial"})
_OPENERS = frozenset(
    {
        "builtins.open",
        "io.open",
        "gzip.open",
        "bz2.open",
        "lzma.open",
        "gzip.GzipFile",
        "bz2.BZ2File",
        "fsspec.open",
        "smart_open.open",
        "pathlib.Path",
    }
)


@dataclass(frozen=True, slots=True)
class ModelLoad:
    """A call that can run code from what it reads, as far as this document tells; calls whose switch is known to be safe are not listed.

    ``name`` is the callee's qualified name, ``written`` how it stands there, ``function`` the qualname of the definition it runs in. ``mode`` is the
    loader's (:mod:`mlops_lint.knowledge.loaders`). ``switch`` is ``unsafe`` when the reader is told, or has no way but, to run code, and ``absent`` when it
    is left to the library's default. ``is_certain`` is the loader's. ``is_own``: the same function wrote what is read. ``is_checked``: a signature, a
    hash or the content is checked before. ``is_state_dict``: all that is read goes to ``load_state_dict``.
    ``is_allow_listed``: the program lists the types that torch may make, and so counts on its safe default. ``switch_span`` is the value given to the
    switch, ``insert_at`` the offset at which one more keyword argument can be written.
    """

    kinds: ClassVar[tuple[str, ...]] = ("python", "notebook")
    path: str
    name: str
    written: str
    function: str
    span: Span
    mode: str
    switch: str
    is_certain: bool = True
    is_own: bool = False
    is_checked: bool = False
    is_state_dict: bool = False
    is_allow_listed: bool = False
    switch_span: Span | None = None
    insert_at: int | None = None

    @classmethod
    def collect(cls, document: PythonDocument) -> Iterator[ModelLoad]:
        """The loads of one program in source order."""
        if not _WORDS.search(document.code):
            return
        loads = _Loads(document)
        for call in document.scopes.calls:
            yield from loads.of(call)

    @property
    def location(self) -> Location:
        """The call."""
        return Location(self.path, self.span)

    @property
    def role(self) -> str:
        """What the file is for (``documents.classify.role_of``)."""
        return role_of(self.path)


class _Loads:
    """The loads of one document, with what its functions write and check."""

    def __init__(self, document: PythonDocument) -> None:
        self._document = document
        self._names = document.scopes
        self._guarded = guarded_nodes(document)

    def of(self, call: ast.Call) -> Iterator[ModelLoad]:
        names = self._names.names(call.func)
        if names & UNSAFE_SWITCHES:
            yield self._load(call, min(names & UNSAFE_SWITCHES), Loader(KERAS), UNSAFE)
            return
        given = call
        if names & _PARTIALS and call.args:
            given = ast.Call(call.args[0], call.args[1:], call.keywords)
            names = self._names.names(call.args[0], self._names.scope_of(call))
        known = sorted(name for name in names if name in LOADERS)
        if not known or (given is call and not call.args and not call.keywords):
            return
        loader = LOADERS[known[0]]
        switch, is_certain = self._switch(given, loader)
        if given is not call and switch == ABSENT and self._is_switched(loader.switch):
            return
        if not switch or (known[0] == "shelve.open" and (self._value(argument(given, "flag", 1)) == "n" or self._is_only_filled(call))):
            return
        # What a partial prepares is called elsewhere, and perhaps never; what a program packs in memory it mostly unpacks itself.
        is_certain = is_certain and given is call and not (known[0].endswith(".loads") and self._packs)
        yield self._load(call, known[0], replace(loader, is_certain=loader.is_certain and is_certain), switch, given)

    @cached_property
    def _packs(self) -> bool:
        """Whether the program also makes such data in memory."""
        return any(self._names.names(call.func) & ENCODERS for call in self._names.calls)

    def _is_only_filled(self, call: ast.Call) -> bool:
        """Whether a shelf is only written to, which reads nothing."""
        item = self._names.parent(call)
        if not isinstance(item, ast.withitem) or not isinstance(item.optional_vars, ast.Name):
            return False
        above = self._names.parent(item)
        uses = [one for one in self._reads.get(item.optional_vars.id, ()) if any(around is above for around in self._names.ancestors(one))]
        users = [self._names.parent(one) for one in uses]
        return bool(users) and all(isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store) for one in users)

    def _is_switched(self, switch: str) -> bool:
        """Whether any call of an unknown callee gives the switch, and so may be one of a prepared reader."""
        others = LOADERS.keys() | _PARTIALS
        return any(keyword(one, switch) is not None and others.isdisjoint(self._names.names(one.func)) for one in self._names.calls)

    def _switch(self, call: ast.Call, loader: Loader) -> tuple[str, bool]:
        """``unsafe`` or ``absent``, empty where the reader is kept from running code or nobody knows; and whether that is sure."""
        if loader.mode == ALWAYS:
            return UNSAFE, True
        given, unpacked = argument(call, loader.switch, loader.position), self._unpacked(call)
        if given is None and unpacked is None:
            return "", True
        if given is None and loader.switch not in (unpacked or {}):
            # Keras and skops are safe unless told otherwise.
            return (ABSENT if loader.mode in (TORCH, NUMPY) else ""), True
        told = usual(given, self._names) if given is not None else Usual((unpacked or {})[loader.switch])
        if loader.mode == TORCH and told.value is None:
            return ABSENT, not told.is_default
        if loader.mode in (TORCH, KERAS):
            return (UNSAFE if told.value is False else ""), not told.is_default
        if loader.mode == SKOPS and given is not None and self._lists_everything(given):
            return UNSAFE, True
        return (UNSAFE if told.value is True else ""), not told.is_default

    def _unpacked(self, call: ast.Call) -> dict[object, object] | None:
        """What unpacked mappings hold; ``None`` where they cannot be seen."""
        found: dict[object, object] = {}
        for one in call.keywords:
            if one.arg is None:
                value = self._value(one.value)
                if not isinstance(value, dict):
                    return None
                found.update(value)
        return found

    def _lists_everything(self, given: ast.expr) -> bool:
        """Whether what is trusted is the unread list of all that the file holds."""
        if isinstance(given, ast.Call):
            return bool(self._names.names(given.func) & SKOPS_LISTERS)
        if not isinstance(given, ast.Name):
            return False
        found = self._names.scope_of(given).lookup(given.id)
        if found is None or len(found[1]) != 1 or len(self._reads.get(given.id, ())) != 1:
            return False
        value = found[1][0].value
        return isinstance(value, ast.Call) and bool(self._names.names(value.func) & SKOPS_LISTERS)

    def _load(self, call: ast.Call, name: str, loader: Loader, switch: str, prepared: ast.Call | None = None) -> ModelLoad:
        document, names = self._document, self._names
        arguments = prepared or call
        source = argument(arguments, loader.source, 0)
        given = argument(arguments, loader.switch, loader.position) if loader.switch else None
        return ModelLoad(
            document.path,
            name,
            ast.unparse(arguments.func),
            owner_of(call, names, self._guarded),
            document.span_of(call),
            loader.mode,
            switch,
            loader.is_certain,
            source is not None and self._is_own(call, source),
            self._is_checked(call),
            self._is_state_dict(call),
            loader.mode == TORCH and self._lists_types,
            document.span_of(given) if given is not None else None,
            self._insert_at(call) if loader.mode == TORCH and given is None and not has_unpacking(call) else None,
        )

    def _value(self, node: ast.expr | None) -> object:
        return evaluate(node, self._names) if node is not None else UNKNOWN

    # -- what is read --------------------------------------------------------------------------------------------------------------------------------

    def _is_own(self, call: ast.Call, source: ast.expr) -> bool:
        """Whether the same function wrote, before, what is read here."""
        if self._is_encoded(source):
            return True
        key = (id(self._names.scope_of(call).function), self._target(source, call))
        return any(
            _position(writer) < _position(call) and not self._is_conditional(writer, call) for writer in self._writers.get(key, ())[:_MAX_WRITERS]
        )

    def _is_encoded(self, source: ast.expr) -> bool:
        if isinstance(source, ast.Call):
            return bool(self._names.names(source.func) & ENCODERS)
        if isinstance(source, ast.Name):
            found = self._names.scope_of(source).lookup(source.id)
            values = [binding.value for binding in found[1]] if found is not None else []
            return bool(values) and all(isinstance(one, ast.Call) and self._names.names(one.func, found[0]) & ENCODERS for one in values if found)
        return False

    @cached_property
    def _writers(self) -> dict[tuple[int, str], list[ast.Call]]:
        """The calls that write, by the function they stand in and what they write to."""
        found: dict[tuple[int, str], list[ast.Call]] = {}
        for call in self._names.calls:
            names = self._names.names(call.func)
            where = next((WRITERS[name] for name in sorted(names) if name in WRITERS), None)
            if where is None and not names and isinstance(call.func, ast.Attribute) and call.func.attr in WRITING_METHODS:
                where = ("path", 0)
            written = argument(call, *where) if where is not None else None
            if written is not None:
                key = (id(self._names.scope_of(call).function), self._target(written, call))
                found.setdefault(key, []).append(call)
        return found

    def _target(self, node: ast.expr, call: ast.Call) -> str:
        """What stands for the file that is read or written: its path where it is known, else the text of the expression."""
        names = self._names
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("read", "read_bytes", "getvalue", "getbuffer"):
            node = node.func.value
        if isinstance(node, ast.Name):
            node = self._opened_as(node, call) or node
        if isinstance(node, ast.Call) and node.args and names.names(node.func) & _OPENERS:
            node = node.args[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "open":
            node = node.func.value
        value = evaluate(node, names)
        return f"={value}" if isinstance(value, str) else ast.unparse(node)

    def _opened_as(self, name: ast.Name, call: ast.Call) -> ast.expr | None:
        """The expression that opened a file handle: of the ``with`` around the call, or of its only assignment."""
        for above in self._names.ancestors(call):
            for item in above.items if isinstance(above, (ast.With, ast.AsyncWith)) else ():
                if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name.id:
                    return item.context_expr
        found = self._names.scope_of(call).lookup(name.id)
        if found is not None and len(found[1]) == 1 and found[1][0].how == "assign" and isinstance(found[1][0].value, ast.Call):
            return found[1][0].value
        return None

    def _is_conditional(self, writer: ast.Call, load: ast.Call) -> bool:
        """Whether the write may not have happened in this run: it stands in a branch (not of a loop's body) that the load is outside of."""
        around = {id(above) for above in self._names.ancestors(load)}
        branch = False
        child: ast.AST = writer
        for above in self._names.ancestors(writer):
            if id(above) in around:
                return branch or (isinstance(above, ast.If) and not _same_arm(above, child, around))
            if isinstance(above, (ast.For, ast.AsyncFor, ast.While)):
                branch = False
            elif isinstance(above, (ast.If, ast.ExceptHandler, ast.Match)):
                branch = True
            child = above
        return branch

    def _is_checked(self, call: ast.Call) -> bool:
        """Whether the content, a signature or a hash is checked before, in the same function (the content: anywhere)."""
        scope = self._names.scope_of(call).function
        if self._checks_content or id(scope) in self._signed:
            return True
        hashed = self._hashed.get(id(scope))
        # The digest is compared, and a wrong one refused, before the file is read.
        return hashed is not None and any(hashed < refusal < _position(call) for refusal in self._refusals.get(id(scope), ()))

    @cached_property
    def _checks_content(self) -> bool:
        return any(name.startswith(CONTENT_GUARDS) for call in self._names.calls for name in self._names.names(call.func))

    @cached_property
    def _lists_types(self) -> bool:
        return any(self._names.names(call.func) & ALLOW_LISTS for call in self._names.calls)

    @cached_property
    def _signed(self) -> set[int]:
        """The functions that compare signatures."""
        return {id(self._names.scope_of(call).function) for call in self._names.calls if self._names.names(call.func) & SIGNATURE_GUARDS}

    @cached_property
    def _hashed(self) -> dict[int, tuple[int, int]]:
        """The functions that hash something, and where they first do."""
        found: dict[int, tuple[int, int]] = {}
        for call in self._names.calls:
            if any(name.startswith("hashlib.") for name in self._names.names(call.func)):
                found.setdefault(id(self._names.scope_of(call).function), _position(call))
        return found

    @cached_property
    def _refusals(self) -> dict[int, list[tuple[int, int]]]:
        """Where the statements end that raise or assert in a function."""
        found: dict[int, list[tuple[int, int]]] = {}
        for kind in (ast.Raise, ast.Assert) if self._hashed else ():
            for node in self._names.nodes(kind):
                end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
                found.setdefault(id(self._names.scope_of(node).function), []).append(end)
        return found

    def _is_state_dict(self, call: ast.Call) -> bool:
        """Whether the result goes to ``load_state_dict`` and nowhere else."""
        names = self._names
        above = names.parent(call)
        if isinstance(above, ast.Call) and _is_load_state_dict(above, call):
            return True
        if not isinstance(above, ast.Assign) or len(above.targets) != 1 or not isinstance(above.targets[0], ast.Name):
            return False
        scope, name = names.scope_of(above), above.targets[0].id
        if len(scope.bindings.get(name, ())) != 1:
            return False
        uses = [use for use in self._reads.get(name, ()) if (found := names.scope_of(use).lookup(name)) is not None and found[0] is scope]
        return bool(uses) and all(isinstance(user := names.parent(use), ast.Call) and _is_load_state_dict(user, use) for use in uses)

    @cached_property
    def _reads(self) -> dict[str, list[ast.Name]]:
        """Where each name is read."""
        found: dict[str, list[ast.Name]] = {}
        for node in self._names.nodes(ast.Name):
            if isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append(node)
        return found

    def _insert_at(self, call: ast.Call) -> int | None:
        """The offset in the text right after the last argument; ``None`` where brackets of its own may stand behind it."""
        program = self._document.program
        last = max([*call.args, *(keyword.value for keyword in call.keywords)], key=_position)
        span, end = program.span(last), program.span(call).end
        between = re.sub(r"#[^\r\n]*", "", self._document.code[span.end : end - 1])
        return self._document.text_span(span).end if between.strip(" \t\r\n\f,\\") == "" else None


def _is_load_state_dict(call: ast.Call, given: ast.expr) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "load_state_dict" and bool(call.args) and call.args[0] is given


def _same_arm(branching: ast.If, child: ast.AST, around: set[int]) -> bool:
    """Whether what the statements ``around`` surround stands in the same arm of an ``if`` as a child of it."""
    arms = (branching.body, branching.orelse)
    return any(child in arm and any(id(one) in around for one in arm) for arm in arms)


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
