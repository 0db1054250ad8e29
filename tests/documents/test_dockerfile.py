from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.dockerfile import Dockerfile, substitute
from mlops_lint.documents.installs import installs_in
from mlops_lint.documents.instruction import Flag
from mlops_lint.documents.shell import Word
from mlops_lint.text.span import Span


def read(text: str) -> Dockerfile:
    return Dockerfile("Dockerfile", text.encode())


def written(doc: Dockerfile, span: Span) -> str:
    return doc.text[span.start : span.end]


TRAINING = """\
# syntax=docker/dockerfile:1.7
# training image
ARG PYTHON=3.10
ARG REGISTRY
FROM --platform=linux/amd64 python:${PYTHON}-slim AS Base
ENV TORCH=2.1.0 CUDA="cu 118"
ARG EXTRA
FROM ${REGISTRY:-docker.io}/nvidia/cuda:12 as gpu
FROM base
RUN --mount=type=cache,target=/var/cache/pip pip install \\
    # the framework
    torch==$TORCH \\

    numpy && \\
    echo done
COPY --from=gpu --chown=a:b /x /y
CMD ["python", "train.py"]
"""


def test_instructions_stages_and_flags() -> None:
    doc = read(TRAINING)
    assert [(one.name, one.stage) for one in doc.instructions] == [
        ("ARG", None), ("ARG", None), ("FROM", 0), ("ENV", 0), ("ARG", 0), ("FROM", 1), ("FROM", 2), ("RUN", 2), ("COPY", 2), ("CMD", 2),
    ]  # fmt: skip
    base, gpu, final = doc.stages
    assert (base.name, base.image, base.raw_image, base.platform, base.parent, base.dynamic) == (
        "Base", "python:3.10-slim", "python:${PYTHON}-slim", "linux/amd64", None, False,
    )  # fmt: skip
    assert written(doc, base.image_span) == "python:${PYTHON}-slim"
    assert (gpu.name, gpu.image, gpu.dynamic) == ("gpu", "docker.io/nvidia/cuda:12", False)
    assert (final.name, final.image, final.parent) == (None, "base", 0)
    assert doc.final_stage is final and [one.name for one in final.instructions] == ["FROM", "RUN", "COPY", "CMD"]
    copy = final.instructions[2]
    assert copy.flag("from") == Flag("from", "gpu", copy.flags[0].span) and written(doc, copy.flags[0].span) == "--from=gpu"
    assert copy.arguments == "/x /y"
    assert doc.syntax == "docker/dockerfile:1.7"
    assert doc.problems == ()


def test_a_package_in_a_continued_run_has_its_place() -> None:
    doc = read(TRAINING)
    run = doc.stages[2].instructions[1]
    assert run.flags[0].name == "mount"
    install, echo = run.commands()
    assert install.texts == ("pip", "install", "torch==$TORCH", "numpy") and echo.texts == ("echo", "done")
    (packages,) = [one.packages for one in installs_in((install,))]
    assert [written(doc, word.span) for word in packages] == ["torch==$TORCH", "numpy"]
    assert [doc.line_map.position(word.span.start) for word in packages] == [(12, 5), (14, 5)]
    assert doc.expand("torch==$TORCH", run) == ("torch==2.1.0", False)
    assert doc.expand("$EXTRA ${OTHER}", run) == ("$EXTRA ${OTHER}", True)


def test_exec_and_shell_form() -> None:
    doc = read('FROM a\nCMD ["python", \\\n  "a b.py"]\nENTRYPOINT python x.py\nRUN ["bash", "-c", "pip install x"]\nRUN [ -f x ] && ls\n')
    cmd, entry, run, shell = doc.instructions[1:]
    assert cmd.json is not None and [(word.text, written(doc, word.span)) for word in cmd.json] == [("python", '"python"'), ("a b.py", '"a b.py"')]
    assert cmd.commands()[0].texts == ("python", "a b.py")
    assert entry.json is None and entry.commands()[0].texts == ("python", "x.py")
    assert [one.texts for one in run.commands()][1] == ("pip", "install", "x")
    assert shell.json is None and [one.texts for one in shell.commands()] == [("[", "-f", "x", "]"), ("ls",)]


def test_here_documents() -> None:
    text = (
        "FROM a\nRUN <<EOF\npip install \\\n  x\nFROM not\nEOF\nRUN python3 <<-'PY'\n\timport pip\n\tPY\n"
        "COPY <<A <<B /to/\na\nA\nb\nB\nRUN <<E\n#!/usr/bin/env python\nprint(1)\nE\nRUN echo $((1<<3)) <<NEVER\nUSER x\n"
    )
    doc = read(text)
    assert [one.name for one in doc.instructions] == ["FROM", "RUN", "RUN", "COPY", "RUN", "RUN", "USER"]
    run, python, copy, shebang, shift, _ = doc.instructions[1:]
    (install, other) = run.commands()
    assert install.texts == ("pip", "install", "x") and written(doc, install.words[2].span) == "x"
    assert other.texts == ("FROM", "not")
    assert [one.texts for one in python.commands()] == [("python3",)] and python.heredocs[0].quoted
    assert [heredoc.text for heredoc in copy.heredocs] == ["a\n", "b\n"]
    assert shebang.commands() == () and shift.heredocs == ()
    assert written(doc, run.span).endswith("\nEOF")


def test_escape_directive_and_windows_line_ends() -> None:
    doc = read("# escape=`\r\nFROM a\r\nRUN dir C:\\ `\r\n  /b\r\n")
    run = doc.instructions[1]
    assert run.arguments == "dir C:\\   /b"
    assert written(doc, run.locate(Span(len(run.arguments) - 2, len(run.arguments)))) == "/b"


def test_settings_of_env_arg_and_label() -> None:
    doc = read('FROM a\nENV A=1 B=\'x y\' C="p\\"q" D=e\\ f\nENV OLD some  value\nARG N\nARG M=1 K\nLABEL a.b=c\n')
    env, old, bare, arg, label = (one.settings() for one in doc.instructions[1:])
    assert [(one.name, one.value) for one in env] == [("A", "1"), ("B", "x y"), ("C", 'p"q'), ("D", "e f")]
    assert [written(doc, one.value_span) for one in env if one.value_span] == ["1", "'x y'", '"p\\"q"', "e\\ f"]
    assert [(one.name, one.value) for one in old] == [("OLD", "some  value")]
    assert [(one.name, one.value, one.value_span) for one in bare] == [("N", None, None)]
    assert {(one.name, one.value) for one in arg} == {("M", "1"), ("K", None)}
    assert [(one.name, one.value) for one in label] == [("a.b", "c")]


def test_variables_follow_order_and_stages() -> None:
    doc = read(
        "ARG G=g\nFROM a AS one\nARG P=p\nENV E=1\nRUN x\nENV E=2\nFROM one\nRUN y $E $P $G\nARG G\nENV F=${E}${G} S=$S$S\nRUN z\nONBUILD ENV Q=1\n"
    )
    x, y, z = (one for one in doc.instructions if one.name == "RUN")
    assert doc.variable("E", x) == "1"
    assert doc.expand("$E $P $G", y) == ("2 $P $G", True)
    assert doc.expand("$F ${G}", z) == ("2g g", False)
    assert doc.variable("Q", z) is None and doc.variable("S", z) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A/${A}", ("1/1", False)),
        ("${B:-x}", ("x", False)),
        ("${EMPTY:-x}${EMPTY-y}", ("x", False)),
        ("${B:-${C:-${A}}}", ("1", False)),
        ("${A:+y}${EMPTY:+n}", ("y", False)),
        ("$B", ("$B", True)),
        ("\\$A", ("\\$A", False)),
    ],
)
def test_substitution(text: str, expected: tuple[str, bool]) -> None:
    assert substitute(text, {"A": "1", "EMPTY": ""}.get) == expected


def test_comments_are_whole_lines() -> None:
    doc = read("FROM a # no\n  # mlops-lint: ignore[x]\nRUN a \\\n# in\n b\n")
    assert [comment.text for comment in doc.comments()] == ["mlops-lint: ignore[x]", "in"]


def test_onbuild_and_healthcheck() -> None:
    doc = read("FROM a\nONBUILD RUN pip install x\nHEALTHCHECK --interval=5s CMD curl -f x || exit 1\nHEALTHCHECK NONE\n")
    onbuild, health, none = doc.instructions[1:]
    assert onbuild.onbuild and onbuild.name == "RUN" and onbuild.commands()[0].texts == ("pip", "install", "x")
    assert [one.texts for one in health.commands()] == [("curl", "-f", "x"), ("exit", "1")]
    assert none.arguments == "NONE"


def test_what_is_no_dockerfile_is_a_problem() -> None:
    doc = read("hello\nworld\n")
    doc.parse()
    assert [(one.code, one.message) for one in doc.problems] == [("E906", "not a Dockerfile: no instruction found")]
    empty = read("# nothing\n")
    empty.parse()
    assert empty.problems == () and empty.final_stage is None


def test_words_lose_their_quotes() -> None:
    doc = read('FROM "a:$T"\nWORKDIR /x\n')
    assert doc.instructions[0].words() == (Word("a:$T", Span(5, 11), True),)
    assert doc.stages[0].dynamic and doc.stages[0].image == "a:$T"


LINES = st.lists(
    st.sampled_from(
        [
            "FROM a",
            "FROM a AS b",
            "FROM b",
            "ARG A=1",
            "ENV A=$A$A B",
            "RUN <<EOF",
            "EOF",
            "RUN x \\",
            "# c",
            "",
            "RUN [",
            'CMD ["a",',
            "COPY --x= <<A",
            "`",
            "\\",
        ]
    )
).map("\n".join)


@settings(deadline=None, max_examples=300)
@given(LINES | st.text() | st.text(alphabet="FROM RUN\n\\<#'\"$={}A"))
def test_no_text_raises_and_places_lie_inside(text: str) -> None:
    doc = read(text)
    doc.parse()
    for stage in doc.stages:
        assert stage.parent is None or stage.parent < stage.index
        assert doc.text[stage.image_span.start : stage.image_span.end]
    for one in doc.instructions:
        spans = [one.span, one.name_span, *(word.span for word in one.words()), *(setting.span for setting in one.settings())]
        spans += [word.span for command in one.commands() for word in command.words] + [heredoc.span for heredoc in one.heredocs]
        assert all(0 <= span.start <= span.end <= len(doc.text) for span in spans)
        assert written(doc, one.name_span).upper().replace("\\\n", "").strip() != "" and doc.expand("$A", one)


@pytest.mark.parametrize(
    "text",
    [
        "ENV A=x\n" + "ENV A=$A$A\n" * 5000,
        "RUN a <<E\n" * 20_000,
        "RUN a \\\n" * 50_000,
        "".join(f"FROM s{i - 1} AS s{i}\nENV A=1\nRUN $B\n" for i in range(2000)),
        "# a=" + " " * 300_000 + "x",
        "FROM " + "$" * 100_000,
        "FROM a\nENV " + "'" * 100_001,
        "FROM a\nENV " + "a" * 300_000,
    ],
)
def test_hostile_sizes_take_linear_time(text: str) -> None:
    doc = read("FROM a\n" + text)
    start = time.process_time()
    for one in doc.instructions:
        one.commands()
        one.settings()
        doc.expand("$A $B", one)
    assert doc.stages
    assert time.process_time() - start < 4
