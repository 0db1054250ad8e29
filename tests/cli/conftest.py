from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import mlops_lint.engine.registry
import mlops_lint.engine.run
from mlops_lint.cli.main import cli
from mlops_lint.core.finding import Confidence, Finding, Severity, Status
from mlops_lint.core.option import option
from mlops_lint.core.outcome import Outcome, Place, Region
from mlops_lint.core.outcome import Result as Hit
from mlops_lint.core.rule import LoadedRule, Rule, RuleDoc, Ruleset
from mlops_lint.engine.request import Request


@dataclass(frozen=True, slots=True)
class SizeOptions:
    max_size: int = option(10, "Largest size in megabytes.")


def _check(*_: Any) -> Iterator[Finding]:
    return iter(())


def _rule(code: str, name: str, consideration: str, **more: Any) -> LoadedRule:
    rule = Rule(code, f"summary of {name}", consideration, Severity.WARNING, Confidence.HIGH, **more)
    rule.on_project(_check)
    return LoadedRule(rule, name, RuleDoc(f"Title of {name}", "why", "advice", "limits"))


RULES = Ruleset(
    [
        _rule("SE106", "unsafe-deserialization", "unauthorized-access"),
        _rule("DM110", "large-file", "data-volume", options=SizeOptions),
        _rule("RP301", "unseeded-rng", "randomness", stage="preview"),
    ]
)


def _hit(severity: Severity = Severity.WARNING, status: Status = Status.OPEN, message: str = "model is unpickled") -> Hit:
    return Hit(
        code="SE106",
        rule="unsafe-deserialization",
        area="security",
        consideration="unauthorized-access",
        severity=severity,
        confidence=Confidence.HIGH,
        message=message,
        help="",
        place=Place("train.py", Region(3, 1, 3, 5), Region(3, 1, 3, 5)),
        status=status,
    )


@pytest.fixture(scope="session")
def hit() -> Callable[..., Hit]:
    """Makes a result of a severity and status."""
    return _hit


@dataclass
class Engine:
    """Stands in for the engine: returns what it is told to, and remembers what it was asked."""

    outcome: Outcome = field(default_factory=lambda: Outcome(files_analysed=1))
    requests: list[Request] = field(default_factory=list)
    error: BaseException | None = None

    def run(self, request: Request, ruleset: Ruleset, progress: Callable[[int, int], None] | None = None, snapshot: Any = None) -> Outcome:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return self.outcome

    @property
    def request(self) -> Request:
        (found,) = self.requests
        return found


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    monkeypatch.setattr(mlops_lint.engine.run, "run", fake.run)
    monkeypatch.setattr(mlops_lint.engine.registry, "load_ruleset", lambda *_, **__: RULES)
    return fake


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is the working directory; caches and colours of the person who runs the tests are out of the way."""
    root = Path(os.path.realpath(tmp_path)) / "repo"
    for folder in ("objects", "refs"):
        (root / ".git" / folder).mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (root / "train.py").write_text("import torch\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def invoke(repo: Path, engine: Engine) -> Callable[..., Result]:
    def call(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(cli, list(arguments), prog_name="mlops-lint", **more)

    return call
