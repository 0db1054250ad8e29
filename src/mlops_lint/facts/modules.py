"""The project's own modules: from a dotted name in some file to the definition it means in another."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_lint.facts.definitions import CLASS, MODULE, Definition

Key = tuple[str, str]
"""A definition by its file's path and its qualname."""

_MAX_HOPS = 8
_MAX_ASKED = 2_000
"""Names asked on the way to one definition: packages that import everything from each other make ever longer ones."""


class Modules:
    """All definitions of the project with the resolution of names between them.

    A dotted name is matched with the end of a file's path, because nobody knows what stands on ``sys.path``: a file below a folder of the importing file,
    or of one of its parents, comes first; one that is the only match anywhere is taken too; several candidates elsewhere are unknown.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.by_key: dict[Key, Definition] = {}
        self._suffixes: dict[str, list[tuple[str, str]]] = {}
        self._exports: dict[str, dict[str, list[str]]] = {}
        self._methods: dict[str, list[Definition]] = {}
        self._ancestries: dict[tuple[str, str], list[Definition]] = {}
        for definition in definitions:
            self.by_key.setdefault((definition.path, definition.qualname), definition)
            if definition.kind == MODULE:
                self._add_module(definition)
            outer = definition.qualname.rpartition(".")[0]
            if outer:
                self._methods.setdefault(f"{definition.path}:{outer}", []).append(definition)

    def _add_module(self, definition: Definition) -> None:
        parts = definition.module.split(".")
        for place in range(len(parts)):
            folder = "/".join(parts[:place])
            self._suffixes.setdefault(".".join(parts[place:]), []).append((folder, definition.path))
        table = self._exports.setdefault(definition.path, {})
        for name, target in definition.exports:
            table.setdefault(name, []).append(target)

    def module(self, dotted: str, importer: str) -> str | None:
        """The path of the module of a dotted name as imported by a file."""
        candidates = self._suffixes.get(dotted)
        if not candidates:
            return None
        here = importer.rpartition("/")[0]
        above = [one for one in candidates if one[0] == "" or here == one[0] or here.startswith(one[0] + "/") or _is_source_root(one[0], here)]
        if above:
            return max(above, key=lambda one: (len(one[0]), one[1]))[1]
        return candidates[0][1] if len(candidates) == 1 else None

    def definition(self, name: str, importer: str) -> Definition | None:
        """The definition that a qualified name means in a file; of a module, its body."""
        return self._definition(name, importer, _MAX_HOPS, set())

    def _definition(self, name: str, importer: str, hops: int, asked: set[tuple[str, str]]) -> Definition | None:
        # Packages that import everything from each other would be asked the same again and again.
        if hops <= 0 or (name, importer) in asked or len(asked) >= _MAX_ASKED:
            return None
        asked.add((name, importer))
        if name.startswith("."):
            return self.by_key.get((importer, name[1:]))
        parts = name.split(".")
        nearest = ""
        for length in range(len(parts), 0, -1):
            path = self.module(".".join(parts[:length]), importer)
            if path is None:
                continue
            rest = ".".join(parts[length:])
            found = self.by_key.get((path, rest))
            if found is not None:
                return found
            nearest = nearest or path
            # What a package takes over wholesale is asked of the module that is meant, not of the packages around it too.
            if (through := self._through_exports(path, parts[length:], hops, asked, path == nearest)) is not None:
                return through
        return None

    def _through_exports(self, path: str, rest: list[str], hops: int, asked: set[tuple[str, str]], wholesale: bool) -> Definition | None:
        if not rest:
            return None
        table = self._exports.get(path, {})
        tail = "".join(f".{part}" for part in rest[1:])
        stars = table.get("*", ()) if wholesale else ()
        for target in (*table.get(rest[0], ()), *(f"{star}.{rest[0]}" for star in stars)):
            found = self._definition(target + tail, path, hops - 1, asked)
            if found is not None:
                return found
        return None

    def methods(self, owner: Definition) -> list[Definition]:
        """The functions and classes directly inside a class or function."""
        return self._methods.get(f"{owner.path}:{owner.qualname}", [])

    def ancestry(self, owner: Definition) -> list[Definition]:
        """A class and its bases within the project, nearest first, each once."""
        key = (owner.path, owner.qualname)
        known = self._ancestries.get(key)
        if known is None:
            known = self._ancestries[key] = self._ancestry(owner)
        return known

    def _ancestry(self, owner: Definition) -> list[Definition]:
        found: dict[tuple[str, str], Definition] = {}
        waiting = [owner]
        while waiting:
            one = waiting.pop(0)
            key = (one.path, one.qualname)
            if key in found or one.kind != CLASS:
                continue
            found[key] = one
            waiting.extend(base for name in one.bases if (base := self.definition(name, one.path)) is not None)
        return list(found.values())


def _is_source_root(folder: str, here: str) -> bool:
    """Whether a folder is a ``src`` or ``lib`` beside one of the importing file's folders."""
    parent, _, name = folder.rpartition("/")
    return name in ("src", "lib", "python", "app") and (parent == "" or here == parent or here.startswith(parent + "/"))
