"""What a repository is called and holds reaches every format escaped, no secret reaches any, and the same input is the same bytes (TRUST 20 to 24, 30, 38, 40)."""

from __future__ import annotations

import json
import multiprocessing.popen_fork  # noqa: F401  (somebody else may not be allowed to read it later)
import os
import re
import unicodedata
from pathlib import Path

import pytest
from hostile_run import SOUND, command, fresh, needs_fork, write

from mlops_lint.testing.tokens import make_token

pytestmark = needs_fork

NAMES = [
    *(
        b"new\nline.py",
        b"\n::error file=x::pwn.py",
        b"::add-mask::x.py",
        b"##[error]x.py",
        b"##vso[task.x]y.py",
        b"esc\x1b[31m\x1b]0;t\x07.py",
        b"cr\rover.py",
    ),
    *(b"latin-\xe9.py", b"-rf.py", b"--output-format=json.py", b" .py", b"%41%0a::x.py", b"a\\b.py", b"tab\t.py", b"<img src=x onerror=alert(1)>.py"),
    *(
        "\u202egnp.py".encode(),
        "z\u200bw.py".encode(),
        "\u2028.py".encode(),
        "é名.py".encode(),
        b"x" * 252 + b".py",
        b"CON.py",
        b"`$(touch pwned)`.py",
        b"'\".py",
    ),
]
FORMATS = ("text", "concise", "json", "sarif")
_COMMAND = re.compile(r"^\s*::[\w-]+|##(?:\[|vso\[|teamcity\[)")


@pytest.fixture
def named(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    write(root, {"sound.py": SOUND})
    for name in NAMES:
        try:
            Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(SOUND.encode())
        except OSError:
            pytest.skip("this file system does not take any bytes for a name")
    write(root, {"content.py": "x = '\x1b[31m\x07' #\x9b31m \u202e ::error::y\n" + SOUND, "broken.py": "\x1b]0;x\x07 ::set-output::\n(\n"})
    return root


@pytest.mark.parametrize("name", FORMATS)
def test_names_and_contents_cannot_act(name: str, named: Path) -> None:
    done = command("check", ".", "--output-format", name, "--show-skipped", cwd=named)
    assert done.code == 1 and done.out.count("RP303") >= len(NAMES) + 2
    for text in (done.out, done.err):
        assert {char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n"}
        assert not re.search("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", text)
        assert not [line for line in re.split(r"[\n\r\x85\u2028\u2029]", text) if _COMMAND.search(line)]
    if name in ("json", "sarif"):
        json.loads(done.out)
    if name == "json":
        assert done.report["summary"]["files_analysed"] + done.report["summary"]["files_skipped"] == len(NAMES) + 3
    if name == "text":
        assert f"Files: {len(NAMES) + 3} found; {len(NAMES) + 2} analysed, 1 failed, 0 skipped.\n" in done.out


def test_names_given_as_arguments(named: Path) -> None:
    for raw in NAMES:
        path = "./" + os.fsdecode(raw)
        done = command("check", path, cwd=named, found=1)
        assert [one["code"] for one in done.report["findings"]] == ["RP303"], path


PROVIDERS = (
    "huggingface",
    "openai",
    "openai-project",
    "anthropic",
    "aws-id",
    "google",
    "github",
    "gitlab",
    "slack",
    "github-pat",
    "groq",
    "private-key",
)


@pytest.mark.parametrize("name", FORMATS)
def test_no_secret_reaches_any_output(name: str, tmp_path: Path) -> None:
    root, secrets = tmp_path / "repo", {provider: make_token(provider) for provider in PROVIDERS}
    write(root, {"sound.py": SOUND})
    for provider, secret in secrets.items():
        line, word = json.dumps(secret), secret if "\n" not in secret else "x"
        cell = {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "source": f"key = {line}",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": secret}],
        }
        write(
            root,
            {
                f"{provider}/a.py": f"key = {line}\nprint({line}, KEY={line})\n",
                f"{provider}/broken.py": f"key = {line}\nprint 'x', {line}\n",
                f"{provider}/.env": f"KEY={line}\n",
                f"{provider}/a.yaml": f"key: {line}\nalias: *{word}\n",
                f"{provider}/a.toml": f"key = {line}\n[{word}\n",
                f"{provider}/a.json": f'{{"key": {line}, {word}}}',
                f"{provider}/Dockerfile": f"FROM python:3.11\nENV KEY={line}\nRUN echo {line}\n",
                f"{provider}/requirements.txt": f"--index-url https://u:{word}@example.org/simple\n{word}/?x\n",
                f"{provider}/a.ipynb": json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
                f"{provider}/README.md": f"```\nexport KEY={line}\n```\n",
            },
        )
    done = command("check", ".", "--output-format", name, "--show-skipped", "-v", "--select", "ALL", "--min-confidence", "low", cwd=root)
    assert done.code == 1
    for provider, secret in secrets.items():
        part = secret.splitlines()[1] if provider == "private-key" else secret
        assert part[6:] not in done.out + done.err and part[5:25] not in done.out + done.err, provider


SETTINGS = {
    "huge number": f"jobs = {'9' * 500}\n",
    "deep": "exclude = " + "[" * 300 + "]" * 300 + "\n",
    "globs": f"exclude = [{', '.join(repr('**/*/' * 40 + '*a*b*c*d*') for _ in range(50))}]\n",
    "many": f"exclude = [{', '.join(repr(f'x{n}/**') for n in range(5_000))}]\n",
    "classes": "exclude = ['[', '[]', '[!', '[a-', '{', '{a,', '\\\\', '**', '']\n",
    "climbing": "exclude = ['../../etc', '/', '..']\n",
    "per-file": "[per-file-ignores]\n'" + "*" * 500 + "a' = ['RP303']\n'[' = ['ALL']\n",
    "unknown": "x = 1\n",
    "long key": "x" * 100_000 + " = 1\n",
    "escape": 'profile = "\\u001b[31m::error::x"\n',
    "newline": 'profile = "\\n::error::x"\n',
    "itself": 'extend = "mlops-lint.toml"\n',
    "device": 'extend = "/dev/zero"\n',
    "secret": 'extend = "/etc/shadow"\n',
    "binary": "\x00\x01",
    "nothing": "",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_hostile_configuration_is_read_or_refused_at_a_place(setting: str, tmp_path: Path) -> None:
    write(tmp_path, {"sound.py": SOUND, "mlops-lint.toml": SETTINGS[setting]})
    done = command("check", ".", cwd=tmp_path)
    assert done.seconds < 5
    if done.code == 2:
        assert done.err.startswith("error: ") and done.out == ""
        assert len(done.err) < 5_000 and not re.search(r"[^\n -~…]", done.err) and not re.search(r"^::", done.err, re.MULTILINE)
    else:
        assert done.code == 1 and "RP303" in done.out


# -- the same input is the same bytes ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample") / "répo"
    source = (
        "import random\nimport numpy as np\n" + SOUND + "\n\nif __name__ == '__main__':\n    print(random.random(), np.random.rand(3), İ := 'ı')\n"
    )
    write(root, {f"pkg{n % 3}/mod_{n}.py": source for n in range(12)})
    write(
        root,
        {
            "requirements.txt": "torch\nnumpy==1.0\nnumpy==2.0\n",
            "Dockerfile": "FROM python:3\nRUN pip install torch\n",
            "broken.py": "(",
            "IİıI.py": SOUND,
        },
    )
    return root


@pytest.mark.parametrize("name", FORMATS)
def test_jobs_and_spelling_change_nothing(name: str, sample: Path) -> None:
    said = {}
    for jobs in ("1", "2", "5"):
        for cwd, path in ((sample, "."), (sample, "./"), (sample, str(sample)), (sample, "pkg0/.."), (sample, "../" + sample.name)):
            done = command("check", path, "-j", jobs, "--output-format", name, cwd=cwd)
            said[done.out] = (jobs, path)
            assert done.code == 1
    assert len(said) == 1, said.values()


ENVIRONMENTS: dict[str, tuple[tuple[str, ...], dict[str, str | None]]] = {
    "plain": ((), {}),
    "hash seed and -O": (("-O",), {"PYTHONHASHSEED": "1"}),
    "strict, and ASCII": (("-W", "error", "-X", "dev"), {"PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    "isolated, Turkish": (("-I", "-B"), {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"}),
    "no home, no PATH": ((), {"HOME": None, "XDG_CACHE_HOME": None, "PATH": "", "TERM": "dumb", "COLUMNS": "1", "PYTHONHASHSEED": "3"}),
    "odd home": (("-OO",), {"HOME": "/nowhere/at/all", "XDG_CACHE_HOME": "/dev/null/x", "TMPDIR": "/nowhere", "NO_COLOR": "", "CI": "true"}),
}


def test_environments_change_nothing(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {}
    for name, (flags, variables) in ENVIRONMENTS.items():
        with monkeypatch.context() as patch:
            for key, value in variables.items():
                patch.delenv(key, raising=False) if value is None else patch.setenv(key, value)
            done = fresh("check", ".", "--output-format", "json", cwd=sample, folder=tmp_path, flags=flags)
        assert done.code == 1 and not re.search(r"Warning|Error", done.err), (name, done.err)
        said[done.out] = name
    assert len(said) == 1, said.values()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to become somebody else")
def test_nothing_needs_to_be_written(sample: Path) -> None:
    def nobody() -> None:
        for folder in (sample, *sample.parents[:3]):
            folder.chmod(0o755)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

    done = command("check", ".", cwd=sample, prepare=nobody, env={"HOME": "/", "XDG_CACHE_HOME": "/proc/x"})
    assert done.code == 1 and "RP303" in done.out
