"""setuptools' ``setup.cfg`` and literal ``setup.py``, and the script metadata of PEP 723."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from mlops_lint.documents.document import Document
from mlops_lint.documents.ini import IniDocument, IniOption
from mlops_lint.documents.toml import TomlDocument
from mlops_lint.facts.conda import add_pip_line, inner_span
from mlops_lint.facts.declarations import Declarations
from mlops_lint.facts.manifests import Manifest
from mlops_lint.facts.pyproject import script_rows
from mlops_lint.text.span import Span

_PRIVATE = re.compile(r"private\s*::", re.IGNORECASE)
_FILE = re.compile(r"file:\s*(\S.*)")
_SETUP_KEYS = {"install_requires": "", "tests_require": "group:tests", "setup_requires": "build"}
_MAX_NODES = 200_000


def read_setup_cfg(document: IniDocument, found: Declarations) -> None:
    """The rows of ``setup.cfg``; a ``file:`` directive is an include."""
    for key, group in _SETUP_KEYS.items():
        _cfg_list(found, document.option("options", key), group)
    for section in document.sections:
        if section.name == "options.extras_require":
            for extra in section.options:
                _cfg_list(found, extra, f"extra:{extra.key}")
    name = document.get("metadata", "name")
    if name is None and document.option("options", "install_requires") is None:
        return
    classifiers = (document.get("metadata", "classifiers") or document.get("metadata", "classifier") or "").splitlines()
    dress = sum(
        any(document.option("metadata", key) is not None for key in keys)
        for keys in (("license", "license_file", "license_files"), ("long_description",), ("url", "project_urls", "home_page"), ("keywords",))
    )
    entry_points = document.option("options.entry_points", "console_scripts")
    option = document.option("options", "install_requires") or document.option("metadata", "name")
    found.manifests.append(
        Manifest(
            document.path,
            "setup.cfg",
            option.key_span if option is not None else None,
            name or "",
            "",
            name is not None,
            _looks_published(classifiers, dress),
            tuple(line.text.partition("=")[0].strip() for line in entry_points.lines) if entry_points is not None else (),
        )
    )


def _looks_published(classifiers: list[str], dress: int) -> bool:
    if any(_PRIVATE.match(text.strip()) for text in classifiers):
        return False
    return bool(classifiers) or dress >= 3


def _cfg_list(found: Declarations, option: IniOption | None, group: str) -> None:
    if option is None:
        return
    directive = _FILE.match(option.lines[0].text) if option.lines else None
    if directive is not None:
        line = option.lines[0]
        position = line.span.start + directive.start(1)
        for part in directive[1].split(","):
            start = position + len(part) - len(part.lstrip())
            if part.strip():
                found.include("requirement", part.strip(), Span(start, start + len(part.strip())))
            position += len(part) + 1
        return
    for line in option.lines:
        # A comment after a requirement is dropped by setuptools too.
        text = re.split(r"\s#", line.text, maxsplit=1)[0].rstrip()
        found.add_text(text, Span(line.span.start, line.span.start + len(text)), group)


def read_setup_py(document: Document, found: Declarations) -> None:
    """The rows of ``setup(…)`` as far as they are literals or module-level names of literals; nothing is run."""
    from mlops_lint.documents.python import PythonDocument

    if not isinstance(document, PythonDocument):
        return
    tree = document.tree
    call = next(_setup_calls(tree), None)
    if call is None:
        return
    names = _literal_names(tree)
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    for key, group in _SETUP_KEYS.items():
        if key in keywords:
            _py_list(found, names.get(_name(keywords[key]), keywords[key]), names, group)
    if "extras_require" in keywords:
        _py_extras(found, tree, keywords["extras_require"], names)
    name = _string(keywords.get("name"))
    classifiers = [text for text, _ in _strings(names.get(_name(keywords.get("classifiers")), keywords.get("classifiers")), names)]
    dress = sum(
        any(key in keywords for key in keys) for keys in (("license", "license_files"), ("long_description",), ("url", "project_urls"), ("keywords",))
    )
    found.manifests.append(
        Manifest(
            document.path,
            "setup.py",
            document.locate(call.func),
            name,
            "",
            "name" in keywords,
            _looks_published(classifiers, dress),
            tuple(_console_scripts(keywords.get("entry_points"), names)),
        )
    )


def _setup_calls(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls of ``setup`` and ``setuptools.setup``, found without recursion."""
    for count, node in enumerate(ast.walk(tree)):
        if count > _MAX_NODES:
            return
        if isinstance(node, ast.Call) and (
            (isinstance(node.func, ast.Name) and node.func.id == "setup") or (isinstance(node.func, ast.Attribute) and node.func.attr == "setup")
        ):
            yield node


def _literal_names(tree: ast.Module) -> dict[str, ast.expr]:
    """Module-level names that are bound once, to a list, tuple, dict or string."""
    stores = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
    found: dict[str, ast.expr] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        for target in targets:
            if isinstance(target, ast.Name) and stores[target.id] == 1 and isinstance(value, (ast.List, ast.Tuple, ast.Dict, ast.Constant)):
                found[target.id] = value
    return found


def _name(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _string(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _strings(node: ast.expr | None, names: dict[str, ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    """The string literals of a list or tuple; ``*name`` of a literal list is followed one step."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, node
    elif isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            if _string(item):
                yield _string(item), item
            elif isinstance(item, ast.Starred) and isinstance(inner := names.get(_name(item.value)), (ast.List, ast.Tuple)):
                yield from ((_string(one), one) for one in inner.elts if _string(one))


def _py_list(found: Declarations, node: ast.expr, names: dict[str, ast.expr], group: str) -> None:
    for text, literal in _strings(node, names):
        span = inner_span(found.document.text, found.document.locate(literal))
        if isinstance(node, ast.Constant):
            # One string holds one requirement per line.
            add_pip_line(text, span, found, group)
        else:
            found.add_text(text, span, group)


def _py_extras(found: Declarations, tree: ast.Module, node: ast.expr, names: dict[str, ast.expr]) -> None:
    """A literal dict of extras, and the subscripts of a module-level dict that is filled line by line."""
    name = _name(node)
    table = names.get(name, node)
    if not isinstance(table, ast.Dict):
        return
    for key, value in zip(table.keys, table.values, strict=True):
        if key is not None and _string(key):
            _py_list(found, names.get(_name(value), value), names, f"extra:{_string(key)}")
    for statement in tree.body if name else ():
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target = statement.targets[0]
        if isinstance(target, ast.Subscript) and _name(target.value) == name and _string(target.slice):
            _py_list(found, names.get(_name(statement.value), statement.value), names, f"extra:{_string(target.slice)}")


def _console_scripts(node: ast.expr | None, names: dict[str, ast.expr]) -> Iterator[str]:
    if not isinstance(node, ast.Dict):
        return
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None and _string(key) == "console_scripts":
            yield from (text.partition("=")[0].strip() for text, _ in _strings(value, names))


_BLOCK_OPEN = re.compile(r"^# /// script[ \t]*\r?$", re.MULTILINE)
_BLOCK_LINE = re.compile(r"#(?: [^\r\n]*)?\r?(?:\n|\Z)")


def read_script(document: Document, found: Declarations) -> None:
    """The rows of a script's metadata block, at their places in the script."""
    text = document.text
    opened = _BLOCK_OPEN.search(text)
    if opened is None:
        return
    start = position = opened.end() + 1
    pieces: list[str] = []
    last = -1
    ends: list[int] = []
    while (line := _BLOCK_LINE.match(text, position)) is not None and line.end() > position:
        if line[0].rstrip() == "# ///":
            last = len(pieces)
        # Same length as in the script, so that places agree.
        pieces.append(("  " if line[0].startswith("# ") else " ") + line[0][2 if line[0].startswith("# ") else 1 :])
        position = line.end()
        ends.append(position)
    if last < 0:
        return
    block = TomlDocument(document.path, (" " * start + "".join(pieces[:last])).encode("utf-8", "replace"))
    if block.root is not None:
        script_rows(found, block.root, Span(opened.start(), opened.end()))
