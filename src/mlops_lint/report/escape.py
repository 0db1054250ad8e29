r"""What keeps foreign text from acting: on a terminal, in a CI log, in a JSON file.

File names, messages and source lines come from repositories that nobody has vetted. A terminal must not see their control characters, a CI runner must not
read commands out of them (``::add-mask::`` at the start of a line, ``##[error]`` and ``##vso[…]`` anywhere in it), a JSON reader must get valid UTF-8.
"""

from __future__ import annotations

import re
from typing import TextIO

_INVISIBLE = (
    r"\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    r"\xad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, direction marks, spaces without width (joiners stay: scripts need them)
    r"\u2028-\u202e\u2060-\u206f"  # separators of lines and paragraphs, bidirectional controls, invisible operators
    r"\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"  # byte-order mark, annotations, surrogates, tags
)
_UNSAFE = re.compile(rf"[{_INVISIBLE}]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Runners of GitHub and Azure, and TeamCity, look for these inside a line too.
_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
_LAST_STAGE = re.compile(rf"(?!\n)[{_INVISIBLE}]")
_LAST_STAGE_COLOR = re.compile(rf"\x1b\[[0-9;]*m|(?!\n)[{_INVISIBLE}]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def safe_text(text: str) -> str:
    r"""The text on one line, with everything that could act or hide shown as ``\n``, ``\x1b``, ``\u202e``; bytes of undecodable names as ``\xNN``."""
    return _COMMAND.sub(r"#\\x23", _UNSAFE.sub(_show, text))


def safe_path(path: str) -> str:
    """A path as it opens a line: never a workflow command, also not after the blanks that a runner skips."""
    path = safe_text(path)
    return f"./{path}" if path.lstrip().startswith("::") else path


def safe_characters(text: str) -> list[str]:
    """The pieces of :func:`safe_text`, one per character of the text, for whoever must know what stands where; a tab is four blanks."""
    pieces = ["    " if char == "\t" else _UNSAFE.sub(_show, char) for char in text]
    for match in _COMMAND.finditer(text):
        pieces[match.end() - 1] = r"\x23"
    return pieces


def valid_text(text: str) -> str:
    r"""The text as valid Unicode: bytes of undecodable names as ``\xNN``, other lone surrogates as ``\uNNNN``, all else as it is."""
    return _SURROGATE.sub(_show, text)


def write_text(stream: TextIO, text: str, color: bool = False) -> None:
    """Write finished text to a stream: the last filter before a terminal. Only line feeds and, with ``color``, SGR codes pass.

    A character that the stream's encoding lacks is written as an escape instead of raising.
    """
    if color:
        text = _LAST_STAGE_COLOR.sub(lambda match: match[0] if len(match[0]) > 1 else _show(match), text)
    else:
        text = _LAST_STAGE.sub(_show, text)
    encoding = getattr(stream, "encoding", None)
    if encoding:
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)


def _show(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not valid UTF-8, as ``surrogateescape`` keeps it
        code -= 0xDC00
    if code < 0x100:
        return _SHORT.get(char) or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
