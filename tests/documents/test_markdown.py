from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.markdown import MarkdownDocument


def read(text: str) -> MarkdownDocument:
    return MarkdownDocument("README.md", text.encode())


TEXT = """\
# Title
<!-- mlops-lint: ignore[rule] -- reason -->
Text <!-- inside --> and `<!-- code -->`.

```python title="x"
import torch  # <!-- no -->
```
- item
  ~~~~ {.Bash}
  pip install x
  ```
  ~~~~
<!-- over
two lines -->
```c``` inline
<!-- last -->
```
open <!-- never -->
"""


def test_code_blocks() -> None:
    doc = read(TEXT)
    assert [(one.language, one.content) for one in doc.code_blocks] == [
        ("python", "import torch  # <!-- no -->\n"),
        ("bash", "  pip install x\n  ```\n"),
        ("", "open <!-- never -->\n"),
    ]
    first = doc.code_blocks[0]
    assert TEXT[first.span.start : first.span.end] == first.content and first.info == 'python title="x"'
    assert TEXT[first.fence_span.start : first.fence_span.end] == '```python title="x"'
    assert doc.locate(first) == first.span


def test_comments_are_html_comments_outside_of_code() -> None:
    doc = read(TEXT)
    assert [(one.text, one.own_line) for one in doc.comments()] == [
        ("mlops-lint: ignore[rule] -- reason", True),
        ("inside", False),
        ("over\ntwo lines", True),
        ("last", True),
    ]
    assert all(TEXT[one.span.start : one.span.end].startswith("<!--") for one in doc.comments())


@settings(deadline=None)
@given(st.text(alphabet="`~<!-> \na{.}") | st.text() | st.lists(st.sampled_from(["```", "~~~", "<!--", "-->", "\n", "a", "`", " "])).map("".join))
def test_no_text_raises_and_places_lie_inside(text: str) -> None:
    doc = read(text)
    end = 0
    for block in doc.code_blocks:
        assert end <= block.fence_span.start <= block.fence_span.end <= block.span.start <= block.span.end <= len(doc.text)
        assert doc.text[block.span.start : block.span.end] == block.content
        end = block.span.end
    for comment in doc.comments():
        written = doc.text[comment.span.start : comment.span.end]
        assert written.startswith("<!--") and written.endswith("-->")
        assert not any(block.span.overlaps(comment.span) and block.span.contains(comment.span) for block in doc.code_blocks)


def test_long_lines_take_linear_time() -> None:
    start = time.process_time()
    for text in ("<!-- a -->" * 50_000, "`<!--" * 50_000, "<!--" * 100_000, "```\n" * 50_000):
        list(read(text).comments())
    assert time.process_time() - start < 3
