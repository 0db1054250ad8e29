"""Seed is taken from the clock, the process or nowhere.

A seed is there so that a run can be repeated. One that comes from the time, the process number, a UUID, the operating system's entropy or ``None`` is
different in every run and is not written down anywhere, so the result can never be produced again, although the code looks as if it were seeded.

Seed with a fixed number or one from the configuration; if each run shall differ, draw the seed once and log it with the run.

A seed that is used for anything besides seeding (printed, logged, returned, handed on) is taken to be kept. One that is only the fallback for a seed which
was not given is left alone, and so are tests, a missing ``random_state`` (RP302) and generators made without a seed (RP301). Low confidence: a reset after
a fixed seed further up in the same function, which ends a repeatable stretch on purpose, a date without a time, and a call without any seed. Medium: a
clock that is the default of an option or parameter, ``seed=`` of other calls, and programs that import nothing for data or models.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlops_lint.api import UNKNOWN, Confidence, Finding, NotebookDocument, PythonDocument, Rule, Severity
from mlops_lint.facts.defaults import origins
from mlops_lint.facts.seeding import SeedCall, around, last_word, only_binding, own_function, seed_calls, seed_of, value_of
from mlops_lint.knowledge.randomness import DRAWS, SEEDING_WORDS
from mlops_lint.knowledge.seeding import DATA_PACKAGES, GLOBAL_SEEDERS, NONE_PICKS_A_SEED, OPTIONAL_SEED, SEED_HOLDERS, SEED_PARAMETERS

rule = Rule(
    code="RP314",
    summary="seed differs in every run and is not kept",
    consideration="randomness",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    references=(
        "https://docs.python.org/3/library/random.html#random.seed",
        "https://numpy.org/doc/stable/reference/random/generated/numpy.random.seed.html",
    ),
)

_CLOCK, _PROCESS, _UUID, _ENTROPY, _DRAW = "the clock", "the process number", "a UUID", "the operating system's entropy", "an unseeded random number"
_SOURCES = {
    **dict.fromkeys(
        ("time.time", "time.time_ns", "time.clock", "time.perf_counter", "time.perf_counter_ns", "time.monotonic", "time.monotonic_ns"), _CLOCK
    ),
    **dict.fromkeys(("time.process_time", "time.process_time_ns", "time.ctime", "time.strftime", "time.localtime", "time.gmtime"), _CLOCK),
    **dict.fromkeys(("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"), _CLOCK),
    **dict.fromkeys(("pandas.Timestamp.now", "pandas.Timestamp.utcnow", "pandas.Timestamp.today", "timeit.default_timer"), _CLOCK),
    **dict.fromkeys(("os.getpid", "os.getppid", "threading.get_ident"), _PROCESS),
    **dict.fromkeys(("uuid.uuid1", "uuid.uuid4"), _UUID),
    **dict.fromkeys(("os.urandom", "os.getrandom", "torch.seed", "torch.random.seed"), _ENTROPY),
    **dict.fromkeys(("secrets.randbits", "secrets.randbelow", "secrets.token_bytes", "secrets.token_hex", "secrets.choice"), _ENTROPY),
}
_DATES = frozenset({"datetime.date.today"})
_DAY_FORMAT = re.compile(r"^(?:%[YymdjUWuwaAbBGVxDFC]|[^%])*$")
_DRAWN = frozenset(
    name for names in DRAWS.values() for name in names if re.search(r"\.rand(?:om|int|range|bits|om_integers)?$|getrandbits|integers$", name)
)

# Calls and methods through which a number is only converted.
_CONVERSIONS = frozenset(
    {f"builtins.{name}" for name in ("int", "float", "str", "abs", "round", "hash", "bytes", "pow", "repr", "divmod", "sum")}
    | {"int.from_bytes", "builtins.int.from_bytes", "struct.unpack", "zlib.crc32", "zlib.adler32", "math.floor", "math.ceil", "binascii.hexlify"}
    | {f"numpy.{name}" for name in ("uint32", "int32", "int64", "uint64", "array", "frombuffer", "abs")}
    | {f"hashlib.{name}" for name in ("md5", "sha1", "sha256", "sha512")}
)
_METHODS = frozenset("timestamp strftime isoformat total_seconds replace encode hexdigest digest item timetuple toordinal".split())
_STATE = re.compile(r"\b(?:get_?state|get_rng_state|initial_seed|fork_rng)\s*\(")
_ALL_VARIABLES = re.compile(r"\b(?:globals|locals|vars)\(\)")
_CHOICE = re.compile(r"seed|determin|reproduc", re.IGNORECASE)
_HELPER = re.compile(SEEDING_WORDS)
_MAX_BEFORE = 50
_KEEPERS = re.compile(r"print|log|info|debug|warn|write|dump|save|init|config|vars|asdict|format|str$", re.IGNORECASE)
_SEED_KEYWORDS = frozenset({"random_state", "random_seed", "seed"})


@dataclass(frozen=True, slots=True)
class _Origin:
    """What makes a seed differ, the expression that does, and the assignment it came through, if any."""

    what: str
    written: str
    through: ast.AST | None = None
    confidence: Confidence | None = None


@rule.on_document(PythonDocument)
def check(doc: PythonDocument) -> Iterator[Finding]:
    """Flag each seeding call whose seed cannot be known again; calls that share one such variable are one finding."""
    if doc.role in ("vendored", "test") or ("seed" not in doc.code.lower() and "PRNGKey" not in doc.code) or _STATE.search(doc.code):
        return
    calls = [*seed_calls(doc), *_others(doc)]
    seen: set[int] = set()
    for one in sorted(calls, key=lambda call: (call.call.lineno, call.call.col_offset)):
        origin = _origin(doc, one, calls)
        if origin is None or _is_fallback(doc, origin.through or one.call) or _is_fallback(doc, one.call):
            continue
        if origin.through is not None:
            if id(origin.through) in seen:
                continue
            seen.add(id(origin.through))
        confidence = origin.confidence
        if _is_reset(doc, one, calls) or _is_day(doc, one):
            confidence = Confidence.LOW
        elif confidence is None and (one.is_keyword or not _works_with_data(doc)):
            confidence = Confidence.MEDIUM
        written = ast.unparse(one.call.func)
        related = (doc.at(origin.through, "the seed is made here"),) if origin.through is not None else ()
        yield rule.finding(doc.at(one.call), f"{written} {_message(origin)}", related=related, confidence=confidence)


def _message(origin: _Origin) -> str:
    if origin.what:
        return f"is seeded from {origin.what} ({origin.written}), which is not kept, so the run cannot be repeated"
    return f"is called {origin.written}, which picks a new seed in every run"


def _others(doc: PythonDocument) -> Iterator[SeedCall]:
    """Helpers that are named as seeding, ``random_state=`` of any call, and ``torch.seed()`` alone."""
    for call in doc.scopes.calls:
        names = doc.scopes.names(call.func)
        last = last_word(call.func)
        if names & {"torch.seed", "torch.random.seed", "torch.cuda.seed", "torch.cuda.seed_all"}:
            if isinstance(doc.scopes.parent(call), ast.Expr):
                yield SeedCall(call, "torch.seed", None, True)
        elif names & (GLOBAL_SEEDERS | SEED_HOLDERS):
            continue
        elif (given := next((word for word in call.keywords if word.arg in _SEED_KEYWORDS), None)) is not None and _may_seed(call, names, given):
            yield SeedCall(call, "", given.value, False, given.arg != "random_state")
        elif (seed := seed_of(call)) is not None:
            is_helper = _HELPER.search(last) is not None and (names or _is_own(call.func)) and not _keeps(doc, call)
            if is_helper or (last in ("manual_seed", "seed") and isinstance(call.func, ast.Attribute) and not names):
                yield SeedCall(call, "", seed, False)


def _is_own(function: ast.expr) -> bool:
    """Whether a callee is a plain name, or something of the object itself."""
    return isinstance(function, ast.Name) or ast.unparse(function).startswith("self.")


def _may_seed(call: ast.Call, names: frozenset[str], given: ast.keyword) -> bool:
    """Whether a keyword seeds what is called: a function known by its import, or a method that resets or draws."""
    if given.arg == "random_state":
        return True
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in ("reset", "shuffle", "sample", "split") or (
        bool(names) and not any(name.startswith(("builtins.", "argparse.")) for name in names)
    )


def _is_reset(doc: PythonDocument, one: SeedCall, calls: list[SeedCall]) -> bool:
    """Whether the same generator gets another seed before, in the same function: this call only ends that stretch."""
    if not one.is_global:
        return False
    here, above = doc.scopes.scope_of(one.call).function, {id(node) for node in doc.scopes.ancestors(one.call)}
    package, place = one.name.partition(".")[0], (one.call.lineno, one.call.col_offset)
    before = [other for other in calls if other.is_global and (other.call.lineno, other.call.col_offset) < place]
    for other in before[-_MAX_BEFORE:]:
        if other.seed is None or other.name.partition(".")[0] != package or value_of(doc, other.seed) is None:
            continue
        if doc.scopes.scope_of(other.call).function is not here or not any(id(step) in above for step in _block_of(doc, other.call)):
            continue
        if _is_day(doc, other) or _source(doc, other.seed, calls) is None:
            return True
    return False


def _block_of(doc: PythonDocument, call: ast.Call) -> list[ast.stmt]:
    """The statements among which a call stands, so that they run when it does."""
    child: ast.AST = call
    for above in doc.scopes.ancestors(call):
        for _, block in ast.iter_fields(above):
            if isinstance(block, list) and child in block and isinstance(child, ast.stmt):
                return block
        child = above
    return []


def _is_day(doc: PythonDocument, one: SeedCall) -> bool:
    """Whether a seed is the date alone, which can be known again."""
    for node in ast.walk(one.seed) if one.seed is not None else ():
        if isinstance(node, ast.Call):
            if doc.scopes.names(node.func) & _DATES:
                return True
            if isinstance(node.func, ast.Attribute) and node.func.attr == "strftime" and node.args:
                form = value_of(doc, node.args[-1])
                return isinstance(form, str) and _DAY_FORMAT.match(form) is not None
    return False


def _works_with_data(doc: PythonDocument) -> bool:
    return any(name.partition(".")[0] in DATA_PACKAGES for name in doc.scopes.imported())


def _keeps(doc: PythonDocument, call: ast.Call) -> bool:
    """Whether a helper of the same file prints or logs the seed it gets."""
    function = own_function(doc, call)
    if function is None:
        return False
    return any(isinstance(one, ast.Call) and re.search(r"print|log|info|debug|warn|write", ast.unparse(one.func)) for one in ast.walk(function))


def _origin(doc: PythonDocument, one: SeedCall, calls: list[SeedCall]) -> _Origin | None:
    if one.name == "torch.seed":
        return _Origin("", "for a non-deterministic seed")
    if one.seed is None:
        # The generators start like that anyway; in workers it undoes a copied state, which is right.
        return _Origin("", "without a seed", None, Confidence.LOW) if one.name in OPTIONAL_SEED and not one.call.keywords else None
    if one.is_global and not one.name.startswith(NONE_PICKS_A_SEED) and value_of(doc, one.seed) is None:
        return _Origin("", "with None")
    return _source(doc, one.seed, calls)


def _source(doc: PythonDocument, seed: ast.expr, calls: list[SeedCall]) -> _Origin | None:
    """The first part of a seed that differs in every run; a fallback (``a or b``, a conditional, an argument of an unknown call) is none."""
    stack: list[tuple[ast.expr, ast.AST | None]] = [(seed, None)]
    steps = 0
    while stack and steps < 200:
        steps += 1
        node, through = stack.pop()
        if isinstance(node, ast.Call):
            names = doc.scopes.names(node.func)
            if what := next((_SOURCES[name] for name in names if name in _SOURCES), ""):
                is_default = through is not None and not isinstance(through, ast.stmt)
                return _Origin(what, ast.unparse(node), through, Confidence.MEDIUM if is_default else None)
            if any(name in _DRAWN for name in names) or _is_system_random(doc, node):
                if _is_system_random(doc, node) or _draws_unseeded(doc, calls):
                    return _Origin(_DRAW, ast.unparse(node), through)
            elif names & _CONVERSIONS:
                stack.extend((argument, through) for argument in reversed(node.args))
            elif isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
                stack.append((node.func.value, through))
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "from_bytes":
                stack.extend((argument, through) for argument in reversed(node.args))
        elif isinstance(node, ast.BinOp):
            stack.extend(((node.right, through), (node.left, through)))
        elif isinstance(node, ast.UnaryOp):
            stack.append((node.operand, through))
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.value, (ast.Call, ast.Attribute, ast.Subscript)):
            stack.append((node.value, through))
        elif isinstance(node, (ast.Name, ast.Attribute)) and through is None:
            made = _made(doc, node)
            if made is not None:
                stack.append(made)
    return None


def _made(doc: PythonDocument, node: ast.Name | ast.Attribute) -> tuple[ast.expr, ast.AST] | None:
    """The expression that a seed's variable, parameter or attribute gets, and its place; ``None`` where it is used for more than seeding."""
    binding = only_binding(doc, node) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Name) and (binding is None or _is_used_elsewhere(doc, node)):
        return None
    if binding is not None and binding.how == "assign":
        if binding.value is None or (isinstance(binding.node, ast.Assign) and len(binding.node.targets) > 1):
            return None
        return (binding.value, binding.node) if isinstance(binding.node, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(node, ast.Attribute) and _is_read_elsewhere(doc, node):
        return None
    source = next((one for one, _ in origins(node, doc.scopes) if one is not node), None)
    return (source, source) if source is not None else None


def _is_read_elsewhere(doc: PythonDocument, attribute: ast.Attribute) -> bool:
    """Whether an attribute is read for anything but seeding, or its owner is handed to something that may print or keep it."""
    written, owner = ast.unparse(attribute), ast.unparse(attribute.value)
    holder = next((above for above in doc.scopes.ancestors(attribute) if isinstance(above, ast.ClassDef)), None) if owner == "self" else None
    for node in ast.walk(holder or doc.tree):
        if isinstance(node, ast.Attribute) and node.attr == attribute.attr and isinstance(node.ctx, ast.Load) and ast.unparse(node) == written:
            if not _seeds(doc, node):
                return True
        elif isinstance(node, ast.Name) and node.id == owner and owner != "self" and _is_kept_whole(doc, node):
            return True
    return False


def _is_kept_whole(doc: PythonDocument, node: ast.Name) -> bool:
    for above in doc.scopes.ancestors(node):
        if isinstance(above, ast.Call):
            return bool(_KEEPERS.search(ast.unparse(above.func)))
        if not isinstance(above, (ast.keyword, ast.FormattedValue, ast.JoinedStr, ast.Starred)):
            return False
    return False


def _is_system_random(doc: PythonDocument, call: ast.Call) -> bool:
    """Whether a call draws from ``random.SystemRandom()``."""
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(inner, ast.Call) and "random.SystemRandom" in doc.scopes.names(inner.func)


def _draws_unseeded(doc: PythonDocument, calls: list[SeedCall]) -> bool:
    """Whether a drawn seed is surely unseeded: a program of its own that seeds in no other way."""
    is_program = isinstance(doc, NotebookDocument) or re.search(r"__name__\s*==\s*['\"]__main__", doc.code) is not None
    fixed = any(one.seed is not None and not isinstance(value := value_of(doc, one.seed), type(UNKNOWN)) and value is not None for one in calls)
    opaque = any(_HELPER.search(last_word(call.func)) and not doc.scopes.names(call.func) for call in doc.scopes.calls)
    return is_program and not fixed and not opaque and sum(one.is_global for one in calls) <= 1


def _is_used_elsewhere(doc: PythonDocument, name: ast.Name) -> bool:
    """Whether a variable is read for anything but seeding, and so may be kept."""
    found = doc.scopes.scope_of(name).lookup(name.id)
    if found is None or _ALL_VARIABLES.search(doc.code):
        return True
    for node in ast.walk(found[0].node):
        if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Load) and not _seeds(doc, node):
            return True
    return False


def _seeds(doc: PythonDocument, node: ast.AST) -> bool:
    """Whether an expression ends up as a seed: as argument of a seeding call, or as the seed of any other."""
    for above in doc.scopes.ancestors(node):
        if isinstance(above, ast.keyword):
            if above.arg in SEED_PARAMETERS:
                return True
        elif isinstance(above, ast.Call):
            last = last_word(above.func)
            if last in ("seed", "manual_seed", "manual_seed_all", "PRNGKey", "default_rng", "RandomState", "Random") or _HELPER.search(last):
                return True
            if not doc.scopes.names(above.func) & _CONVERSIONS:
                return False
        elif not isinstance(above, (ast.BinOp, ast.UnaryOp)):
            return False
    return False


def _is_fallback(doc: PythonDocument, node: ast.AST) -> bool:
    """Whether the code around decides by the presence of a seed, or by a wish for determinism."""
    for above in around(doc, node):
        if isinstance(above, (ast.If, ast.IfExp, ast.BoolOp)) and _CHOICE.search(
            ast.unparse(above.test if not isinstance(above, ast.BoolOp) else above)
        ):
            return True
        if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = (*above.args.posonlyargs, *above.args.args, *above.args.kwonlyargs)
            if any(_CHOICE.search(one.arg) for one in given):
                return any(isinstance(one, (ast.If, ast.IfExp)) and _CHOICE.search(ast.unparse(one.test)) for one in ast.walk(above))
    return False
