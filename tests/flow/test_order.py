"""The order of sequences: where it is an accident, and what puts it right."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_run import looked_at


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("import os\nlook(os.listdir('a'))", {"files"}),
        ("import os\nlook(sorted(os.listdir('a')))", set()),
        ("import os\nx = os.listdir('a')\nx.sort()\nlook(x)", set()),
        ("import os\nlook([n for n in os.listdir('a') if n])", {"files"}),
        ("import os\nx = []\nfor n in os.listdir('a'):\n    x.append(n)\nlook(x)", {"files"}),
        ("import os\nfor n in os.listdir('a'):\n    x = []\n    x.append(n)\n    look(x)", set()),
        ("import os\nlook(os.listdir('a')[0])", set()),
        ("import os\nlook(os.listdir('a')[:5])", {"files"}),
        ("import os\nlook(len(os.listdir('a')))", set()),
        ("import os\nlook([os.listdir('a'), 1])", set()),
        ("from glob import glob\nlook(glob('a.txt'))", set()),
        ("from pathlib import Path\nlook(list(Path('a').glob('*.txt')))", {"files"}),
        ("look(list(set(nobody.knows())))", {"set"}),
        ("look(list(set(range(3))))", set()),
        ("look(list({int(n) for n in nobody.knows()}))", set()),
        ("look(list({'a'} | set(nobody.knows())))", {"set"}),
        ("look(sorted(set(nobody.knows())))", set()),
        ("look({n: 1 for n in set(nobody.knows())}['a'])", set()),
    ],
)
def test_order_is_an_accident_until_something_sorts(code: str, details: set[str], tmp_path: Path) -> None:
    event = looked_at(code, tmp_path)[-1]
    assert {tag.detail for tag in event.args[0].tagged("unordered")} == details


def test_a_slice_of_a_list_is_a_list(tmp_path: Path) -> None:
    code = "import torch\nx = []\nfor n in nobody.knows():\n    x.append(torch.nn.Linear(1, 1))\nlook(x[:2])\nfor n in x[:2]:\n    look(n)\n"
    part, element = (event.args[0] for event in looked_at(code, tmp_path)[:2])
    assert part.is_a("list")
    assert not part.is_a("module")
    assert element.is_a("module")
