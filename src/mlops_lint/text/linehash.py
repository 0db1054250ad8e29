"""The line hash by which GitHub recognises a code-scanning alert again.

GitHub's uploader computes ``primaryLocationLineHash`` itself when a report has none; sending it keeps alerts stable for other consumers too.
The algorithm (a rolling polynomial hash, base 37 modulo 2**64, over the 100 characters from the start of a line, blanks left out, each hash numbered by
its occurrence) is the one of github/codeql-action, ``src/fingerprints.ts``.
"""

from __future__ import annotations

from collections import Counter

_BLOCK = 100
_BASE = 37
_MASK = (1 << 64) - 1
_END_OF_FILE = 65535
_FIRST = pow(_BASE, _BLOCK, 1 << 64)


def line_hashes(text: str, wanted: set[int]) -> dict[int, str]:
    """The hashes of the wanted 1-based lines, as ``hex:occurrence``; lines the text does not have are left out."""
    if not wanted:
        return {}
    found: dict[int, str] = {}
    counts: Counter[int] = Counter()
    window = [0] * _BLOCK
    owners = [0] * _BLOCK
    value = index = line = 0
    line_start, after_cr = True, False

    def settle() -> None:
        """The line whose first character leaves the window has its hash now."""
        counts[value] += 1
        if owners[index] in wanted:
            found[owners[index]] = f"{value:x}:{counts[value]}"
        owners[index] = 0

    # UTF-16 code units, because the original counts JavaScript characters.
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H").tolist()
    units.append(_END_OF_FILE)
    for unit in units:
        if unit in (32, 9) or (after_cr and unit == 10):
            after_cr = False
            continue
        after_cr = unit == 13
        if after_cr:
            unit = 10
        if owners[index]:
            settle()
        if line_start:
            line_start = False
            line += 1
            owners[index] = line
        if unit == 10:
            line_start = True
        value = (_BASE * value + unit - _FIRST * window[index]) & _MASK
        window[index] = unit
        index = (index + 1) % _BLOCK
    for _ in range(_BLOCK):
        if owners[index]:
            settle()
        value = (_BASE * value - _FIRST * window[index]) & _MASK
        window[index] = 0
        index = (index + 1) % _BLOCK
    return found
