"""Version constraints of Poetry and conda as PEP 440 sets."""

from __future__ import annotations

import re

from mlops_lint.documents.specifiers import parse_version

_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*([^\s,;]+)")
_DIALECT_CLAUSE = re.compile(r"(\^|~=|~|===|==|=|!=|<=|>=|<|>)?\s*([A-Za-z0-9*][A-Za-z0-9.*+!_-]*)[\s,]*")
_RELEASE = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)")


def poetry_specifier(constraint: str) -> str:
    """A Poetry constraint as a PEP 440 set: carets, tildes, wildcards and bare versions resolved.

    Alternatives (``||``) have no such set; they come back as written and count as unknown.
    """
    text = constraint.strip()
    if text in ("", "*"):
        return ""
    parts: list[str] = []
    position = 0
    while position < len(text):
        match = _DIALECT_CLAUSE.match(text, position)
        converted = None if match is None else _poetry_clause(match[1] or "", match[2])
        if match is None or converted is None:
            return text
        if converted:
            parts.append(converted)
        position = match.end()
    return ",".join(parts)


def _poetry_clause(operator: str, version: str) -> str | None:
    if "*" in version:
        stem = version.rstrip("*").rstrip(".")
        if not stem:
            return ""
        if "*" in stem or operator not in ("", "=", "==", "!="):
            return None
        return f"{'!=' if operator == '!=' else '=='}{stem}.*"
    if operator in ("^", "~"):
        release = _RELEASE.match(version)
        if release is None or parse_version(version) is None or "!" in version:
            return None
        numbers = [int(part) for part in release[1].split(".")]
        if operator == "^":
            place = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        else:
            place = min(1, len(numbers) - 1)
        upper = [*numbers[:place], numbers[place] + 1, *[0] * (len(numbers) - place - 1)]
        return f">={version},<{'.'.join(map(str, upper))}"
    return f"{'==' if operator in ('', '=') else operator}{version}"


def conda_specifier(text: str) -> str:
    """A conda match specification's version part, build string included, as a PEP 440 set.

    ``==1.2`` and ``1.2 py_0`` are exact, and so is what conda calls fuzzy when it is written in full (``=1.2.3``): the fourth part hardly ever
    exists. ``=1.2`` is the range ``==1.2.*``. Alternatives (``|``) and patterns come back as written and count as unknown.
    """
    text = text.strip()
    if text in ("", "*", "=*", "==*"):
        return ""
    if "|" in text:
        return text
    if text.startswith("=") and not text.startswith("=="):
        version, equals, _build = text[1:].strip().partition("=")
        return _conda_fuzzy(version.strip(), exact=bool(equals))
    if text[0].isalnum():
        # "1.2", "1.2 py_0", "1.2=py_0": without an operator a version is meant as it stands.
        return _conda_fuzzy(re.split(r"[\s=]", text, maxsplit=1)[0], exact=True)
    parts: list[str] = []
    for part in text.split(","):
        part = part.strip()
        match = _CLAUSE.match(part)
        if match is None:
            if part.startswith("=") or part[:1].isalnum():
                parts.append(_conda_fuzzy(part.lstrip("= "), exact=False))
                continue
            return text
        operator, version = match[1], match[2]
        if operator in ("==", "===", "!="):
            version = version.partition("=")[0]
            if version.endswith("*"):
                parts.append(f"{operator}{version.rstrip('*').rstrip('.')}.*")
                continue
        elif version.endswith("*"):
            version = version.rstrip("*").rstrip(".")
            operator = {">": ">=", "<=": "<"}.get(operator, operator)
        parts.append(f"{operator}{version}")
    return ",".join(part for part in parts if part)


def _conda_fuzzy(version: str, *, exact: bool) -> str:
    if version in ("", "*"):
        return ""
    if version.endswith("*"):
        stem = version.rstrip("*").rstrip(".")
        return f"=={stem}.*" if stem else ""
    if exact or version.count(".") >= 2:
        return f"=={version}"
    return f"=={version}.*"
