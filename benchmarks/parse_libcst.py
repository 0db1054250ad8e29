"""Bare parsing, to compare with: ``libcst.parse_module`` over every Python file below a folder, and nothing else.

    python benchmarks/parse_libcst.py FOLDER

Prints how many files were parsed and how many libcst refused.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import libcst


def parse_all(root: Path) -> tuple[int, int]:
    """How many files below a folder libcst parses, and how many it refuses."""
    parsed = refused = 0
    for path in sorted(root.rglob("*.py")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            libcst.parse_module(path.read_bytes())
        except (libcst.ParserSyntaxError, SyntaxError, UnicodeDecodeError, LookupError, RecursionError):
            refused += 1
        else:
            parsed += 1
    return parsed, refused


def main() -> None:
    """Print the two numbers."""
    print(*parse_all(Path(sys.argv[1])))


if __name__ == "__main__":
    # Deeply nested code needs more stack than the main thread of some systems has.
    threading.stack_size(256 << 20)
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
