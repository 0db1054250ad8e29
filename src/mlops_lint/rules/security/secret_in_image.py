"""A secret is built into an image.

What ``ENV``, ``ARG`` and ``COPY`` put into an image stays in its layers and its history, where ``docker history`` or any user of the image reads it, also
when a later instruction unsets or deletes it. Values in a compose file are in the repository besides.

Hand secrets to a build with ``RUN --mount=type=secret``, and to a container when it starts (``--env-file``, ``env_file``, the secrets of the orchestrator).
Then revoke the one that is in the image.

A setting counts when its value has the format of a credential, or when its name says secret and its value is no placeholder, path, switch or default. A
build argument without a default is a warning where the image keeps it: in an ``ENV``, or in a ``RUN`` of a stage that stays. Files that ``COPY . .`` takes
along are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlops_lint.api import Confidence, Dockerfile, Document, Finding, Rule, Severity, Span, YamlDocument
from mlops_lint.facts.credentials import Credential, find_credentials
from mlops_lint.facts.image_settings import ImageSetting, image_settings
from mlops_lint.facts.secret_files import holds_by_name, is_template_name, kind_of_secret_file
from mlops_lint.facts.secret_values import is_derived, is_secret_value, is_strong, is_wordy, names_secret

rule = Rule(
    code="SE105",
    summary="secret is built into an image",
    consideration="unauthorized-access",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    references=("https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/", "https://docs.docker.com/build/building/secrets/"),
)

_USE = r"\$(?:{name}\b|\{{{name}[:}}?+-])"
_REFERENCE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::?-)?\}|(?P<plain>\w+))")
_SERVICE_ACCOUNT = re.compile(
    r"(?:service[_-]?account|gcp|google|gcloud)[\w-]*(?:key|cred\w*)?\.json|(?:credentials|application_default_credentials|client_secrets?)\.json",
    re.IGNORECASE,
)


@rule.on_document(Dockerfile, YamlDocument)
def check(doc: Document) -> Iterator[Finding]:
    """Report settings with secret values, and files of credentials that are copied in."""
    if doc.role == "vendored":
        return
    baked: set[str] = set()
    # Services that share an anchor share its settings: one place is one finding.
    settings = list({setting.value_span: setting for setting in reversed(list(image_settings(doc)))}.values())[::-1]
    others = frozenset(one.value for one in settings if one.value and len(one.value) <= 40 and not names_secret(one.name))
    for setting in settings:
        if setting.value is not None:
            found = _in_setting(setting, others, doc)
            if found is not None:
                yield found
                baked.add(setting.name)
            elif isinstance(doc, Dockerfile) and setting.where == "ENV" and (source := _argument_behind(setting, settings)) is not None:
                baked.add(source.name)
                yield rule.finding(
                    doc.at(setting.span),
                    f"ENV {setting.name} keeps the build argument {source.name} in the image",
                    related=[doc.at(source.span, "the argument")],
                    severity=Severity.WARNING,
                    confidence=Confidence.MEDIUM,
                )
    if isinstance(doc, Dockerfile):
        yield from _arguments(doc, settings, baked)
        yield from _copies(doc)


def _in_setting(setting: ImageSetting, others: frozenset[str], doc: Document) -> Finding | None:
    """The finding of a setting whose value is a secret, and not only one of the ``others`` with a word to it."""
    value = setting.value or ""
    known = find_credentials(f"{setting.name}={value}")
    plain = names_secret(setting.name) and is_secret_value(value) and "$" not in value and not any(is_derived(value, other) for other in others)
    if not known and not (plain and doc.role != "test"):
        return None
    if setting.instruction is not None:
        holder = f"{setting.where} {setting.name}"
    else:
        holder = f"the {setting.where} {setting.name} of the service {setting.service}"
    what = known[0].described(f"{setting.name}={value}") if known else f"a value that reads like a secret ({len(value)} characters)"
    return rule.finding(
        doc.at(setting.span),
        f"{holder} is {what}",
        confidence=_confidence(setting, known, doc),
        secrets=_secrets(setting, known, doc),
    )


def _confidence(setting: ImageSetting, known: tuple[Credential, ...], doc: Document) -> Confidence | None:
    """Lower in tests, and for short passwords and ones made of words, which are mostly the defaults of a stack that only developers start."""
    value = setting.value or ""
    if known[0].weak if known else is_wordy(value) or not is_strong(value):
        return Confidence.MEDIUM if setting.instruction is not None else Confidence.LOW
    return Confidence.LOW if doc.role == "test" else None


def _secrets(setting: ImageSetting, known: tuple[Credential, ...], doc: Document) -> Iterator[Span]:
    """Where the value stands in the file; the whole setting's value where it is written in another way."""
    text = doc.text[setting.value_span.start : setting.value_span.end]
    value = setting.value or ""
    joined = f"{setting.name}={value}"
    wanted = [joined[span.start : span.end] for one in known for span in one.secrets] or [value]
    for one in wanted:
        place = text.find(one)
        yield Span(setting.value_span.start + place, setting.value_span.start + place + len(one)) if place >= 0 else setting.value_span


def _argument_behind(setting: ImageSetting, settings: list[ImageSetting]) -> ImageSetting | None:
    """The secret build argument of the same stage that an ``ENV`` takes as its value."""
    match = _REFERENCE.fullmatch((setting.value or "").strip())
    name = (match["braced"] or match["plain"]) if match is not None else ""
    if not name or not names_secret(name) or setting.instruction is None:
        return None
    stage, index = setting.instruction.stage, setting.instruction.index
    declared = (one for one in settings if one.where == "ARG" and one.name == name and one.instruction is not None)
    return next((one for one in declared if one.instruction and one.instruction.stage == stage and one.instruction.index < index), None)


def _arguments(doc: Dockerfile, settings: list[ImageSetting], baked: set[str]) -> Iterator[Finding]:
    """Secret build arguments without a default that a ``RUN`` uses: their value stays in the history of the stage's image."""
    lineage = _final_stages(doc)
    for setting in settings:
        instruction = setting.instruction
        if setting.where != "ARG" or setting.value or instruction is None or instruction.stage not in lineage:
            continue
        if setting.name in baked or not names_secret(setting.name):
            continue
        use = re.compile(_USE.format(name=re.escape(setting.name)))
        user = next(
            (
                one
                for one in doc.instructions
                if one.name == "RUN" and one.stage == instruction.stage and one.index > instruction.index and use.search(one.arguments)
            ),
            None,
        )
        if user is not None:
            baked.add(setting.name)
            yield rule.finding(
                doc.at(setting.span),
                f"the build argument {setting.name} stays in the history of the image",
                related=[doc.at(user.name_span, "used here")],
                severity=Severity.WARNING,
                confidence=Confidence.MEDIUM,
            )


def _copies(doc: Dockerfile) -> Iterator[Finding]:
    """``COPY`` and ``ADD`` of files that exist to hold credentials."""
    lineage = _final_stages(doc)
    for instruction in doc.instructions:
        if instruction.name not in ("COPY", "ADD") or instruction.flag("from") is not None:
            continue
        for word in instruction.words()[:-1]:
            what = _copied(word.text)
            if what:
                yield rule.finding(
                    doc.at(word.span),
                    f"{instruction.name} puts {what} into the image ({word.text})",
                    confidence=None if instruction.stage in lineage else Confidence.LOW,
                )


def _copied(source: str) -> str:
    """What a copied path is, when it is a file of credentials."""
    path = source.rstrip("*").removeprefix("./") or source
    if "://" in path or is_template_name(path):
        return ""
    held = holds_by_name(path)
    if held:
        return held if held.startswith("a ") else f"a file of {held}"
    if _SERVICE_ACCOUNT.fullmatch(path.rpartition("/")[2]):
        return "a service-account key file"
    return "" if path.endswith(".json") and not path.endswith("kaggle.json") else kind_of_secret_file(path)


def _final_stages(doc: Dockerfile) -> set[int | None]:
    """The last stage and those it is built on: what the image keeps."""
    found: set[int | None] = set()
    stage = doc.final_stage
    while stage is not None and stage.index not in found:
        found.add(stage.index)
        stage = doc.stages[stage.parent] if stage.parent is not None else None
    return found
