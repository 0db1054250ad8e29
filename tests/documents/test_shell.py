from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.documents.installs import PipInstall, pip_installs
from mlops_lint.documents.shell import Command, Script, commands
from mlops_lint.text.span import Span


def words(text: str) -> list[list[str]]:
    return [list(command.texts) for command in commands(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b && c; d | e || f &\ng", [["a", "b"], ["c"], ["d"], ["e"], ["f"], ["g"]]),
        ("a 'b c' \"d e\" f\\ g h'i'\"j\"", [["a", "b c", "d e", "f g", "hij"]]),
        ("a \\\n  b # not c; d\ne", [["a", "b"], ["e"]]),
        ("a b#c", [["a", "b#c"]]),
        ("if [ -f x ]; then a; else b; fi", [["[", "-f", "x", "]"], ["a"], ["b"]]),
        ("for x in 1 2; do a $x; done", [["a", "$x"]]),
        ("(cd x && a)\n{ b; }", [["cd", "x"], ["a"], ["b"]]),
        ("a > out.txt 2>&1 b >>x <in &>y", [["a", "b"]]),
        ("cat <<EOF > f\nrm -rf x\nEOF\nls", [["cat"], ["ls"]]),
        ("cat <<-'END' | b\n\tx\n\tEND\nls", [["cat"], ["b"], ["ls"]]),
        ('a "$(b \'c)\' "d")" e', [["a", "$(b 'c)' \"d\")", "e"]]),
        ("a ${{ github.event.x }} b", [["a", "${{ github.event.x }}", "b"]]),
        ("case $x in a) b ;; esac", [["b"]]),
        ("", []),
        ("a 'unclosed", [["a", "unclosed"]]),
        ("sudo bash -lc 'a && b \"c d\"'", [["sudo", "bash", "-lc", 'a && b "c d"'], ["a"], ["b", "c d"]]),
        ('a "x\\"y\\z"', [["a", 'x"y\\z']]),
        ("a\r\nb \\\r\n c\r\n", [["a"], ["b", "c"]]),
    ],
)
def test_simple_commands(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


def test_words_know_their_place_and_whether_they_are_dynamic() -> None:
    text = "A=1 B=$x pip install 'torch==2.0' \"n$V\" '$plain' `x` {{ cookiecutter.a }}"
    (command,) = commands(text)
    assert [(one.name, one.value, one.dynamic) for one in command.assignments] == [("A", "1", False), ("B", "$x", True)]
    assert [text[word.span.start : word.span.end] for word in command.words] == [
        "pip", "install", "'torch==2.0'", '"n$V"', "'$plain'", "`x`", "{{ cookiecutter.a }}",
    ]  # fmt: skip
    assert [word.dynamic for word in command.words] == [False, False, False, True, False, True, True]
    assert command.span == Span(0, len(text)) and command.name == "pip"


def test_commands_of_a_nested_shell_have_their_own_places() -> None:
    text = "bash -c \"sh -c 'pip install x'\""
    inner = commands(text)[-1]
    assert inner.texts == ("pip", "install", "x")
    assert text[inner.words[2].span.start : inner.words[2].span.end] == "x"


def test_a_script_leads_back_to_its_document() -> None:
    script = Script("ab\ncd\n", Span(10, 30), ((0, 12), (3, 20)))
    assert script.locate(Span(0, 2)) == Span(12, 14)
    assert script.locate(Span(3, 5)) == Span(20, 22)
    assert script.locate(Span(0, 5)) == Span(12, 22)
    assert Script("ab", Span(10, 30), (), exact=False).locate(Span(0, 1)) == Span(10, 30)


def only(text: str) -> PipInstall:
    (install,) = pip_installs(text)
    return install


@pytest.mark.parametrize(
    ("text", "tool", "packages"),
    [
        ("pip install torch", "pip", ["torch"]),
        ("pip3.10 --no-cache-dir -q install 'a>=1' b[x]==2", "pip", ["a>=1", "b[x]==2"]),
        ("/venv/bin/pip install a", "pip", ["a"]),
        ("python3 -u -m pip install --upgrade pip setuptools", "pip", ["pip", "setuptools"]),
        ("$(PIP) install a", "pip", ["a"]),
        ("${PYTHON} -m pip install a", "pip", ["a"]),
        ("pip install -i https://x/simple --extra-index-url https://y a -f z -t /srv/x --platform linux b", "pip", ["a", "b"]),
        ("pip install --index-url=https://x/simple a", "pip", ["a"]),
        ("pip install -Ur req.txt -cconstraints.txt a", "pip", ["a"]),
        ("pip install torch>=2.0 numpy", "pip", ["torch", "numpy"]),
        ("sudo -H -u root pip install a", "pip", ["a"]),
        ("FOO=1 env BAR=2 pip install a", "pip", ["a"]),
        ("conda run -n env pip install a", "pip", ["a"]),
        ("uv run --with x pip install a", "pip", ["a"]),
        ("uv pip install --system -p 3.11 a git+https://x/y@v1", "uv", ["a", "git+https://x/y@v1"]),
        ("uv add --group dev a", "uv", ["a"]),
        ("uv pip sync requirements.txt", "uv", []),
        ("conda install -y -n base -c pytorch pytorch::pytorch=2.1 cudatoolkit", "conda", ["pytorch::pytorch=2.1", "cudatoolkit"]),
        ("conda create -yn x python=3.10", "conda", ["python=3.10"]),
        ("mamba env update -n base -f environment.yml", "mamba", []),
        ("micromamba install -f env.yml -r /opt a", "mamba", ["a"]),
        ("poetry add -G dev torch@^2", "poetry", ["torch@^2"]),
        ("poetry install --no-root --with dev", "poetry", []),
        ("pip install -- -weird", "pip", ["-weird"]),
        ("bash -c 'pip install a'", "pip", ["a"]),
        ("cat r.txt | xargs -n 1 pip install", "pip", []),
    ],
)
def test_packages_are_told_from_option_values(text: str, tool: str, packages: list[str]) -> None:
    install = only(text)
    assert (install.tool, [word.text for word in install.packages]) == (tool, packages)
    for word in install.packages:
        assert text[word.span.start : word.span.end].strip("'\"") == word.text


@pytest.mark.parametrize(
    "text",
    ["echo pip install a", "pip uninstall a", "pip --version", "# pip install a", "python -c 'pip install a'", "python setup.py install", "pip list",
     "conda activate x", "apt-get install pip", "uv run train.py", "pip", "git commit -m 'pip install x'"],
)  # fmt: skip
def test_other_commands_install_nothing(text: str) -> None:
    assert pip_installs(text) == ()


def test_files_paths_and_options() -> None:
    install = only("pip install --no-deps -r a.txt --requirement=b.txt -cc.txt -e . --editable ./pkg[x] ./local.whl . -i https://x --pre")
    assert [word.text for word in install.requirement_files] == ["a.txt", "b.txt"]
    assert [word.text for word in install.constraint_files] == ["c.txt"]
    assert [word.text for word in install.editable] == [".", "./pkg[x]"]
    assert [word.text for word in install.local_paths] == ["./local.whl", "."]
    assert install.no_deps and install.packages == ()
    assert [(one.name, one.value and one.value.text) for one in install.index_options] == [("-i", "https://x")]
    assert install.option("--pre") is not None


def test_the_place_of_an_attached_value() -> None:
    text = "pip install --requirement=b.txt -ra.txt '--constraint=c d.txt'"
    install = only(text)
    assert [text[word.span.start : word.span.end] for word in install.requirement_files] == ["b.txt", "a.txt"]
    assert install.constraint_files[0].text == "c d.txt"


def test_uv_sync_and_conda_files_are_requirement_files() -> None:
    assert [word.text for word in only("uv pip sync a.txt b.txt").requirement_files] == ["a.txt", "b.txt"]
    assert [word.text for word in only("conda env create -f env.yml").requirement_files] == ["env.yml"]
    assert [word.text for word in only("conda install --file reqs.txt a").requirement_files] == ["reqs.txt"]


SHELL = st.text(alphabet="ab \t\n\\'\"$`(){};&|<>#=-.1EOF")


@settings(deadline=None, max_examples=400)
@given(
    SHELL | st.text() | st.lists(st.sampled_from(["pip ", "install ", "-r", "a ", "--", "=", "sudo ", "uv ", "'", '"', "$(", "sh -c "])).map("".join)
)
def test_no_text_raises_and_words_lie_inside(text: str) -> None:
    found = commands(text)
    for command in found:
        assert 0 <= command.span.start <= command.span.end <= len(text)
        for word in command.words:
            assert command.span.start <= word.span.start < word.span.end <= command.span.end
    pip_installs(text)


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Z", "C"))), min_size=1, max_size=5))
def test_quoted_words_come_back(parts: list[str]) -> None:
    text = "x " + " ".join("'" + part.replace("'", "'\\''") + "'" for part in parts)
    (command,) = (one for one in commands(text)[:1])
    assert isinstance(command, Command)
    assert list(command.texts[1:]) == parts


@pytest.mark.parametrize("text", ["(" * 200_000, '"$(' * 50_000, "${" * 100_000, "'" * 200_001, "a<<X\n" * 20_000, "{{" * 100_000, "\\" * 200_001])
def test_hostile_sizes_take_linear_time(text: str) -> None:
    start = time.process_time()
    commands(text)
    assert time.process_time() - start < 3
