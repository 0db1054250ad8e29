"""Whatever a repository calls its files, no report can be made to act (TRUST rows 20 to 24)."""

from __future__ import annotations

import json
import re
import unicodedata
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from report_sample import HOSTILE_NAMES, hostile_outcome, render

TEXT_OPTIONS = {"show_suppressed": True, "show_skipped": True}
_V2 = re.compile(r"^\s*::[\w-]+")
_ANYWHERE = re.compile(r"##(?:\[|vso\[|teamcity\[)")


def commands(log: str) -> list[str]:
    """A small model of CI runners: lines that they would take for a command."""
    return [line for line in re.split(r"[\n\r\x85\u2028\u2029]", log) if _V2.match(line) or _ANYWHERE.search(line)]


def test_the_model_knows_commands() -> None:
    assert commands("x\n::error file=x::pwn\n  ::add-mask::x\r::group::y\na ##[error]b\nok :: x") == [
        "::error file=x::pwn",
        "  ::add-mask::x",
        "::group::y",
        "a ##[error]b",
    ]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
@pytest.mark.parametrize("format_name", ["text", "concise"])
@pytest.mark.parametrize("color", [False, True])
def test_terminal(format_name: str, color: bool, name: str) -> None:
    text = render(format_name, hostile_outcome(name), color=color, **TEXT_OPTIONS)
    if color:
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text.encode("utf-8")
    assert {char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")} == {"\n"}
    assert not re.search("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", text)
    assert commands(text) == []
    ordinary = render(format_name, hostile_outcome("name.py"), **TEXT_OPTIONS)
    assert text.count("\n") == ordinary.count("\n")


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
@pytest.mark.parametrize("format_name", ["json", "sarif"])
def test_json_is_ascii_and_valid(format_name: str, name: str) -> None:
    text = render(format_name, hostile_outcome(name))
    assert {char for char in text if not " " <= char <= "~"} == {"\n"}
    assert commands(text) == []

    def strings(value: object) -> list[str]:
        found, todo = [], [value]
        while todo:
            one = todo.pop()
            if isinstance(one, str):
                found.append(one)
            elif isinstance(one, dict):
                todo += [*one, *one.values()]
            elif isinstance(one, list):
                todo += one
        return found

    for one in strings(json.loads(text)):
        one.encode("utf-8")


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if "\ud800" not in name], ids=ascii)
def test_json_path_and_sarif_uri_name_the_file(name: str) -> None:
    path = json.loads(render("json", hostile_outcome(name)))["findings"][0]["path"]
    assert path == re.sub("[\udc80-\udcff]", lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", name)
    run = json.loads(render("sarif", hostile_outcome(name)))["runs"][0]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri)
    assert unquote_to_bytes(uri) == name.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_sarif_messages_hold_no_link_and_no_control(name: str) -> None:
    run = json.loads(render("sarif", hostile_outcome(name)))["runs"][0]
    messages = [result["message"]["text"] for result in run["results"]]
    messages += [related["message"]["text"] for result in run["results"] for related in result.get("relatedLocations", ())]
    messages += [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    for message in messages:
        assert "](" not in message
        assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in message)
    assert all("markdown" not in result["message"] for result in run["results"])
