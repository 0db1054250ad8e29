"""Well-formed but inert credentials for fixtures, made at run time so that none stands in a repository.

Each is drawn from a fixed seed: the same name always gives the same token, and no service ever issued it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import string
import zlib

_MARK = re.compile(r"@@token:([\w-]+)@@")
_ALNUM = string.ascii_letters + string.digits


def _draw(name: str, length: int, alphabet: str = _ALNUM) -> str:
    """Characters that look random, from a hash of the name."""
    out: list[str] = []
    counter = 0
    while len(out) < length:
        out.extend(alphabet[byte % len(alphabet)] for byte in hashlib.sha256(f"{name}:{counter}".encode()).digest())
        counter += 1
    return "".join(out[:length])


def _base62(number: int, width: int) -> str:
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = digits[rest] + text
    return text.rjust(width, "0")


def make_token(name: str) -> str:
    """The inert token of a provider.

    Raises:
        KeyError: there is no such provider here.
    """
    lower, upper, hexadecimal = string.ascii_lowercase + string.digits, string.ascii_uppercase + string.digits, "0123456789abcdef"
    makers = {
        "huggingface": lambda: "hf_" + _draw(name, 34, string.ascii_letters),
        "wandb": lambda: _draw(name, 40, hexadecimal),
        "openai": lambda: "sk-" + _draw(name, 20) + "T3BlbkFJ" + _draw(name + "2", 20),
        "openai-project": lambda: "sk-proj-" + _draw(name, 74) + "T3BlbkFJ" + _draw(name + "2", 74),
        "anthropic": lambda: "sk-ant-api03-" + _draw(name, 93, _ALNUM + "_-") + "AA",
        "aws-id": lambda: "AKIA" + _draw(name, 16, string.ascii_uppercase + "234567"),
        "aws-secret": lambda: _draw(name, 40, _ALNUM + "+/"),
        "ibm": lambda: _draw(name, 44, _ALNUM + "_-"),
        "google": lambda: "AIza" + _draw(name, 35, _ALNUM + "_-"),
        "github": lambda: _github(name),
        "github-unissued": lambda: _github(name)[:-6] + "000000",
        "aws-id-example": lambda: "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "aws-secret-example": lambda: "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
        "gitlab": lambda: "glpat-" + _draw(name, 20),
        "slack": lambda: "xoxb-" + _draw(name, 12, string.digits) + "-" + _draw(name + "2", 12, string.digits) + "-" + _draw(name + "3", 24),
        "groq": lambda: "gsk_" + _draw(name, 52),
        "replicate": lambda: "r8_" + _draw(name, 37),
        "pinecone": lambda: "pcsk_" + _draw(name, 6) + "_" + _draw(name + "2", 63),
        "langsmith": lambda: "lsv2_pt_" + _draw(name, 32, hexadecimal) + "_" + _draw(name + "2", 10, hexadecimal),
        "databricks": lambda: "dapi" + _draw(name, 32, hexadecimal),
        "azure-storage": lambda: base64.b64encode(hashlib.sha512(name.encode()).digest()).decode(),
        "openrouter": lambda: "sk-or-v1-" + _draw(name, 64, hexadecimal),
        "deepseek": lambda: "sk-" + _draw(name, 32, hexadecimal),
        "openai-old": lambda: "sk-" + _draw(name, 48),
        "xai": lambda: "xai-" + _draw(name, 80),
        "perplexity": lambda: "pplx-" + _draw(name, 48),
        "tavily": lambda: "tvly-" + _draw(name, 32),
        "langfuse": lambda: "sk-lf-" + _uuid(name),
        "ngc": lambda: "nvapi-" + _draw(name, 64, _ALNUM + "_-"),
        "neptune": lambda: _neptune(name),
        "github-pat": lambda: "github_pat_" + _draw(name, 22) + "_" + _draw(name + "2", 59),
        "slack-webhook": lambda: (
            "https://hooks.slack.com/services/T" + _draw(name, 10, upper) + "/B" + _draw(name + "2", 10, upper) + "/" + _draw(name + "3", 24)
        ),
        "azure-sas": lambda: (
            base64.b64encode(hashlib.sha256(name.encode()).digest()).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        ),
        "azure-bus": lambda: base64.b64encode(hashlib.sha256(name.encode()).digest()).decode(),
        "azure-client": lambda: _draw(name, 3) + "8Q~" + _draw(name + "2", 34),
        "private-key-line": lambda: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + _draw(name, 800, _ALNUM + "+/") + "==",
        "private-key": lambda: _private_key(name),
        "hex64": lambda: _draw(name, 64, hexadecimal),
        "alnum20": lambda: _draw(name, 20),
        "alnum32": lambda: _draw(name, 32),
        "alnum50": lambda: _draw(name, 50),
        "hex32": lambda: _draw(name, 32, hexadecimal),
        "alnum25": lambda: _draw(name, 25),
        "alnum40": lambda: _draw(name, 40),
        "password": lambda: _draw(name, 14, _ALNUM + "!%*"),
        "uuid": lambda: _uuid(name),
        "lower30": lambda: _draw(name, 30, lower),
    }
    return makers[name]()


def _uuid(name: str) -> str:
    return "-".join(_draw(name + str(place), size, "0123456789abcdef") for place, size in enumerate((8, 4, 4, 4, 12)))


def _neptune(name: str) -> str:
    """Neptune's tokens are base64 of a JSON object that opens with the server's address."""
    return base64.b64encode(
        f'{{"api_address":"https://app.neptune.invalid","api_url":"https://app.neptune.invalid","api_key":"{_uuid(name)}"}}'.encode()
    ).decode()


def _private_key(name: str) -> str:
    """A PEM block of several lines whose body opens as PKCS #8 does and holds nothing but noise."""
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + _draw(name, 800, _ALNUM + "+/")
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN {'PRIVATE'} KEY-----\n{lines}\n-----END {'PRIVATE'} KEY-----"


def _github(name: str) -> str:
    """A GitHub token ends in the CRC-32 of its 30 random characters, in base 62 (github.blog, "Behind GitHub's new authentication token formats")."""
    body = _draw(name, 30)
    return "ghp_" + body + _base62(zlib.crc32(body.encode()), 6)


def expand_tokens(text: str) -> str:
    """The text with each ``@@token:NAME@@`` replaced."""
    return _MARK.sub(lambda match: make_token(match[1]), text)
