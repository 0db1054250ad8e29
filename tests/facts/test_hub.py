from __future__ import annotations

import pytest

from mlops_lint.documents.document import Document
from mlops_lint.documents.json import JsonDocument
from mlops_lint.documents.notebook import NotebookDocument
from mlops_lint.documents.python import PythonDocument
from mlops_lint.documents.yaml import YamlDocument
from mlops_lint.facts.hub import HubReference, LocalName, repository_of
from mlops_lint.testing.cases import make_notebook

IMPORTS = """\
import datasets, huggingface_hub, peft, timm, tokenizers, transformers
from diffusers import DiffusionPipeline
from sentence_transformers import CrossEncoder, SentenceTransformer
"""


def of(document: Document) -> list[tuple[str, str, str]]:
    return [(one.kind, one.repository, one.revision) for one in HubReference.collect(document)]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("transformers.AutoModel.from_pretrained('gpt2')", ("model", "gpt2", "")),
        ("transformers.models.bert.BertModel.from_pretrained(pretrained_model_name_or_path='a/b')", ("model", "a/b", "")),
        ("transformers.AutoModel.from_pretrained('a/b', revision='v1')", ("model", "a/b", "v1")),
        ("transformers.AutoModel.from_pretrained('a/b', **{'revision': 'v2'})", ("model", "a/b", "v2")),
        ("transformers.AutoModel.from_pretrained('a/b', **kwargs)", None),
        ("transformers.AutoModel.from_pretrained('a/b', revision=pin)", None),
        ("transformers.AutoModel.from_pretrained('a/b', local_files_only=True)", None),
        ("transformers.AutoModel.from_pretrained('a/b', local_files_only=False)", ("model", "a/b", "")),
        ("transformers.AutoModel.from_pretrained(name)", None),
        ("transformers.AutoModel.from_pretrained('models/b')", None),
        ("transformers.AutoModel.from_pretrained('./b')", None),
        ("transformers.AutoModel.from_pretrained('my_model')", None),
        ("transformers.AutoModel.from_config('a/b')", None),
        ("transformers.pipeline('text-generation', 'a/b')", ("model", "a/b", "")),
        ("transformers.pipeline('text-generation')", None),
        ("peft.PeftModel.from_pretrained(model, 'a/adapter')", ("model", "a/adapter", "")),
        ("peft.PeftConfig.from_pretrained('a/adapter')", ("model", "a/adapter", "")),
        ("peft.AutoPeftModelForCausalLM.from_pretrained('a/adapter')", ("model", "a/adapter", "")),
        ("tokenizers.Tokenizer.from_pretrained('bert-base-cased')", ("model", "bert-base-cased", "")),
        ("DiffusionPipeline.from_pretrained('a/b')", ("model", "a/b", "")),
        ("SentenceTransformer('all-MiniLM-L6-v2')", ("model", "sentence-transformers/all-MiniLM-L6-v2", "")),
        ("SentenceTransformer('output')", None),
        ("CrossEncoder(model_name='a/b')", ("model", "a/b", "")),
        ("datasets.load_dataset('imdb')", ("dataset", "imdb", "")),
        ("datasets.load_dataset('csv', data_files='x.csv')", None),
        ("datasets.load_dataset('reviews')", None),
        ("datasets.load_dataset(path='a/b', split='train')", ("dataset", "a/b", "")),
        ("huggingface_hub.hf_hub_download('a/b', 'f', repo_type='dataset')", ("dataset", "a/b", "")),
        ("huggingface_hub.snapshot_download(repo_id='a/b', repo_type=None)", ("model", "a/b", "")),
        ("timm.create_model('hf-hub:a/b@0a1b2c3')", ("model", "a/b", "0a1b2c3")),
        ("timm.create_model('resnet50')", None),
    ],
)
def test_calls(call: str, found: tuple[str, str, str] | None) -> None:
    assert of(PythonDocument("a.py", (IMPORTS + call).encode())) == ([found] if found else [])


@pytest.mark.parametrize(
    ("revision", "pinned"), [("0a1b2c3", True), ("86b5e0934494bd15c9632b12f734a8a67f723594", True), ("main", False), ("v1.0", False), ("", False)]
)
def test_pinned(revision: str, pinned: bool) -> None:
    (reference,) = HubReference.collect(PythonDocument("a.py", f"{IMPORTS}datasets.load_dataset('imdb', revision={revision!r})".encode()))
    assert reference.is_pinned is pinned


def test_place_in_a_notebook() -> None:
    document = NotebookDocument("n.ipynb", make_notebook("from datasets import load_dataset", "x = load_dataset('glue', 'mrpc')").encode())
    (reference,) = HubReference.collect(document)
    assert document.text[reference.span.start : reference.span.end] == "load_dataset('glue', 'mrpc')"


def test_configuration() -> None:
    text = """\
encoder: {_target_: transformers.AutoModel.from_pretrained, pretrained_model_name_or_path: a/b, revision: v1}
own: {_target_: churn.Ranker, pretrained_model_name_or_path: a/c}
head:
  model_name_or_path: a/d
  model_revision: 0a1b2c3
dynamic: {model_name_or_path: a/e, revision: "${oc.env:PIN}"}
folder: {model_name_or_path: outputs/best}
"""
    document = YamlDocument("conf/model.yaml", text.encode())
    assert of(document) == [("model", "a/b", "v1"), ("model", "a/d", "0a1b2c3")]
    assert [one.source for one in HubReference.collect(document)] == ["target", "key"]
    assert [text[one.span.start : one.span.end] for one in HubReference.collect(document)] == ["a/b", "a/d"]


@pytest.mark.parametrize("path", ["model/config.json", "results/run.json"])
def test_records_are_no_configuration(path: str) -> None:
    assert of(JsonDocument(path, b'{"model_name_or_path": "a/b"}')) == []


def test_json_configuration() -> None:
    assert of(JsonDocument("train.json", b'{"model_name_or_path": "a/b"}')) == [("model", "a/b", "")]


def test_names_written_to() -> None:
    code = "import os\nm.save_pretrained('a/b')\nTrainingArguments(output_dir='c/d')\nos.makedirs(f'e/{1}')\nm.push_to_hub('x/y')\n"
    assert [one.name for one in LocalName.collect(PythonDocument("a.py", code.encode()))] == ["a/b", "c/d", "e/1"]


@pytest.mark.parametrize("identifier", ["a/b/c", "/a/b", "../b", "a/b.json", "data/train", "your-name/model", "https://x/y", "a b/c", ""])
def test_no_repository(identifier: str) -> None:
    assert repository_of(identifier, "model", "transformers.AutoModel.from_pretrained") == ("", "")
