from __future__ import annotations

import os
import shutil
from pathlib import Path

from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.signature import code_signature, content_signature, plugin_folders, tool_signature, tree_signature


def package(folder: Path) -> Path:
    (folder / "rules").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "rules" / "one.py").write_text("x = 1\n")
    return folder


def test_content_is_the_same_elsewhere(tmp_path: Path) -> None:
    one = package(tmp_path / "one")
    two = shutil.copytree(one, tmp_path / "two")
    os.utime(two / "rules" / "one.py", (1, 1))
    (two / "__pycache__").mkdir()
    (two / "__pycache__" / "one.py").write_text("no source")
    assert content_signature(str(one)) == content_signature(str(two))
    assert tree_signature(str(one)) != tree_signature(str(two))


def test_any_change_of_content_counts(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    seen = {content_signature(str(folder))}
    (folder / "rules" / "one.py").write_text("x = 2\n")
    seen.add(content_signature(str(folder)))
    (folder / "rules" / "one.py").rename(folder / "rules" / "two.py")
    seen.add(content_signature(str(folder)))
    (folder / "rules" / "empty.py").write_text("")
    seen.add(content_signature(str(folder)))
    assert len(seen) == 4


def test_a_new_time_counts_where_only_times_are_looked_at(tmp_path: Path) -> None:
    folder = package(tmp_path / "one")
    before = tree_signature(str(folder))
    os.utime(folder / "rules" / "one.py", (1, 1))
    assert tree_signature(str(folder)) != before


def test_the_tool_itself_has_both() -> None:
    assert code_signature() != tool_signature() and code_signature() == code_signature()


def test_built_in_rules_are_no_plugins() -> None:
    assert plugin_folders(one for one in load_ruleset() if not one.plugin) == []
