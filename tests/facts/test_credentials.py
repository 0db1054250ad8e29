"""Credentials in a text: what counts, what does not, where it stands, and that no output ever shows one."""

from __future__ import annotations

import io
import random
import string
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_lint.config.settings import Settings
from mlops_lint.core.finding import Confidence
from mlops_lint.core.outcome import Outcome
from mlops_lint.core.problem import PROBLEMS
from mlops_lint.engine.registry import load_ruleset
from mlops_lint.engine.request import Request
from mlops_lint.engine.run import run
from mlops_lint.facts.credentials import credential_spans, find_credentials, named_format, shown
from mlops_lint.facts.secret_values import is_derived, is_placeholder, is_secret_value, is_strong, is_wordy, looks_random, names_secret
from mlops_lint.report.reporter import FORMATS, make_reporter
from mlops_lint.testing.cases import make_notebook
from mlops_lint.testing.tokens import make_token

RULESET = load_ruleset()
CODES = ("SE101", "SE102", "SE103", "SE104", "SE105")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("huggingface", "a Hugging Face token"),
        ("openai", "an OpenAI key"),
        ("openai-project", "an OpenAI key"),
        ("openai-old", "an OpenAI key"),
        ("anthropic", "an Anthropic key"),
        ("groq", "a Groq key"),
        ("google", "a Google API key"),
        ("replicate", "a Replicate token"),
        ("pinecone", "a Pinecone key"),
        ("langsmith", "a LangSmith key"),
        ("langfuse", "a Langfuse secret key"),
        ("databricks", "a Databricks token"),
        ("ngc", "an NVIDIA NGC key"),
        ("neptune", "a Neptune token"),
        ("aws-id", "an AWS access key"),
        ("azure-client", "an Azure client secret"),
        ("github", "a GitHub token"),
        ("github-pat", "a GitHub token"),
        ("gitlab", "a GitLab token"),
        ("slack", "a Slack token"),
        ("slack-webhook", "a Slack webhook"),
    ],
)
@pytest.mark.parametrize("frame", ['key = "{}"\n', "export KEY={}\n", "Bearer {}", '"\\n{}\\n"', "https://{}@host.io/x", "key: {} # old", "{}"])
def test_formats(name: str, what: str, frame: str) -> None:
    token = make_token(name)
    if "://" in token and "@" in frame:
        pytest.skip("an address inside an address")
    text = frame.format(token)
    (found,) = find_credentials(text)
    assert (found.what, found.basis) == (what, "format")
    assert text[found.span.start : found.span.end] == token
    assert found.secrets == (found.span,)
    assert token not in found.described(text)


@pytest.mark.parametrize(
    ("text", "token", "what"),
    [
        ('WANDB_API_KEY="{}"', "wandb", "a Weights & Biases key"),
        ("export WANDB_API_KEY={}", "wandb", "a Weights & Biases key"),
        ("!wandb login --relogin {}", "wandb", "a Weights & Biases key"),
        ("wandb.login(key='{}')", "wandb", "a Weights & Biases key"),
        ('os.environ["WANDB_API_KEY"] = "{}"', "wandb", "a Weights & Biases key"),
        ('os.environ.setdefault("WANDB_API_KEY", "{}")', "wandb", "a Weights & Biases key"),
        ('{{"wandb_key": "{}"}}', "wandb", "a Weights & Biases key"),
        ("- name: WANDB_API_KEY\n  value: {}", "wandb", "a Weights & Biases key"),
        ('cohere_api_key: str = "{}"', "alnum40", "a Cohere key"),
        ("MISTRAL_API_KEY={}", "alnum32", "a Mistral key"),
        ("COMET_API_KEY={}", "alnum25", "a Comet key"),
        ("CLEARML_API_SECRET_KEY={}", "alnum50", "a ClearML key"),
        ("https://api.roboflow.com/dataset?api_key={}", "alnum20", "a Roboflow key"),
        ("KAGGLE_KEY={}", "hex32", "a Kaggle key"),
        ('{{"username": "trainer", "key": "{}"}}', "hex32", "a Kaggle key"),
        ("PINECONE_API_KEY={}", "uuid", "a Pinecone key"),
        ("AZURE_OPENAI_API_KEY={}", "hex32", "an Azure OpenAI key"),
        ("TOGETHER_API_KEY={}", "hex64", "a Together key"),
        ("aws_secret_access_key = {}", "aws-secret", "an AWS secret key"),
        ("AccountName=store;AccountKey={};EndpointSuffix=core.windows.net", "azure-storage", "an Azure storage account key"),
        ("Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey={}", "azure-bus", "an Azure shared access key"),
        ("https://store.blob.core.windows.net/data?sv=2022-11-02&ss=b&se=2030-01-01&sig={}", "azure-sas", "an Azure SAS signature"),
        ('parser.add_argument("--wandb_key", type=str, default="{}")', "wandb", "a Weights & Biases key"),
        ("parser.add_argument(\n    '--comet-api-key',\n    help='from comet.com, see there',\n    default='{}',\n)", "alnum25", "a Comet key"),
        ('cohere_api_key: Optional[str] = "{}"', "alnum40", "a Cohere key"),
        ("!kaggle config set -n key -v {}", "hex32", "a Kaggle key"),
        ("machine api.wandb.ai\n  login user\n  password {}\n", "hex64", "a password for a machine in .netrc"),
    ],
)
def test_context(text: str, token: str, what: str) -> None:
    secret = make_token(token)
    written = text.format(secret)
    found = find_credentials(written)
    assert [(one.what, written[one.span.start : one.span.end]) for one in found] == [(what, secret)]


@pytest.mark.parametrize(
    "text",
    [
        make_token("aws-id-example"),
        f'aws_secret_access_key = "{make_token("aws-secret-example")}"',
        "OPENAI_API_KEY=sk-" + "x" * 48,
        "hf_" + "a" * 34,
        f"https://store.blob.core.windows.net/share/m.pt?sv=2020-08-04&se=2033-01-01&sr=c&sp=rl&sig={make_token('azure-sas')}",
        "token = hf_ThisIsNotATokenButAnExampleOfOne123",
        make_token("github-unissued"),
        "WANDB_API_KEY=" + "0123456789abcdef" * 2 + "01234567",
        "WANDB_API_KEY=$KEY",
        "wandb: commit 8f14e45fceea167a5a36dedd4bea2543a1b2c3d4",
        "wandb @ git+https://github.com/wandb/wandb@8f14e45fceea167a5a36dedd4bea2543a1b2c3d4",
        "wandb_key_sha = 8f14e45fceea167a5a36dedd4bea2543a1b2c3d4",
        "sha256:8f14e45fceea167a5a36dedd4bea2543a1b2c3d48f14e45fceea167a5a36dedd",
        "run_id = 4f7081b2c3d4e5f607183f2b8a6c1d9e",
        "postgresql://user:password@db.io/x",
        "postgresql://mlflow:mlflow@db/x",
        "postgresql://app:Tr0ub4dor-3@localhost/x",
        "postgresql://app:Tr0ub4dor-3@127.0.0.1:5432/x",
        "postgresql://app:Tr0ub4dor-3@db.example.com/x",
        "postgresql://app:${PASSWORD}@db.io/x",
        "postgresql://app:{password}@db.io/x",
        "postgresql://{user}:Tr0ub4dor-3@db.io/x",
        "postgresql://app:<password>@db.io/x",
        "postgresql://mlflowuser:mlflowpassword@store/x",
        "postgresql://churn:churn_secret@features.acme.io/x",
        "Server=localhost;Database=x;User Id=sa;Password=Tr0ub4dor-3;",
        "Server=db.acme.io;Database=x;User Id=app;Password={password};",
        "Server=db.acme.io;Database=x;Trusted_Connection=yes;",
        "connect(host=cfg.host, user=cfg.user, password=cfg.password1)",
        'parser.add_argument("--wandb_run_id", default="4f7081b2c3d4e5f607183f2b8a6c1d9e4f7081b2")',
        "https://host.io:8080/path@v1",
        "pip install git+https://github.com/acme/x.git@v1.2.0",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "",
    ],
)
def test_silent(text: str) -> None:
    assert find_credentials(text) == ()


def test_emulator_keys_are_public() -> None:
    # The key of the storage emulator is documented; it is put together here so that it stands in no file.
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50u" + "SRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    assert find_credentials(f"AccountName=devstoreaccount1;AccountKey={key};") == ()
    assert len(find_credentials(f"AccountName=store;AccountKey={make_token('azure-storage')};")) == 1


def test_github_checksum() -> None:
    token = make_token("github")
    assert len(find_credentials(token)) == 1
    swapped = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert find_credentials(swapped) == ()


def test_signed_addresses_are_read_by_anybody() -> None:
    key = make_token("aws-id")
    assert find_credentials(f"https://bucket.s3.amazonaws.com/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F2024") == ()
    assert find_credentials(f"https://bucket.s3.amazonaws.com/x?AWSAccessKeyId={key}&Signature=abc") == ()
    assert len(find_credentials(f"AWS_ACCESS_KEY_ID={key}")) == 1


def test_url_password() -> None:
    text = f'"postgresql+psycopg2://app:{make_token("password")}@db.acme.io:5432/x"'
    (found,) = find_credentials(text)
    assert found.what == "a database password (14 characters) in the address of db.acme.io"
    assert text[found.span.start : found.span.end] == make_token("password")
    assert found.sure
    (weak,) = find_credentials("mysql://reader:sunshine@warehouse/x")
    assert not weak.sure


@pytest.mark.parametrize(
    "frame",
    [
        "Server=tcp:db.acme.io,1433;Database=x;Uid=app;Pwd={};Encrypt=yes;",
        "DRIVER={{ODBC Driver 18 for SQL Server}};SERVER=db.acme.io;UID=app;PWD={}",
        "host=db.acme.io port=5432 user=app password={} dbname=x",
        '"Default": "Data Source=db.acme.io;User ID=app;Password={};"',
    ],
)
def test_connection_strings(frame: str) -> None:
    text = frame.format(make_token("lower30"))
    (found,) = find_credentials(text)
    assert found.what == "a database password (30 characters) in the connection string of db.acme.io"
    assert text[found.span.start : found.span.end] == make_token("lower30")
    assert found.sure


def test_private_key_of_any_header() -> None:
    # A long body is a key whatever its first bytes say; a short one must begin as keys do.
    body = make_token("azure-storage").rstrip("=")
    begin, end = "-----BEGIN " + "PRIVATE KEY-----", "-----END " + "PRIVATE KEY-----"
    assert [one.basis for one in find_credentials(f"{begin}\n{body * 6}\n{end}")] == ["pem"]
    assert find_credentials(f"{begin}\n{body}\n{end}") == ()


def test_private_key_lines() -> None:
    text = f'KEY = """{make_token("private-key")}"""\n'
    (found,) = find_credentials(text)
    assert found.what == "a private key"
    assert text[found.span.start : found.span.end] == "-----BEGIN " + "PRIVATE KEY-----"
    assert len(found.secrets) == 13
    assert all("\n" not in text[span.start : span.end] for span in found.secrets)
    body = "".join(text[span.start : span.end] for span in found.secrets)
    assert body == "".join(make_token("private-key").splitlines()[1:-1])


def test_better_basis_wins() -> None:
    text = f"https://oauth2:{make_token('gitlab')}@gitlab.acme.io/x.git"
    (found,) = find_credentials(text)
    assert found.what == "a GitLab token"
    (other,) = find_credentials(f"WANDB_API_KEY={make_token('databricks')}")
    assert other.what == "a Databricks token"


def test_several_in_order() -> None:
    text = f"a {make_token('groq')} b {make_token('huggingface')} c {make_token('groq')}"
    found = find_credentials(text)
    assert [one.what for one in found] == ["a Groq key", "a Hugging Face token", "a Groq key"]
    assert [one.span.start for one in found] == sorted(one.span.start for one in found)


def test_without_names() -> None:
    assert find_credentials(f"WANDB_API_KEY={make_token('wandb')}", False) == ()
    assert len(find_credentials(f"KEY={make_token('groq')}", False)) == 1


def test_masking_covers_more() -> None:
    text = f'login(password="{make_token("password")}", key="{make_token("groq")}")'
    spans = list(credential_spans(text))
    assert [text[span.start : span.end] for span in spans] == [make_token("password"), make_token("groq")]
    assert list(credential_spans('login(password="your-password-1")')) == []


def test_nested_names() -> None:
    known = named_format("trackers.wandb.api_key", make_token("wandb"))
    assert known is not None
    assert known.service == "wandb"
    assert named_format("wandb.run_id", make_token("wandb")) is None
    assert named_format("wandb.api_key", "a" * 40) is None
    assert named_format("wandb.key_hash", make_token("wandb")) is None


def test_shown() -> None:
    assert shown("sk-proj-abcdefghijkl") == '"sk-p…" (20 characters)'
    assert shown("Tr0ub4dor&3") == "(11 characters)"


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "HF_TOKEN", "DB_PASSWORD", "POSTGRES_PASSWORD", "AWS_SECRET_ACCESS_KEY", "jwtSecret", "KAGGLE_KEY", "PGPASSWORD", "api-key"],
)
def test_secret_names(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "TOKENIZERS_PARALLELISM",
            "MAX_TOKENS",
            "PAD_TOKEN",
            "SECRET_NAME",
            "API_KEY_FILE",
            "TOKEN_URL",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "PUBLIC_KEY",
        ),
        *("PRIMARY_KEY", "SECRET_ARN", "KEYBOARD", "MONKEY", "PATH", "num_tokens", "AWS_ACCESS_KEY_ID", "PASSENGERS", "tokenizer"),
    ],
)
def test_harmless_names(name: str) -> None:
    assert not names_secret(name)


@pytest.mark.parametrize("value", ["s3cr3t-t0k3n-93jd82", "Tr0ub4dor&3", "Winter2023!", "k8f-29dk-31kd", "acme-7f3a9c21-9kd0"])
def test_secret_values(value: str) -> None:
    assert not is_placeholder(value)
    assert is_secret_value(value)
    assert is_strong(value)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "your-api-key",
            "<token>",
            "${TOKEN}",
            "{{ token }}",
            "%(token)s",
            "changeme",
            "xxxxxxxx",
            "OPENAI_API_KEY",
            "my-openai-api-key",
            "postgres",
            "EMPTY",
        ),
        *(
            "1234567890",
            "abcdefghijkl",
            "00000000-0000-0000-0000-000000000000",
            "sk-...",
            "***",
            "",
            "hf_xxx",
            "test",
            "$TOKEN",
            "ENC[AES256,data:x]",
        ),
    ],
)
def test_placeholders(value: str) -> None:
    assert is_placeholder(value)
    assert not is_secret_value(value)


@pytest.mark.parametrize("value", ["8000", "true", "/run/secrets/key", "./key.pem", "https://vault.acme.io/v1", "a sentence of five words"])
def test_settings_are_no_secrets(value: str) -> None:
    assert not is_secret_value(value)


@pytest.mark.parametrize(
    ("password", "user", "derived"),
    [
        ("mlflow", "mlflow", True),
        ("mlflow123", "mlflow", True),
        ("churn_app_password2024", "churn_app", True),
        ("!acme*", "acme", True),
        ("Tr0ub4dor&3", "churn", False),
        ("churn-73kd9", "churn", False),
        ("churn-73519462", "churn", False),
        ("sunshine", "", False),
    ],
)
def test_passwords_that_repeat_a_name(password: str, user: str, derived: bool) -> None:
    assert is_derived(password, user) is derived


def test_words_with_a_year() -> None:
    assert all(map(is_wordy, ("sunshine", "spring2023", "blue-horse-9!", "Winter2023!")))
    assert not any(map(is_wordy, ("Tr0ub4dor&3", "9f-Kq!72", make_token("lower30"), "spring20231224")))


def test_only_a_checksum_counts_in_tests_by_default(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_hub.py").write_text(f'HUB = "{make_token("huggingface")}"\nGIT = "{make_token("github")}"\n', "utf-8")
    found = {one.place.region.line: one.confidence for one in check(tmp_path).results}
    assert found == {1: Confidence.LOW, 2: Confidence.MEDIUM}


def test_random_is_told_from_words() -> None:
    draw = random.Random(7)
    for alphabet, length in (("0123456789abcdef", 40), (string.ascii_letters + string.digits, 25), (string.ascii_letters + string.digits, 40)):
        drawn = ["".join(draw.choice(alphabet) for _ in range(length)) for _ in range(300)]
        assert sum(map(looks_random, drawn)) >= 297
    for words in ("thequickbrownfoxjumpsoverthelazydog", "automatic-speech-recognition-base", "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb", "short"):
        assert not looks_random(words)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="hfskgAKI_-=:/@.\"'\\n \n0a1BwandbkeyPRIVTE", max_size=200))
def test_spans_are_apart(text: str) -> None:
    end = 0
    for span in credential_spans(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@pytest.mark.parametrize(
    "piece",
    [
        "wandb_key ",
        "wandb",
        "hf_",
        "sk-",
        "postgres://a:b",
        "://u:p@",
        "?sv=1&sig=",
        "-----BEGIN PRIVATE KEY-----\n",
        "AccountKey=",
        "password='",
        "host=a user=b password=hunter3x ",
        'wandb_key", a="b", ',
        "secret ",
        "AKIA",
    ],
)
def test_linear_in_the_text(piece: str) -> None:
    text = (piece * (200_000 // len(piece)))[:200_000] + ' hf_ wandb AKIA "username" access_key machine sk- :// @ key'
    started = time.process_time()
    list(credential_spans(text))
    assert time.process_time() - started < 3.0


# -- the whole way -----------------------------------------------------------------------------------------------------------------------------------


def check(root: Path) -> Outcome:
    return run(Request(root, (".",), frozenset({*CODES, *PROBLEMS}), Settings(min_confidence=Confidence.LOW, preview=True), 1), RULESET)


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def plant(root: Path) -> list[str]:
    """A repository with a credential in every place that is looked at; the credentials."""
    password, odd = make_token("password"), "p4ss" + '"w0rd\\x-Kq72'
    formats = (
        "openai-project",
        "wandb",
        "anthropic",
        "huggingface",
        "github",
        "databricks",
        "groq",
        "replicate",
        "hex32",
        "aws-secret",
        "alnum25",
        "alnum50",
    )
    token = {name: make_token(name) for name in formats}
    body = make_token("private-key")
    files = {
        "train.py": f'import openai, wandb, psycopg2\nopenai.api_key = "{token["openai-project"]}"\nwandb.login(key="{token["wandb"]}")\n'
        f'c = psycopg2.connect(host="db.acme.io", password="{password}")\nKEY = """{body}"""\n',
        "settings.py": f'CLIENT_SECRET_TOKEN = "{token["alnum50"]}"\nDB_USER = "app"\nDB_PASSWORD = "{password}"\n',
        "login.py": "import settings\nfrom openai import OpenAI\nOpenAI(api_key=settings.CLIENT_SECRET_TOKEN)\n",
        "engine.py": f'from sqlalchemy import create_engine\nPW = "{password}"\ne = create_engine(f"mysql://app:{{PW}}@db.acme.io/x")\n',
        "odd.py": f"import snowflake.connector as s\nimport torch\ns.connect(user='a', password={odd!r})\n",
        ".env": f"ANTHROPIC_API_KEY={token['anthropic']}\nDB_PASSWORD={password}\n",
        "conf.yaml": f"wandb:\n  api_key: {token['wandb']}\nurl: postgresql://app:{password}@db.acme.io/x\n",
        "Dockerfile": f"FROM python:3.11\nENV HF_TOKEN={token['huggingface']} OTHER_SECRET={password}\n",
        "docker-compose.yml": f"services:\n  api:\n    image: acme/api:1.2\n    environment:\n      DATABRICKS_TOKEN: {token['databricks']}\n",
        "kaggle.json": f'{{"username": "me", "key": "{token["hex32"]}"}}\n',
        "nb.ipynb": make_notebook(
            f"import comet_ml\nexperiment = comet_ml.Experiment(\n    api_key='{token['alnum25']}',\n)\n",
            f"%env MLFLOW_TRACKING_PASSWORD={password}\n!wandb login {token['wandb']}\n",
            {
                "cell_type": "code",
                "execution_count": 3,
                "metadata": {},
                "source": ["print(os.environ)"],
                "outputs": [{"output_type": "stream", "name": "stdout", "text": [f"{{'GROQ_API_KEY': '{token['groq']}'}}\n"]}],
            },
        ),
        "tests/test_x.py": f'TOKEN = "{token["github"]}"\n',
        "README.md": f"```\nexport REPLICATE_API_TOKEN={token['replicate']}\naws_secret_access_key={token['aws-secret']}\n```\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    git(root, "init", "-q")
    git(root, "add", "-A")
    lines = [line for line in body.splitlines() if not line.startswith("-----")]
    return [*token.values(), password, *lines, odd[-6:]]


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_output_shows_a_secret(format_name: str, tmp_path: Path) -> None:
    secrets = plant(tmp_path)
    outcome = check(tmp_path)
    assert {one.code for one in outcome.results} >= set(CODES)
    assert {one.place.path for one in outcome.results} >= {
        "train.py",
        "odd.py",
        "login.py",
        "engine.py",
        ".env",
        "conf.yaml",
        "Dockerfile",
        "docker-compose.yml",
        "nb.ipynb",
        "README.md",
    }
    stream = io.StringIO()
    make_reporter(format_name).write(outcome, RULESET, stream)
    text = stream.getvalue()
    assert "SE101" in text
    assert [secret[:6] for secret in secrets if secret in text] == []
    # Nor a large part of one.
    assert [secret[:6] for secret in secrets if len(secret) >= 14 and (secret[5:13] in text or secret[-8:] in text)] == []
    assert not any(secret in repr(outcome) for secret in secrets)


def test_one_place_is_one_finding(tmp_path: Path) -> None:
    plant(tmp_path)
    results = [one for one in check(tmp_path).results if not one.place.whole_file and one.place.cell is None]
    places = [(one.place.path, one.place.region) for one in results]
    assert len(places) == len(set(places))
    lines = {(one.place.path, one.place.region.line): one.code for one in results}
    assert lines[("train.py", 2)] == lines[("train.py", 3)] == "SE101"
    assert lines[("train.py", 4)] == "SE103"
    assert lines[("Dockerfile", 2)] == "SE105"


def test_untracked_file_is_ignored_by_the_fix(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.log", "utf-8")
    (tmp_path / "app.py").write_text("print(1)\n", "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (tmp_path / ".env").write_text(f"HF_TOKEN={make_token('huggingface')}\n", "utf-8")
    (found,) = [one for one in check(tmp_path).results if one.code == "SE104"]
    assert found.message == "an environment file with credentials (HF_TOKEN) is not ignored, so the next git add takes it in"
    assert found.place.whole_file
    assert found.fix is not None
    (edit,) = found.fix.edits
    assert (edit.path, edit.text) == (".gitignore", "\n/.env\n")
    (tmp_path / ".gitignore").write_text("*.log" + edit.text, "utf-8")
    assert check(tmp_path).results == ()
