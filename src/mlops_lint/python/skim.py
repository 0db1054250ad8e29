"""The skim: one ``ast.parse`` of a program, and the gate before libcst.

``ast.parse`` never crashes on hostile input: it raises. libcst's native parser overflows the stack and takes the process with it, and it is quadratic in
chains of one shape, so it is only given code that passed :func:`nesting_problem` here, or :func:`token_problem` where ``ast`` has no tree to count on; and
only on a thread with a large stack (see ``engine/stack.py``).
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any

from mlops_lint.python.children import child_fields

MAX_NESTING = 100
"""Deepest nesting of brackets, blocks and expressions that is handed to libcst."""
MAX_CHAIN = 1_000
"""Longest chain of one shape (``a + b + …``, ``x.y.z…``, ``elif`` …): the native parser is quadratic or recursive in them."""
MAX_CHAIN_COST = 2_000_000
"""Most that all chains of a file may cost together, where one of *n* links costs *n*²/2: some three seconds."""
MAX_NODES = 80_000
"""Most ``ast`` nodes of one file that are handed to libcst, almost a megabyte of code: beyond it parse and places take many seconds."""
MAX_WORDS = 350_000
"""Most names, numbers, quotes and brackets of one file that are handed to ``ast``, whose tree takes a kilobyte for each."""

_WORD = re.compile(r"\w+|[(\[{'\":]|\.\.\.")
# ``ast.parse`` itself takes the square of the parts of a dotted module name, in time and in memory.
_LONG_IMPORT = re.compile(r"\b(?:import|from)\b(?:[^\r\n;\\]|\\\r?\n){2000,}")
_OPEN_RUN = re.compile(r"[(\[{]{10}")
_COMMENT = re.compile(r"#[^\r\n]*")
_STRING = (
    r"'{3}[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'{3}"
    r'|"{3}[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"{3}'
    r"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'"
    r'|"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"'
)
_PIECE = re.compile(rf"#[^\r\n]*|{_STRING}", re.DOTALL)
_TOKEN = re.compile(rf"#[^\r\n]*|\\\r?\n|[\r\n]|[A-Za-z]{{0,3}}(?:{_STRING})|\w+|\*\*|[^\s\w]", re.DOTALL)
_BRACKET = re.compile(rf"#[^\r\n]*|{_STRING}|[()\[\]{{}}]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SkimProblem:
    """Why a program has no tree: ``code`` E903 or E904, the message, and the 1-based line and column where it shows (0 when unknown)."""

    code: str
    message: str
    line: int = 0
    column: int = 0


class Skim:
    """One program, parsed by ``ast``. ``tree`` is ``None`` when it has a ``problem``."""

    __slots__ = ("code", "problem", "tree")

    def __init__(self, code: str) -> None:
        self.code = code
        self.tree: ast.Module | None = None
        self.problem: SkimProblem | None = None
        if len(code) > MAX_WORDS and (words := sum(1 for _ in _WORD.finditer(code))) > MAX_WORDS:
            self.problem = SkimProblem("E904", f"code has {words:,} words (limit {MAX_WORDS:,})")
            return
        if code.count(".") > MAX_CHAIN and any(match[0].count(".") > MAX_CHAIN for match in _LONG_IMPORT.finditer(code)):
            self.problem = SkimProblem("E904", f"a dotted name has more than {MAX_CHAIN} parts")
            return
        try:
            with warnings.catch_warnings():
                # Invalid escapes in analysed code are no news of ours.
                warnings.simplefilter("ignore")
                self.tree = ast.parse(code)
        except SyntaxError as error:
            self.problem = SkimProblem("E903", _syntax_message(error), error.lineno or 0, error.offset or 0)
        except (RecursionError, MemoryError):
            self.problem = SkimProblem("E904", "code is nested too deeply to be parsed")
        except ValueError as error:
            self.problem = SkimProblem("E903", str(error))
        else:
            if reason := nesting_problem(self.tree, code):
                self.tree = None
                self.problem = SkimProblem("E904", reason)


def nesting_problem(tree: ast.Module, code: str) -> str | None:
    """Why libcst must not see this program, or ``None`` when it is safe.

    Nesting is counted over the tree; redundant brackets leave no node, so long runs of them are counted in the text, and so are strings that stand side by
    side: ``ast`` makes one of them, libcst a tree.
    """
    if has_open_run(code) and (brackets := bracket_depth(code)) > MAX_NESTING:
        return f"brackets are nested {brackets} deep (limit {MAX_NESTING})"
    count = cost = depth = 0
    pieces = _Pieces(code)
    level: list[Any] = [tree]
    while level:
        if depth > MAX_NESTING + 4:
            return f"code is nested more than {MAX_NESTING} deep"
        below: list[Any] = []
        for node in level:
            if type(node) in _BARE:
                count += 1
                continue
            chain = 0
            while node is not None:  # as is a key of ``{**other}``
                count += 1
                kind = type(node)
                if kind in _FLAT:
                    # Lists in the tree of ast, chains in that of libcst.
                    flat = pieces.of(node) if kind in _TEXTS else _length(node)
                    if flat > MAX_CHAIN:
                        chain = flat
                    elif kind not in _TEXTS:
                        cost += flat * flat // 2
                cost += chain
                if chain > MAX_CHAIN:
                    return f"an expression or elif chain has more than {MAX_CHAIN} links"
                link, fields = _SHAPES.get(kind) or _shape(kind)
                for name in fields:
                    value = getattr(node, name, None)
                    if type(value) is list:
                        below += value
                    elif isinstance(value, ast.AST):
                        below.append(value)
                # What goes on in the chain is no deeper.
                node = getattr(node, link) if link else None
                if isinstance(node, list):
                    if len(node) != 1:
                        below += node
                    node = node[0] if len(node) == 1 else None
                chain += 1
        level = below
        depth += 1
    if count > MAX_NODES:
        return f"file has {count:,} syntax nodes (limit {MAX_NODES:,})"
    if cost > MAX_CHAIN_COST:
        return "the expressions and elif chains of the file are too long to be read in reasonable time"
    return None


def has_open_run(code: str) -> bool:
    """Whether ten brackets open one after the other, so that it is worth to count them all; blanks, joined lines and comments may stand between them.

    It is looked for twice: a sign that only seems to open a comment, in a string, hides what follows on its line from one look and not from the other.
    """
    if code.count("(") + code.count("[") + code.count("{") <= MAX_NESTING:
        return False
    if _OPEN_RUN.search("".join(code.split()).replace("\\", "")):
        return True
    return "#" in code and _OPEN_RUN.search("".join(_COMMENT.sub("", code).split()).replace("\\", "")) is not None


# The child through which a chain of one shape goes on; it lengthens a chain and does not count as nesting.
_LINKS: dict[type[ast.AST], str] = {
    ast.BinOp: "left",
    ast.Attribute: "value",
    ast.Call: "func",
    ast.Subscript: "value",
    ast.If: "orelse",
    ast.IfExp: "orelse",
    ast.Await: "value",
}
# Nodes with nothing inside: every other node is a name.
_BARE = frozenset({ast.Name, ast.Pass, *ast.cmpop.__subclasses__()})
_SHAPES: dict[type[ast.AST], tuple[str, tuple[str, ...]]] = {}


def _shape(kind: type[ast.AST]) -> tuple[str, tuple[str, ...]]:
    """The field in which a chain goes on, if there may be one, and the others that hold nodes."""
    link = _LINKS.get(kind, "")
    others = ("left", "ops", "comparators") if kind is ast.Compare else tuple(name for name in child_fields(kind) if name != link)
    _SHAPES[kind] = link, others
    return link, others


_TEXTS = frozenset({ast.Constant, ast.JoinedStr})
_FLAT = _TEXTS | {ast.BoolOp, ast.alias, ast.ImportFrom}


def _length(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values)
    if isinstance(node, ast.alias):
        return node.name.count(".")
    return (node.module or "").count(".") if isinstance(node, ast.ImportFrom) else 0


class _Pieces:
    """Counts the literals that one string constant is written in; only long ones are looked at."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._starts: list[int] = []

    def of(self, node: ast.Constant | ast.JoinedStr) -> int:
        first, last = node.lineno, node.end_lineno or 0
        start, end = node.col_offset, node.end_col_offset or 0
        if first == last and end - start <= 2 * MAX_CHAIN:
            return 1
        if not self._starts:
            self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", self._code)), len(self._code)]
        if last >= len(self._starts):
            return 1
        text = self._code[self._starts[first - 1] : self._starts[last]]
        if len(text) <= 2 * MAX_CHAIN:
            return 1
        if first == last:
            text = text[start:end] if text.isascii() else text.encode("utf-8", "surrogatepass")[start:end].decode("utf-8", "replace")
        return sum(1 for match in _PIECE.finditer(text) if match.group()[0] != "#")


def token_problem(code: str) -> str | None:
    """Why libcst must not see code that only a newer Python can parse, or ``None``: judged by its tokens, and stricter than over a tree."""
    if (deep := block_depth(code)) > MAX_NESTING:
        return f"blocks are nested {deep} deep (limit {MAX_NESTING})"
    # For each open bracket, and the line outside of them: the links of the chain since the last comma, and how many of them nest.
    levels: list[list[int]] = [[0, 0]]
    links = nested = cost = elifs = 0
    after_operand = False
    for match in _TOKEN.finditer(code):
        token = match.group()
        mark = token[0]
        if mark == "#" or (mark == "\\" and len(token) > 1):
            continue
        if mark in "\r\n,;":
            if mark == "," or len(levels) == 1:
                links, nested = links - levels[-1][0], nested - levels[-1][1]
                levels[-1] = [0, 0]
                after_operand = False
            continue
        level = levels[-1]
        if mark in "([{":
            levels.append([0, 1])
            nested += 1
            after_operand = False
        elif mark in ")]}":
            if len(levels) > 1:
                inner = levels.pop()
                links, nested = links - inner[0] + 1, nested - inner[1]
                levels[-1][0] += 1
            after_operand = True
        elif token[-1] in "'\"" and len(token) > 1:
            deepest = _brace_depth(token) if token[0] not in "'\"" else 0
            if deepest > MAX_NESTING:
                return f"fields of a string are nested {deepest} deep (limit {MAX_NESTING})"
            links += 1
            level[0] += 1
            after_operand = True
        elif mark.isalnum() or mark == "_":
            elifs += token == "elif"
            if token in _KEYWORDS:
                deeper = token in ("lambda", "yield") or (token in ("not", "await") and not after_operand)
                links, nested = links + 1, nested + deeper
                level[0], level[1] = level[0] + 1, level[1] + deeper
                after_operand = False
            else:
                after_operand = True
        elif mark != ":":
            deeper = token == "**" or (mark in "+-~*" and not after_operand)
            links, nested = links + 1, nested + deeper
            level[0], level[1] = level[0] + 1, level[1] + deeper
            after_operand = False
        cost += levels[-1][0]
        if nested > MAX_NESTING:
            return f"code is nested more than {MAX_NESTING} deep"
        if links > MAX_CHAIN or elifs > MAX_CHAIN:
            return f"an expression or elif chain has more than {MAX_CHAIN} links"
    if cost > MAX_CHAIN_COST:
        return "the expressions of the file are too long to be read in reasonable time"
    return None


_KEYWORDS = frozenset(("and", "or", "not", "if", "else", "for", "in", "is", "lambda", "await", "yield", "async", "from"))


def _brace_depth(token: str) -> int:
    depth = deepest = 0
    for mark in token:
        if mark == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark == "}":
            depth -= 1
    return deepest


def bracket_depth(code: str) -> int:
    """The deepest nesting of brackets outside strings and comments, by tokens alone."""
    depth = deepest = 0
    for match in _BRACKET.finditer(code):
        token = match.group()
        if token in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in ")]}":
            depth = max(0, depth - 1)
    return deepest


def block_depth(code: str) -> int:
    """An upper bound of the nesting of blocks: how many widths of indentation are open at once."""
    widths = [0]
    deepest = 0
    for match in re.finditer(r"^[ \t]*(?=[^\s#])", code, re.MULTILINE):
        width = len(match.group())
        while widths[-1] > width:
            widths.pop()
        if width > widths[-1]:
            widths.append(width)
            deepest = max(deepest, len(widths) - 1)
    return deepest


def _syntax_message(error: SyntaxError) -> str:
    text = (error.msg or "invalid syntax").rstrip(".")
    return text[0].lower() + text[1:] if text[:1].isupper() and not text[1:2].isupper() else text
