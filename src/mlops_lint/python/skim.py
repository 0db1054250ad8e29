"""The skim: one ``ast.parse`` of a program, and the gate before libcst.

``ast.parse`` never crashes on hostile input: it raises. libcst's native parser overflows the stack and takes the process with it, so it is only given
code that passed :func:`nesting_problem` here, on a thread with a large stack (see ``engine/stack.py``).
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

MAX_NESTING = 100
"""Deepest nesting of brackets, blocks and expressions that is handed to libcst."""
MAX_CHAIN = 1_000
"""Longest chain of one shape (``a + b + …``, ``x.y.z…``, ``elif`` …): the native parser is quadratic or recursive in them."""
MAX_NODES = 400_000
"""Most ``ast`` nodes of one file that are handed to libcst; beyond it a parse takes many seconds."""

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
# Blanks and comments between brackets; a comment is held to its line end, so that there is one way to read it and the pattern stays linear.
_OPEN_RUN = re.compile(r"(?:[(\[{](?:[ \t\r\n\f\\]|#[^\r\n]*(?![^\r\n]))*){40}")
_TOKEN = re.compile(r"'''|\"\"\"|'|\"|#[^\r\n]*|[(\[{]|[)\]}]|\\.", re.DOTALL)


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


def identifiers(code: str) -> frozenset[str]:
    """Every identifier-like word of a text, comments and strings included: a cheap superset of the names it can use."""
    return frozenset(_IDENTIFIER.findall(code))


def nesting_problem(tree: ast.Module, code: str) -> str | None:
    """Why libcst must not see this program, or ``None`` when it is safe.

    Nesting is counted over the tree; redundant brackets leave no node, so long runs of them are counted in the text.
    """
    if _OPEN_RUN.search(code) and (depth := bracket_depth(code)) > MAX_NESTING:
        return f"brackets are nested {depth} deep (limit {MAX_NESTING})"
    count = 0
    stack: list[tuple[ast.AST, int, int]] = [(tree, 0, 0)]
    while stack:
        node, depth, chain = stack.pop()
        count += 1
        if depth > MAX_NESTING + 4:
            return f"code is nested more than {MAX_NESTING} deep"
        if chain > MAX_CHAIN:
            return f"an expression or elif chain has more than {MAX_CHAIN} links"
        link = _LINKS.get(type(node))
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                if name == link:
                    stack.append((value, depth, chain + 1))
                elif value._fields:
                    stack.append((value, depth + 1, 0))
            elif isinstance(value, list):
                if name == link and len(value) == 1:
                    stack.append((value[0], depth, chain + 1))
                    continue
                stack.extend((item, depth + 1, 0) for item in value if isinstance(item, ast.AST))
    if count > MAX_NODES:
        return f"file has {count:,} syntax nodes (limit {MAX_NODES:,})"
    return None


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


def bracket_depth(code: str) -> int:
    """The deepest nesting of brackets outside strings and comments, by tokens alone (for code that ``ast`` cannot read)."""
    depth = deepest = 0
    quote = ""
    for match in _TOKEN.finditer(code):
        token = match.group()
        if quote:
            if token == quote:
                quote = ""
        elif token in ("'", '"', "'''", '"""'):
            quote = token
        elif token in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in ")]}":
            depth = max(0, depth - 1)
    return deepest


def indentation_depth(code: str) -> int:
    """An upper bound of the block nesting: the widest indentation, a tab or a blank counted as one level."""
    return max((len(match.group()) for match in re.finditer(r"^[ \t]+(?=\S)", code, re.MULTILINE)), default=0)


def _syntax_message(error: SyntaxError) -> str:
    text = (error.msg or "invalid syntax").rstrip(".")
    return text[0].lower() + text[1:] if text[:1].isupper() and not text[1:2].isupper() else text
