from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.pep508 import MAX_LENGTH, RequirementError, parse_requirement
from mlops_lint.documents.requirements import MAX_LINE, RequirementsDocument
from mlops_lint.text.span import Span


def read(text: str, path: str = "requirements.txt") -> RequirementsDocument:
    document = RequirementsDocument(path, text.encode())
    document.parse()
    return document


def rows(document: RequirementsDocument) -> list[tuple[str, str]]:
    return [(entry.name, entry.specifier) for entry in document.entries]


def test_plain_lines_with_comments_extras_and_markers() -> None:
    document = read(
        "# training\n"
        "torch>=1.8,<2 # see the site\n"
        "\n"
        "  Scikit_Learn [ plotting , extra ] == 1.2.*\n"
        "uvicorn[standard]>=0.20; python_version < '3.11' and sys_platform != 'win32'\n"
        "numpy (>=1.2, !=1.3)\n"
        "pandas"
    )
    assert rows(document) == [
        ("torch", ">=1.8,<2"),
        ("scikit-learn", "==1.2.*"),
        ("uvicorn", ">=0.20"),
        ("numpy", ">=1.2,!=1.3"),
        ("pandas", ""),
    ]
    assert [entry.raw for entry in document.entries][:2] == ["torch>=1.8,<2", "Scikit_Learn [ plotting , extra ] == 1.2.*"]
    assert document.line_map.position(document.entries[1].span.start) == (4, 3)
    assert document.entries[1].extras == ("extra", "plotting")
    assert document.entries[2].marker == 'python_version < "3.11" and sys_platform != "win32"'
    assert document.problems == ()


def test_hashes_on_continuation_lines_belong_to_the_requirement() -> None:
    text = "numpy==1.26.4 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via pandas\npandas==2.2.0 --hash sha256:cc\n"
    document = read(text)
    numpy, pandas = document.entries
    assert numpy.raw == "numpy==1.26.4"
    assert numpy.span == Span(0, 13)
    assert numpy.hashes == ("sha256:aa", "sha256:bb")
    assert pandas.hashes == ("sha256:cc",)
    assert document.line_map.position(pandas.span.start) == (5, 1)


def test_a_requirement_may_go_on_after_a_backslash() -> None:
    document = read("torch \\\r\n  >=2.0 \\\r\n  ,<3\r\nnumpy\r\n")
    assert rows(document) == [("torch", ">=2.0,<3"), ("numpy", "")]
    assert document.entries[0].raw == "torch \\\r\n  >=2.0 \\\r\n  ,<3"


def test_a_comment_line_ends_a_continuation() -> None:
    document = read("torch \\\n# note\n>=2\nnumpy\n")
    assert rows(document) == [("torch", ""), ("numpy", "")]
    assert [problem.code for problem in document.problems] == ["E906"]


def test_a_hash_sign_inside_a_url_is_no_comment() -> None:
    (entry,) = read("git+https://github.com/org/repo.git@develop#egg=Zen_ML[server] # not in a release yet\n").entries
    assert (entry.name, entry.extras, entry.source, entry.revision) == ("zen-ml", ("server",), "git", "develop")
    assert entry.url == "https://github.com/org/repo.git"
    assert entry.raw == "git+https://github.com/org/repo.git@develop#egg=Zen_ML[server]"


@pytest.mark.parametrize(
    ("line", "name", "source", "revision", "specifier"),
    [
        ("git+https://github.com/org/repo", "", "git", "", ""),
        ("git+ssh://git@github.com/org/repo.git@feature/x", "", "git", "feature/x", ""),
        ("git+git@github.com:org/repo.git@v1.0#egg=repo", "repo", "git", "v1.0", ""),
        ("hg+https://example.org/repo@tip#egg=repo", "repo", "hg", "tip", ""),
        ("repo @ git+https://github.com/org/repo@0123abc", "repo", "git", "0123abc", ""),
        ("unsloth[conda]@git+https://github.com/org/repo.git", "unsloth", "git", "", ""),
        ("https://example.org/whl/torch-2.0.1%2Bcu118-cp310-cp310-linux_x86_64.whl", "torch", "url", "", "==2.0.1+cu118"),
        ("https://example.org/release/kfp.tar.gz", "", "url", "", ""),
        ("./wheels/numpy-1.26.0-py3-none-any.whl", "numpy", "path", "", "==1.26.0"),
        ("file:///srv/pkg", "", "path", "", ""),
        (".", "", "path", "", ""),
        (".[dev,test]", "", "path", "", ""),
        ("../common", "", "path", "", ""),
        ("libs\\common", "", "path", "", ""),
    ],
)
def test_direct_references(line: str, name: str, source: str, revision: str, specifier: str) -> None:
    document = read(line + "\n")
    (entry,) = document.entries
    assert (entry.name, entry.source, entry.revision, entry.specifier) == (name, source, revision, specifier)
    assert entry.raw == line
    assert document.problems == ()


def test_a_url_keeps_no_credentials_and_tells_of_its_hash() -> None:
    (entry,) = read("pkg @ https://user:" + "pass" + "word@example.org/pkg-1.0.zip#sha256=00ff\n").entries
    assert entry.url == "https://example.org/pkg-1.0.zip"
    assert entry.url_hashed
    (entry,) = read("git+https://${TOKEN}@github.com/org/repo.git@main\n").entries
    assert (entry.url, entry.revision) == ("https://github.com/org/repo.git", "main")


def test_a_url_with_a_marker() -> None:
    (entry,) = read("https://example.org/pkg-1.0.zip ; sys_platform == 'linux'\n").entries
    assert (entry.url, entry.marker) == ("https://example.org/pkg-1.0.zip", "sys_platform == 'linux'")


def test_includes_options_and_editables() -> None:
    text = (
        "-r base.txt\n"
        "-rdev.txt\n"
        "--requirement=more.txt # why\n"
        "-c ../constraints.txt\n"
        "--index-url https://example.org/simple --extra-index-url=https://example.org/extra\n"
        "-f https://example.org/whl\n"
        "--no-index\n"
        "--require-hashes\n"
        "-e .[dev]\n"
        "-e git+https://github.com/org/repo@main#egg=repo ; python_version < '3.12'\n"
        "--editable=src/pkg\n"
        "-e pkg\n"
    )
    document = read(text)
    assert [(one.kind, one.target) for one in document.includes] == [
        ("requirement", "base.txt"),
        ("requirement", "dev.txt"),
        ("requirement", "more.txt"),
        ("constraint", "../constraints.txt"),
    ]
    assert [text[one.span.start : one.span.end] for one in document.includes] == [one.target for one in document.includes]
    assert [(one.name, one.value) for one in document.options] == [
        ("index-url", "https://example.org/simple"),
        ("extra-index-url", "https://example.org/extra"),
        ("find-links", "https://example.org/whl"),
        ("no-index", ""),
        ("require-hashes", ""),
    ]
    assert text[document.options[1].span.start : document.options[1].span.end] == "--extra-index-url=https://example.org/extra"
    assert [(entry.raw, entry.source, entry.editable) for entry in document.entries] == [
        (".[dev]", "path", True),
        ("git+https://github.com/org/repo@main#egg=repo ; python_version < '3.12'", "git", True),
        ("src/pkg", "path", True),
        ("pkg", "path", True),
    ]
    assert document.entries[1].marker == "python_version < '3.12'"
    assert document.problems == ()


def test_what_cannot_be_read_is_noted_and_the_rest_is_read() -> None:
    text = "torch==\nnumpy==1.0\n<<<<<<< HEAD\npandas >=1 foo\nscipy\n"
    document = read(text)
    assert rows(document) == [("numpy", "==1.0"), ("scipy", "")]
    assert [(problem.code, text[problem.span.start : problem.span.end]) for problem in document.problems if problem.span] == [
        ("E906", "torch=="),
        ("E906", "<<<<<<< HEAD"),
        ("E906", "pandas >=1 foo"),
    ]


def test_variables_and_templates_are_unknown_rather_than_wrong() -> None:
    document = read("torch==${TORCH_VERSION}\n${NAME}==1.0\n{{ cookiecutter.framework }}>=1\n{% if x %}\nnumpy\n{% endif %}\n")
    assert [(entry.name, entry.specifier, entry.variable) for entry in document.entries] == [
        ("torch", "", True),
        ("", "", True),
        ("numpy", "", False),
    ]
    assert document.problems == ()


def test_long_lines_and_deep_markers_are_refused() -> None:
    deep = "numpy; " + "(" * 3000 + "python_version < '3'" + ")" * 3000
    long = "a" * (MAX_LINE + 1)
    document = read(f"{deep}\n{long}\nscipy\n")
    assert rows(document) == [("scipy", "")]
    assert [problem.code for problem in document.problems] == ["E906", "E906"]
    with pytest.raises(RequirementError):
        parse_requirement("a" * (MAX_LENGTH + 1))


def test_a_deep_marker_of_allowed_length_never_raises_recursion_error() -> None:
    with pytest.raises(RequirementError):
        parse_requirement("numpy; " + "(" * 4000 + "python_version")


def test_problems_are_capped_for_a_file_that_is_no_requirements_file() -> None:
    document = read("a sentence of prose, not a requirement\n" * 100)
    assert len(document.problems) == 20


PIP_COMPILE = """\
#
# This file is autogenerated by pip-compile with Python 3.10
# by the following command:
#
#    pip-compile --output-file=requirements/dev.txt -c requirements/constraints.txt requirements/dev.in
#
numpy==1.26.4
    # via
    #   -r requirements/base.in
    #   pandas
"""
UV_COMPILE = """\
# This file was autogenerated by uv via the following command:
#    uv pip compile pyproject.toml -o requirements.txt
numpy==1.26.4
    # via bikes (pyproject.toml)
"""
UV_EXPORT = """\
# This file was autogenerated by uv via the following command:
#    uv export --frozen --no-dev -o requirements.txt
numpy==1.26.4
"""


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (PIP_COMPILE, ("requirements/dev.in", "requirements/base.in")),
        (UV_COMPILE, ("pyproject.toml",)),
        (UV_EXPORT, ("pyproject.toml",)),
        ("# This file is @generated by PDM.\n\nnumpy==1.0\n", ("pyproject.toml",)),
        ("numpy==1.0 --hash=sha256:aa\nscipy==1.0 --hash=sha256:bb\n", ()),
    ],
)
def test_compiled_files_are_known_with_their_sources(text: str, sources: tuple[str, ...]) -> None:
    document = read(text)
    assert document.is_compiled
    assert document.compiled_from == sources


def test_a_written_file_is_not_compiled() -> None:
    document = read("# -r base.in\nnumpy==1.0 --hash=sha256:aa\nscipy\n")
    assert not document.is_compiled
    assert document.compiled_from == ()


@pytest.mark.parametrize(
    ("path", "constraints"),
    [
        ("constraints.txt", True),
        ("gpu-constraints-3.10.txt", True),
        ("constraints/base.txt", True),
        ("requirements.txt", False),
        ("a/constrained.txt", False),
    ],
)
def test_constraints_by_name(path: str, constraints: bool) -> None:
    assert read("numpy<2\n", path).is_constraints is constraints


def test_undecodable_and_empty_files() -> None:
    assert read("").entries == ()
    document = RequirementsDocument("requirements.txt", b"\xff\xfet\0o\0")
    document.parse()
    assert document.entries == ()
    assert [problem.code for problem in document.problems] == ["E901"]


_PIECES = st.sampled_from(
    [
        "torch", "numpy", "==", ">=1.2", "~=1", " ", "\t", "\\\n", "\\\r\n", "\n", "\r\n", "\r", "#", " # c", "-r ", "-c x", "-e ",
        "--hash=sha256:0", "'", '"',
        "git+https://u@h/p@r", "#egg=a", " @ ", "[x]", ";", "python_version < '3'", "(", ")", "${A}", "{{", ".", "/",
        ".whl", "--index-url", "=", "\\", "\ufeff", "é", "\x0c",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=25).map("".join)))
def test_reading_never_raises_and_spans_show_what_is_read(text: str) -> None:
    document = RequirementsDocument("requirements.txt", text.encode("utf-8", "surrogatepass"))
    document.parse()
    end = len(document.text)
    for entry in document.entries:
        assert 0 <= entry.span.start < entry.span.end <= end
        assert entry.raw == document.text[entry.span.start : entry.span.end]
    for include in document.includes:
        assert include.span.end <= end
        if "\\\n" not in text and "\\\r" not in text:
            assert document.text[include.span.start : include.span.end] == include.target
    for option in document.options:
        assert option.span.end <= end
    for problem in document.problems:
        assert problem.code != "E906" or (problem.span is not None and problem.span.end <= end)
    _ = document.is_compiled, document.compiled_from
