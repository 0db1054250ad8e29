"""Our names against libcst's own provider, over real files: this package, its tests and its fixtures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def comparison() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_names", ROOT / "benchmarks" / "names.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_plain_imported_calls_have_the_names_that_libcst_gives_them() -> None:
    tool = comparison()
    compared, differing = 0, []
    for path in [*sorted((ROOT / "src" / "mlops_lint" / "engine").rglob("*.py")), *sorted((ROOT / "tests" / "fixtures").rglob("*.py"))]:
        found = tool.compare(path.read_text("utf-8"), str(path))
        compared += found.compared
        differing += found.differences
    assert compared > 500
    assert len(differing) <= compared * 0.005, differing


def test_an_import_that_is_tried_twice_has_both_names() -> None:
    tool = comparison()
    both = "try:\n    import cudf as pd\nexcept ImportError:\n    import pandas as pd\npd.read_csv(1)\n"
    assert tool.compare(both).compared == 1 and tool.compare(both).differences == []
