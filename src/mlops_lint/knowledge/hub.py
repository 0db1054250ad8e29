"""Model hubs: which calls fetch from them, what names a repository there, and what names a fixed state of it.

Sources (read 2026-11): the references of huggingface_hub 1.1 (``hf_hub_download``, ``snapshot_download``, ``constants``), Transformers 4.57
(``from_pretrained``, ``pipeline``; pipelines without a model load a default at a fixed revision), Datasets 4.4 (``load_dataset``, ``packaged_modules``),
Diffusers 0.35, Sentence Transformers 5.1, PEFT 0.18, Tokenizers 0.22, timm 1.0 (``hf-hub:`` names), TRL 0.25, SetFit 1.1, Optimum 2.0, Unsloth 2025.11,
vLLM 0.11 and Text Generation Inference 3.3 (``TRUST_REMOTE_CODE``), and PyTorch 2.9 ``torch.hub``. The bare names of models and datasets are the Hub's
legacy canonical repositories, of which each stands for one under an owner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

COMMIT = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}", re.IGNORECASE)
"""A commit hash, whole or shortened; nothing else names a state that cannot move."""

REPOSITORY_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}")
"""``owner/name`` on the Hub."""

MODEL, DATASET = "model", "dataset"


@dataclass(frozen=True, slots=True)
class HubCall:
    """How a call names what it fetches: the parameters that may hold the id (the first also by ``position``) and what kind of repository it is."""

    parameters: tuple[str, ...]
    position: int | None
    kind: str = MODEL


_PRETRAINED = HubCall(
    ("pretrained_model_name_or_path", "pretrained_model_path", "model_name_or_path", "model_id", "model_name", "identifier", "pretrained_model_name"),
    0,
)
_ADAPTER = HubCall(("model_id",), 1)
_DATASET = HubCall(("path",), 0, DATASET)
_REPOSITORY = HubCall(("repo_id",), 0)
_SENTENCES = HubCall(("model_name_or_path", "model_name"), 0)

HUB_CALLS: dict[str, HubCall] = {
    **{f"transformers.{place}pipeline": HubCall(("model",), 1) for place in ("", "pipelines.")},
    **{f"datasets.{place}{name}": _DATASET for place in ("", "load.") for name in ("load_dataset", "load_dataset_builder")},
    **{
        f"huggingface_hub.{place}{name}": _REPOSITORY
        for place in ("", "file_download.", "_snapshot_download.", "hf_api.")
        for name in ("hf_hub_download", "snapshot_download")
    },
    **{f"sentence_transformers.{name}": _SENTENCES for name in ("SentenceTransformer", "CrossEncoder", "SparseEncoder")},
    "sentence_transformers.cross_encoder.CrossEncoder": _SENTENCES,
    "timm.create_model": HubCall(("model_name",), 0),
    "timm.models.create_model": HubCall(("model_name",), 0),
}
"""Calls by qualified name."""

_PRETRAINED_PACKAGES = frozenset(
    "transformers diffusers peft optimum tokenizers huggingface_hub sentence_transformers trl setfit unsloth auto_gptq awq gptqmodel adapters "
    "span_marker gliner open_clip".split()
)
_PRETRAINED_METHODS = ("from_pretrained", "from_quantized")


def hub_call(name: str) -> HubCall | None:
    """How a call of this qualified name fetches from the Hub, if it does."""
    if name in HUB_CALLS:
        return HUB_CALLS[name]
    parts = name.split(".")
    if len(parts) < 3 or parts[-1] not in _PRETRAINED_METHODS or parts[0] not in _PRETRAINED_PACKAGES:
        return None
    # PeftModel.from_pretrained(model, "owner/adapter"), but PeftConfig.from_pretrained("owner/adapter").
    if parts[0] == "peft" and parts[-2].startswith("Peft") and "Model" in parts[-2]:
        return _ADAPTER
    return _PRETRAINED


PACKAGED_BUILDERS: frozenset[str] = frozenset(
    "csv json parquet text arrow pandas sql spark imagefolder audiofolder videofolder pdffolder niftifolder webdataset xml hdf5 lance cache "
    "generator".split()
)
"""First arguments of ``load_dataset`` that name a reader of local files and not a repository."""

BARE_MODELS = re.compile(
    r"bert-(?:base|large)-(?:cased|uncased|chinese|german-cased|german-dbmdz-(?:un)?cased|multilingual-(?:un)?cased)(?:-whole-word-masking)?"
    r"(?:-finetuned-(?:squad|mrpc))?"
    r"|distilbert-base-(?:cased|uncased|multilingual-cased|german-cased|(?:un)?cased-distilled-squad|uncased-finetuned-sst-2-english)|distilgpt2|distilroberta-base"
    r"|gpt2(?:-medium|-large|-xl)?|openai-gpt|roberta-(?:base|large)(?:-mnli|-openai-detector)?|t5-(?:small|base|large|3b|11b)"
    r"|albert-(?:base|large|xlarge|xxlarge)-v[12]|xlnet-(?:base|large)-cased|xlm-roberta-(?:base|large)(?:-finetuned-conll0[23]-\w+)?|xlm-mlm-[\w-]+|xlm-clm-[\w-]+"
    r"|camembert-base|ctrl|transfo-xl-wt103|flaubert-base-(?:un)?cased"
)
"""Bare names of models that stand for a repository of the Hub."""

BARE_SENTENCE_MODELS = re.compile(
    r"all-(?:MiniLM|mpnet|distilroberta|roberta)-[\w.-]+|multi-qa-[\w.-]+|paraphrase-[\w.-]+|msmarco-[\w.-]+|distiluse-[\w.-]+|stsb-[\w.-]+"
    r"|nli-[\w.-]+|gtr-t5-[\w.-]+|sentence-t5-[\w.-]+|clip-ViT-[\w.-]+|LaBSE|allenai-specter|average_word_embeddings_[\w.-]+|quora-[\w.-]+|static-[\w.-]+"
)
"""Bare names that Sentence Transformers looks up under its own owner."""

BARE_DATASETS: frozenset[str] = frozenset(
    "ag_news amazon_polarity amazon_reviews_multi anli banking77 beans bookcorpus billsum bigbench boolq c4 cats_vs_dogs cifar10 cifar100 "
    "cnn_dailymail common_gen common_voice commonsense_qa conll2003 conllpp coqa cord19 cosmos_qa daily_dialog dbpedia_14 discofuse drop "
    "dream e2e_nlg emotion empathetic_dialogues eli5 esnli europarl_bilingual fashion_mnist financial_phrasebank food101 gigaword glue "
    "go_emotions gsm8k hans hate_speech18 hellaswag hotpot_qa imagenet-1k imdb kilt_tasks klue lambada lex_glue librispeech_asr mbpp mc4 "
    "md_gender_bias mlqa mlsum mnist ms_marco multi_news multi_nli narrativeqa natural_questions nyu_depth_v2 openai_humaneval openbookqa "
    "openwebtext opus100 opus_books oscar paws piqa ptb_text_only pubmed_qa qasc qasper quac quail quora race reddit_tldr rotten_tomatoes "
    "samsum scan sciq scicite scitail sick snli social_i_qa spider squad squad_v2 squad_es sst sst2 stsb_multi_mt super_glue superb svhn "
    "swag tab_fact tiny_shakespeare timit_asr toxic_conversations trec trivia_qa truthful_qa tweet_eval tydiqa universal_dependencies "
    "web_nlg web_questions wiki40b wiki_bio wiki_qa wikiann wikihow wikipedia wikisql wikitext winogrande winograd_wsc wmt14 wmt16 wmt19 "
    "xcopa xglue xnli xquad xsum xtreme yahoo_answers_topics yelp_polarity yelp_review_full".split()
)
"""Bare names of datasets that stand for a repository of the Hub."""

LOCAL_FOLDERS: frozenset[str] = frozenset(
    "model models data dataset datasets checkpoint checkpoints ckpt ckpts output outputs out result results run runs log logs weight weights "
    "artifact artifacts saved save saved_model saved_models tmp temp cache assets pretrained pretrained_models trained trained_models "
    "experiments exp files mnt home opt src content workspace storage local lib tests test resources static build dist drive wandb mlruns "
    "lightning_logs adapters lora loras".split()
)
"""First parts of a path that mean a folder of one's own rather than an owner on the Hub."""

PLACEHOLDER_OWNER = re.compile(r"your[-_].*|your|path|username", re.IGNORECASE)
"""Owners that stand for whoever reads the example."""

BRANCHES: frozenset[str] = frozenset(
    "main master dev devel develop development trunk default head latest nightly stable torchhub gh-pages staging production prod next edge".split()
)
"""Names that are branches wherever they are seen: they move."""

TORCH_HUB_CALLS: dict[str, str] = {"torch.hub.load": "repo_or_dir", "torch.hub.list": "github", "torch.hub.help": "github"}
"""Calls that fetch a repository from GitHub and run its ``hubconf.py``, with the parameter (the first) that names it."""

REMOTE_CODE_VARIABLES = frozenset({"TRUST_REMOTE_CODE", "HF_DATASETS_TRUST_REMOTE_CODE", "VLLM_TRUST_REMOTE_CODE"})
"""Environment variables that let model servers and Datasets run code of a repository."""

REMOTE_CODE_FLAG = r"--trust[-_]remote[-_]code(?![-\w])"
"""The option of training scripts, vLLM, SGLang, TGI, lm-eval and their like that does the same."""

HUB_WORDS = (
    r"from_pretrained|from_quantized|load_dataset|hf_hub_download|snapshot_download|pipeline|SentenceTransformer|CrossEncoder|SparseEncoder"
    r"|create_model"
)
"""Without one of these words nothing of the tables can be called."""

HUB_PREFIXES = ("hf-hub:", "hf_hub:")
"""What timm writes before the name of a repository."""

LOCAL_WRITERS = frozenset("save_pretrained save_model save save_to_disk makedirs mkdir exists isdir isfile is_dir listdir load_from_disk".split())
"""Methods and functions whose first argument is a path on disk."""

CONFIGURED_MODELS = frozenset({"pretrained_model_name_or_path", "model_name_or_path"})
"""Configuration keys that are handed to ``from_pretrained`` as they are."""

SAVED_CONFIGURATIONS = frozenset(
    {
        "config.json",
        "adapter_config.json",
        "tokenizer_config.json",
        "generation_config.json",
        "preprocessor_config.json",
        "training_args.json",
        "trainer_state.json",
    }
)
"""Files that libraries write beside weights; what they name is where the weights came from."""

RECORD_FOLDERS = frozenset("results result outputs output logs log runs wandb mlruns experiments checkpoints".split())
"""Folders whose files record what was run rather than say what to run."""
