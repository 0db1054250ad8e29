from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mlops_lint.core.finding import Confidence, Finding, Severity
from mlops_lint.core.option import option
from mlops_lint.core.rule import LoadedRule, Rule, RuleDoc, Ruleset


@dataclass(frozen=True, slots=True)
class SizeOptions:
    max_size: int = option(10, "Largest size in megabytes.")
    ratio: float = option(0.5, "Largest share.")
    strict: bool = option(False, "Whether to be strict.")
    suffixes: tuple[str, ...] = option((".csv",), "Suffixes that count.")


def _check(*_: Any) -> Iterator[Finding]:
    return iter(())


def _rule(code: str, name: str, consideration: str, **more: Any) -> LoadedRule:
    rule = Rule(code, f"summary of {name}", consideration, Severity.WARNING, Confidence.HIGH, **more)
    rule.on_project(_check)
    return LoadedRule(rule, name, RuleDoc(f"Title of {name}", "why", "advice", "limits"))


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    return Ruleset(
        [
            _rule("SE106", "unsafe-deserialization", "unauthorized-access"),
            _rule("SE107", "foreign-model", "unauthorized-access", profile="opt-in"),
            _rule("SE201", "unpinned-action", "secure-pipelines"),
            _rule("DM110", "large-file", "data-volume", options=SizeOptions),
            _rule("GV109", "model-card", "model-governance", profile="audit"),
            _rule("RP301", "unseeded-rng", "randomness", stage="preview"),
        ]
    )
