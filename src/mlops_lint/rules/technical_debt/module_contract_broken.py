"""Network breaks the contract of nn.Module.

``nn.Module`` finds layers and parameters because it watches what is assigned to the network. Where its own constructor has not run, the first layer cannot be
assigned or the first call fails. Layers inside a plain list or dictionary are never seen: the optimiser does not train them, ``.to(device)`` leaves them
behind, ``state_dict()`` does not save them, and nothing complains. An attribute that is almost called ``requires_grad`` is set without any effect, and the
weights that were meant to be frozen go on learning.

Call ``super().__init__()`` first, hold layers in ``nn.ModuleList``, ``nn.ModuleDict`` or ``nn.Sequential`` (parameters in ``nn.ParameterList``), and write
``requires_grad``; a whole network is frozen with ``requires_grad_(False)``.

Layers that are also assigned one by one, handed to ``add_module``, ``setattr`` or a ``ModuleList``, have nothing to learn, or are a single network made
elsewhere and wrapped to be hidden are left alone, as are classes that say themselves what their parameters are, and layers that train themselves unless the
network's ``state_dict()`` is asked for. A base that nobody knows, a ``__new__`` or a
metaclass make the rule silent about the constructor.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from mlops_lint.api import Confidence, Event, Finding, Location, Project, PythonDocument, Rule, Severity, Site, role_of
from mlops_lint.facts.constructors import Constructor, Store
from mlops_lint.facts.definitions import CLASS, Definition
from mlops_lint.facts.modules import Modules
from mlops_lint.facts.programs import modules
from mlops_lint.facts.runs import REQUIRES, Runs, runs
from mlops_lint.facts.unregistered_layers import unregistered
from mlops_lint.knowledge.module_contract import MODULE_BASES, PARAMETERS, SAYS_GRADIENT
from mlops_lint.knowledge.torch import kinds_of_torch

rule = Rule(
    code="TD105",
    summary="network breaks the contract of nn.Module",
    consideration="debt-accumulation",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    requires=(*REQUIRES, Constructor),
    references=(
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html",
    ),
)

_TYPO = re.compile(rf"(?:{SAYS_GRADIENT})\Z")
_SETTINGS = re.compile(r"(?:^|_)(?:cfg|conf|config|configs|args|opts?|options|hparams|params|settings|flags)$|^self$|^cls$", re.IGNORECASE)
_HELD = {"list": "nn.ModuleList", "tuple": "nn.ModuleList", "set": "nn.ModuleList", "dict": "nn.ModuleDict"}


@rule.on_project
def check_classes(project: Project) -> Iterator[Finding]:
    """Report constructors that do not hand over to nn.Module, and layers that it cannot see."""
    known: Modules = project.derive(modules)
    for constructor in project.facts(Constructor):
        role = role_of(constructor.path)
        definition = known.by_key.get((constructor.path, constructor.qualname))
        if role != "vendored" and definition is not None and not constructor.raises and _is_network(definition, known):
            yield from _check(constructor, known, Confidence.LOW if role in ("test", "example") else None)
    every: Runs = project.derive(runs)
    reported: set[Site] = set()
    for run in every:
        if run.role in ("test", "vendored"):
            continue
        for found in unregistered(run):
            if found.store.site in reported:
                continue
            reported.add(found.store.site)
            what = "parameters" if found.layer is not None and found.layer.names & PARAMETERS else "layers"
            right = "nn.ParameterList" if what == "parameters" else _HELD[found.held]
            if found.held == "dict" and what == "parameters":
                right = "nn.ParameterDict"
            related = (
                [every.location(found.layer, "one of them is made here")] if found.layer is not None and found.layer.site != found.store.site else []
            )
            fate = "neither moved nor saved with the network" if found.trained else "neither trained, moved nor saved"
            yield rule.finding(
                every.location(found.store),
                f"the {what} of {found.owner.name} stand in a plain {found.held}, where they are {fate}",
                related=related,
                confidence=Confidence.LOW if run.role == "example" else None,
                help=f"use {right}",
            )
        yield from _frozen_in_vain(run.trace.select(_sets_gradient), every, reported)


def _sets_gradient(event: Event) -> bool:
    return event.what == "store" and event.method == "requires_grad" and event.receiver is not None


def _frozen_in_vain(events: Iterable[Event], every: Runs, reported: set[Site]) -> Iterator[Finding]:
    """``network.requires_grad = False``: sets an attribute that nothing reads."""
    for event in events:
        if event.receiver is None or event.site in reported:
            continue
        network = event.receiver.thing
        made = network.event.names if network.event is not None else frozenset()
        if not event.receiver.is_a("module") or made & PARAMETERS or network.alternatives:
            continue
        if network.owner is not None and network.owner.member("requires_grad") is not None:
            continue
        if event.code[1] == ["n", "self"]:
            continue
        reported.add(event.site)
        yield rule.finding(
            every.location(event),
            "requires_grad of a whole network is an attribute that nothing reads, so its weights are not affected",
            help="call requires_grad_(False) on the network, or set requires_grad on each of its parameters()",
        )


def _check(constructor: Constructor, known: Modules, confidence: Confidence | None) -> Iterator[Finding]:
    name = constructor.qualname.rpartition(".")[2]
    breaking = [store for store in constructor.early if _needs_module(store, constructor.path, known)]
    if not constructor.hands_over:
        said = "names super().__init__ without calling it" if constructor.forgets_call else "never calls super().__init__()"
        related = [Location(constructor.path, store.span, "this fails then") for store in breaking[:1]]
        message = f"the constructor of {name} {said}, so the network cannot hold layers or be called"
        yield rule.finding(Location(constructor.path, constructor.span), message, related=related, confidence=confidence)
    elif breaking:
        store = breaking[0]
        what = f"self.{store.attribute}" if store.names else f"self.{store.attribute}(…)"
        message = f"{what} stands before super().__init__(), where nn.Module cannot take layers or parameters yet"
        yield rule.finding(Location(constructor.path, store.span), message, confidence=confidence)


def _needs_module(store: Store, path: str, known: Modules) -> bool:
    if not store.names:
        return store.attribute.startswith(("register_", "add_module"))
    for name in store.names:
        if name in PARAMETERS or kinds_of_torch(name) & {"module", "loss-function"}:
            continue
        definition = known.definition(name, path)
        if definition is None or definition.kind != CLASS or not _is_network(definition, known):
            return False
    return True


def _is_network(definition: Definition, known: Modules) -> bool:
    """Whether a class extends nn.Module, also through classes of the project."""
    for one in known.ancestry(definition):
        for base in one.bases:
            if base in MODULE_BASES or (base.startswith("torch.nn.") and base.count(".") == 2 and "module" in kinds_of_torch(base)):
                return base not in PARAMETERS
    return False


# -- a slip of the pen -----------------------------------------------------------------------------------------------------------------------------------


@rule.on_document(PythonDocument)
def check_spelling(doc: PythonDocument) -> Iterator[Finding]:
    """Flag attributes that are set and are almost called requires_grad."""
    if doc.role == "vendored" or "torch" not in doc.code or "=" not in doc.code or not re.search(rf"\.(?:{SAYS_GRADIENT})\b", doc.code):
        return
    alike = [node for node in doc.scopes.nodes(ast.Attribute) if _TYPO.match(node.attr)]
    written = [node for node in alike if isinstance(node.ctx, ast.Store)]
    if not written:
        return
    spoken = {node.attr for node in alike if not isinstance(node.ctx, ast.Store) and not node.attr.endswith("_")}
    spoken.update(node.name for node in doc.scopes.nodes(ast.FunctionDef))
    spoken.update(node.arg for node in doc.scopes.nodes(ast.arg))
    for target in written:
        holder = target.value
        if (isinstance(holder, ast.Name) and _SETTINGS.search(holder.id)) or (isinstance(holder, ast.Attribute) and _SETTINGS.search(holder.attr)):
            continue
        statement = doc.scopes.parent(target)
        if target.attr not in spoken and isinstance(statement, (ast.Assign, ast.AnnAssign)):
            yield rule.finding(
                Location(doc.path, doc.span_of(statement)),
                f"setting {target.attr} has no effect: torch looks at requires_grad",
                confidence=Confidence.LOW if doc.role == "test" else None,
                help=f"write {ast.unparse(holder)}.requires_grad" if len(ast.unparse(holder)) < 60 else "",
            )
