"""Credentials that machine-learning code meets: how they are written, what stands around them, what only looks like one.

Sources (read 2026-11): the key and token pages of the services' own documentation (Hugging Face, Weights & Biases, OpenAI, Anthropic, Google AI, Replicate,
Pinecone, LangSmith, Langfuse, Databricks, NVIDIA NGC, Neptune, Comet, ClearML, Roboflow, Kaggle, AWS IAM identifiers, IBM Cloud, Azure Storage, Entra ID,
GitLab, Slack), GitHub's account of its token formats of 2021 (prefix, 30 characters, CRC-32 in base 62), and RFC 7468 for PEM. Lengths that a service does not
state are those of keys it has issued.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenFormat:
    """A credential that its own characters give away.

    ``what`` names it with its article. ``literal`` is a text with which every one of them begins, or that stands ``inside``. ``pattern`` matches one whole,
    its random part in the group ``random`` where that is not all of it. ``check`` is a structure beyond the pattern: ``github`` (checksum) or ``neptune``
    (base64 of JSON).
    """

    what: str
    literal: str
    pattern: str
    check: str = ""
    inside: bool = False


_B64 = r"[A-Za-z0-9+/]"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# The id in a signed address is meant to be read; it opens nothing without its secret.
_NOT_SIGNED = r"(?<!Credential=)(?<!AccessKeyId=)"

TOKEN_FORMATS: tuple[TokenFormat, ...] = (
    TokenFormat("a Hugging Face token", "hf_", r"hf_(?P<random>[A-Za-z0-9]{34})"),
    TokenFormat("a Hugging Face organisation token", "api_org_", r"api_org_(?P<random>[A-Za-z]{34})"),
    TokenFormat("a Weights & Biases key", "wandb_v1_", r"wandb_v1_(?P<random>[\w-]{60,100})"),
    TokenFormat("an OpenAI key", "T3BlbkFJ", r"sk-(?:proj-|svcacct-|admin-|None-)?(?P<random>[\w-]{20,100}T3BlbkFJ[\w-]{20,100})", inside=True),
    TokenFormat("an Anthropic key", "sk-ant-", r"sk-ant-[a-z]{3,8}\d\d-(?P<random>[\w-]{80,110})"),
    TokenFormat("an OpenRouter key", "sk-or-v1-", r"sk-or-v1-(?P<random>[0-9a-f]{64})"),
    TokenFormat("an OpenAI key", "sk-", r"sk-(?P<random>[A-Za-z0-9]{48})"),
    TokenFormat("a DeepSeek or DashScope key", "sk-", r"sk-(?P<random>[0-9a-f]{32})"),
    TokenFormat("a Groq key", "gsk_", r"gsk_(?P<random>[A-Za-z0-9]{52})"),
    TokenFormat("an xAI key", "xai-", r"xai-(?P<random>[A-Za-z0-9]{80})"),
    TokenFormat("a Perplexity key", "pplx-", r"pplx-(?P<random>[A-Za-z0-9]{48})"),
    TokenFormat("a Cerebras key", "csk-", r"csk-(?P<random>[a-z0-9]{48})"),
    TokenFormat("a LlamaCloud key", "llx-", r"llx-(?P<random>[A-Za-z0-9]{48})"),
    TokenFormat("a Jina key", "jina_", r"jina_(?P<random>[0-9a-f]{32}[\w-]{28})"),
    TokenFormat("a Tavily key", "tvly-", r"tvly-(?:dev-|prod-)?(?P<random>[A-Za-z0-9]{32})"),
    TokenFormat("a Together key", "tgp_v1_", r"tgp_v1_(?P<random>[\w-]{43})"),
    TokenFormat("a Google API key", "AIza", r"AIza(?P<random>[\w-]{35})"),
    TokenFormat("a Google refresh token", "1//0", r"1//0(?P<random>[\w-]{40,100})"),
    TokenFormat("a Google OAuth client secret", "GOCSPX-", r"GOCSPX-(?P<random>[\w-]{28})"),
    TokenFormat("a Replicate token", "r8_", r"r8_(?P<random>[A-Za-z0-9]{37})"),
    TokenFormat("a Pinecone key", "pcsk_", r"pcsk_(?P<random>[A-Za-z0-9]{5,8}_[A-Za-z0-9]{58,68})"),
    TokenFormat("a LangSmith key", "lsv2_", r"lsv2_(?:pt|sk)_(?P<random>[0-9a-f]{32}_[0-9a-f]{10})"),
    TokenFormat("a LangSmith key", "ls__", r"ls__(?P<random>[0-9a-f]{32})"),
    TokenFormat("a Langfuse secret key", "sk-lf-", rf"sk-lf-(?P<random>{_UUID})"),
    TokenFormat("a Databricks token", "dapi", r"dapi(?P<random>[0-9a-f]{32})(?:-\d)?"),
    TokenFormat("a Databricks client secret", "dose", r"dose(?P<random>[0-9a-f]{32})"),
    TokenFormat("an NVIDIA NGC key", "nvapi-", r"nvapi-(?P<random>[\w-]{60,70})"),
    TokenFormat("a Neptune token", "eyJhcGlfYWRkcmVzcyI6", r"eyJhcGlfYWRkcmVzcyI6(?P<random>[A-Za-z0-9+/]{40,600}={0,2})", "neptune"),
    TokenFormat("a Kaggle token", "KGAT_", r"KGAT_(?P<random>[0-9a-f]{32})"),
    TokenFormat("a DVC Studio token", "isat_", r"isat_(?P<random>[A-Za-z0-9]{48,52})"),
    TokenFormat("a Prefect key", "pnu_", r"pnu_(?P<random>[A-Za-z0-9]{36})"),
    TokenFormat("an AWS access key", "AKIA", _NOT_SIGNED + r"AKIA(?P<random>[A-Z2-7]{16})"),
    TokenFormat("an AWS access key", "ASIA", _NOT_SIGNED + r"ASIA(?P<random>[A-Z2-7]{16})"),
    TokenFormat("an Amazon Bedrock key", "ABSK", rf"ABSK(?P<random>{_B64}{{109,140}}={{0,2}})"),
    TokenFormat("an Azure client secret", "Q~", r"(?P<random>[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})", inside=True),
    TokenFormat("a GitHub token", "ghp_", r"gh[p]_(?P<random>[A-Za-z0-9]{36})", "github"),
    TokenFormat("a GitHub token", "gho_", r"gh[o]_(?P<random>[A-Za-z0-9]{36})", "github"),
    TokenFormat("a GitHub token", "ghu_", r"gh[u]_(?P<random>[A-Za-z0-9]{36})", "github"),
    TokenFormat("a GitHub token", "ghs_", r"gh[s]_(?P<random>[A-Za-z0-9]{36})", "github"),
    TokenFormat("a GitHub token", "ghr_", r"gh[r]_(?P<random>[A-Za-z0-9]{36})", "github"),
    TokenFormat("a GitHub token", "github_pat_", r"github_pat_(?P<random>[A-Za-z0-9]{22}_[A-Za-z0-9]{59})"),
    TokenFormat("a GitLab token", "glpat-", r"glpat-(?P<random>[\w-]{20}|[\w-]{27,300}\.[0-9a-z]{2}[0-9a-z]{7})"),
    TokenFormat("a Slack token", "xox", r"xox[abeoprs]-(?P<random>\d{9,13}-[\w-]{20,160})"),
    TokenFormat("a Slack webhook", "https://hooks.slack.com/", r"https://hooks\.slack\.com/services/(?P<random>T\w{8,12}/B\w{8,12}/[A-Za-z0-9]{24})"),
    TokenFormat("a SendGrid key", "SG.", r"SG\.(?P<random>[\w-]{22}\.[\w-]{43})"),
    TokenFormat("a PyPI token", "pypi-AgEI", r"pypi-AgEI(?P<random>[\w-]{80,400})"),
    TokenFormat("a Docker Hub token", "dckr_pat_", r"dckr_pat_(?P<random>[\w-]{27})"),
)
"""Credentials with a prefix or a structure of their own. Where two match at one place the earlier row counts."""


@dataclass(frozen=True, slots=True)
class FramedFormat:
    """A credential known by the text right before it: ``literal`` is part of that text, the group ``secret`` of ``pattern`` is the credential.

    ``unless`` is a pattern: a match that holds it is a link made to be shared, and no secret.
    """

    what: str
    literal: str
    pattern: str
    unless: str = ""


FRAMED_FORMATS: tuple[FramedFormat, ...] = (
    FramedFormat("an Azure storage account key", "AccountKey=", rf"AccountKey=(?P<secret>{_B64}{{86}}==)"),
    FramedFormat("an Azure shared access key", "SharedAccessKey=", rf"SharedAccessKey=(?P<secret>{_B64}{{43}}=)"),
    FramedFormat(
        "an Azure SAS signature",
        "sig=",
        r"[?&;]s[vpretkis]{1,2}=[^\s\"'<>]{1,400}?&sig=(?P<secret>(?:[A-Za-z0-9]|%2[BbFf]|[+/]){40,86}(?:%3[Dd]|=){1,2})",
        # Permissions "read" and "list" (Azure Storage, "Create a service SAS", read 2026-11): how public files are given away.
        unless=r"[?&;]sp=rl?&",
    ),
    FramedFormat(
        "a Kaggle key",
        "username",
        r"[\"']username[\"']\s{0,9}:\s{0,9}[\"'][^\"'\s]{1,60}[\"']\s{0,9},\s{0,40}[\"']key[\"']\s{0,9}:\s{0,9}[\"'](?P<secret>[0-9a-f]{32})[\"']",
    ),
    FramedFormat(
        "a Kaggle key",
        "kaggle config set",
        r"kaggle config set (?:-n|--name) key (?:-v|--value) [\"']?(?P<secret>[0-9a-f]{32})(?![0-9a-f])",
    ),
    FramedFormat(
        "a ClearML secret key",
        "access_key",
        r"access_key[\"']?\s{0,9}[=:]\s{0,9}[\"'][A-Z0-9]{20,32}[\"']\s{0,9},?\s{0,40}[\"']?secret_key[\"']?\s{0,9}[=:]\s{0,9}[\"'](?P<secret>[A-Za-z0-9]{40,64})[\"']",
    ),
    FramedFormat(
        "a password for a machine in .netrc",
        "machine",
        r"\bmachine\s{1,9}[\w.-]{3,100}\s{1,9}login\s{1,9}\S{1,100}\s{1,9}password\s{1,9}(?P<secret>[^\s\"'\\]{8,200})",
    ),
)
"""Credentials known by a fixed text around them, whichever service issued them."""


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A credential that has no shape of its own: ``value`` counts only where the name it is given to speaks of the service.

    ``words`` are what the name must hold, lower-case, one of them; the name must also speak of a key, a token or a login. ``variable`` is the environment
    variable from which the service's own client reads it.
    """

    service: str
    what: str
    words: tuple[str, ...]
    value: str
    variable: str


NAMED_FORMATS: tuple[NamedFormat, ...] = (
    NamedFormat("wandb", "a Weights & Biases key", ("wandb", "api.wandb.ai"), r"[0-9a-f]{40}", "WANDB_API_KEY"),
    NamedFormat("cohere", "a Cohere key", ("cohere", "co_api"), r"[A-Za-z0-9]{40}", "CO_API_KEY"),
    NamedFormat("mistral", "a Mistral key", ("mistral",), r"[A-Za-z0-9]{32}", "MISTRAL_API_KEY"),
    NamedFormat("comet", "a Comet key", ("comet",), r"[A-Za-z0-9]{25}", "COMET_API_KEY"),
    NamedFormat("clearml", "a ClearML key", ("clearml", "trains_api"), r"[A-Z0-9]{20,32}|[A-Za-z0-9]{40,64}", "CLEARML_API_SECRET_KEY"),
    NamedFormat("roboflow", "a Roboflow key", ("roboflow",), r"[A-Za-z0-9]{20}", "ROBOFLOW_API_KEY"),
    NamedFormat("kaggle", "a Kaggle key", ("kaggle",), r"[0-9a-f]{32}", "KAGGLE_KEY"),
    NamedFormat("pinecone", "a Pinecone key", ("pinecone",), _UUID, "PINECONE_API_KEY"),
    NamedFormat("azure-openai", "an Azure OpenAI key", ("azure", "openai"), r"[0-9a-f]{32}|[A-Za-z0-9]{84}", "AZURE_OPENAI_API_KEY"),
    NamedFormat("ngc", "an NVIDIA NGC key", ("ngc_",), r"[A-Za-z0-9]{80,88}(?:==?)?", "NGC_API_KEY"),
    NamedFormat("together", "a Together key", ("together",), r"[0-9a-f]{64}", "TOGETHER_API_KEY"),
    NamedFormat("dagshub", "a DagsHub token", ("dagshub", "mlflow_tracking"), r"[0-9a-f]{40}", "DAGSHUB_USER_TOKEN"),
    NamedFormat("label-studio", "a Label Studio key", ("label_studio", "labelstudio"), r"[0-9a-f]{40}", "LABEL_STUDIO_API_KEY"),
    NamedFormat("assemblyai", "an AssemblyAI key", ("assemblyai", "assembly_ai"), r"[0-9a-f]{32}", "ASSEMBLYAI_API_KEY"),
    NamedFormat("deepgram", "a Deepgram key", ("deepgram",), r"[0-9a-f]{40}", "DEEPGRAM_API_KEY"),
    NamedFormat("elevenlabs", "an ElevenLabs key", ("elevenlabs", "eleven_"), r"(?:sk_)?[0-9a-f]{32}|sk_[0-9a-f]{48}", "ELEVENLABS_API_KEY"),
    NamedFormat("serpapi", "a SerpApi key", ("serpapi", "serp_api"), r"[0-9a-f]{64}", "SERPAPI_API_KEY"),
    NamedFormat("serper", "a Serper key", ("serper",), r"[0-9a-f]{40}", "SERPER_API_KEY"),
    NamedFormat("qdrant", "a Qdrant key", ("qdrant",), r"[\w-]{54}|eyJ[\w-]{10,100}\.eyJ[\w-]{10,400}\.[\w-]{20,200}", "QDRANT_API_KEY"),
    NamedFormat("weaviate", "a Weaviate key", ("weaviate", "wcd_", "wcs_"), r"[A-Za-z0-9]{36}", "WEAVIATE_API_KEY"),
    NamedFormat("ibm", "an IBM Cloud key", ("ibm", "bluemix", "watson"), r"[\w-]{44}", "IBMCLOUD_API_KEY"),
    NamedFormat("aws", "an AWS secret key", ("aws_secret", "awssecret", "secret_access"), rf"{_B64}{{40}}", "AWS_SECRET_ACCESS_KEY"),
    NamedFormat(
        "azure-storage", "an Azure storage account key", ("azure", "storage", "account_key", "accountkey"), rf"{_B64}{{86}}==", "AZURE_STORAGE_KEY"
    ),
)

ACCESS_WORDS: tuple[str, ...] = ("key", "token", "secret", "login", "password", "passwd", "_pat")
"""What a name speaks of when its value opens something."""

URL_SCHEMES: tuple[str, ...] = (
    *("postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "rediss", "amqp", "amqps", "mssql", "oracle", "snowflake", "clickhouse"),
    *(
        "redshift",
        "trino",
        "presto",
        "cockroachdb",
        "timescale",
        "neo4j",
        "bolt",
        "ftp",
        "ftps",
        "sftp",
        "http",
        "https",
        "databricks",
        "db2",
        "hive",
    ),
)
"""URL schemes in which ``user:password@host`` is common; a ``+driver`` may follow."""

LOCAL_HOSTS: frozenset[str] = frozenset(("localhost", "127.0.0.1", "0.0.0.0", "::1", "[::1]", "host.docker.internal", "localhost.localdomain"))
"""Hosts that are this machine."""

PLACEHOLDER_HOSTS: tuple[str, ...] = (
    "example.",
    ".example",
    "yourhost",
    "your-",
    "your_",
    "yourdomain",
    "hostname",
    "my-host",
    "myhost",
    "mydb.",
    ".invalid",
)
"""Parts of hosts that stand for another host."""

DEFAULT_PASSWORDS: frozenset[str] = frozenset(
    """
    admin administrator root user username guest pass passwd password pwd pw secret changeme changeit letmein postgres postgresql mysql mariadb
    mongo mongodb redis rabbitmq minio minioadmin miniosecret minio123 mlflow mlops airflow prefect dagster feast neo4j elastic clickhouse grafana
    lakefs superset metabase kafka spark hive jupyterhub jupyterlab keycloak pgadmin kibana qdrant milvus labelstudio nextcloud registry backend
    jupyter docker default public demo example sample dummy fake test testing tester dev local localhost none null empty todo tbd na n/a foo bar
    baz foobar abc abc123 hello hunter2 qwerty mypassword mysecret mysecretpassword supersecret topsecret password1 password123 passw0rd
    p@ssw0rd pass123 admin123 test123 secret123 root123 123 1234 12345 123456 ollama lm-studio lmstudio vllm sk-no-key-required no-key
    not-needed notneeded not-used unused anything whatever token apikey key value string text true false yes no hf_ sk- x xx ... token-abc123
    """.split()
)
"""Values that open nothing but a service fresh out of its box, or stand for a value; lower-case, without quotes."""

PLACEHOLDER_WORDS: tuple[str, ...] = tuple(
    """
    example dummy fake placeholder changeme change-me change_me changethis replace insert redacted removed hidden your .... **** todo fixme
    notreal not-real not_real not-a- not_a_ nothing invalid sample mock pasted goes-here goes_here here secret-key some- some_ enter- enter_
    put- put_ paste fill sk-no-key no-key abcdefg deadbeef lorem foobar supersecret super-secret super_secret topsecret top-secret letmein
    qwerty xxxx
    """.split()
)
"""Parts, in lower case, of values that stand for a value."""

RARE_IN_RANDOM: tuple[str, ...] = tuple(
    """
    example dummy fake placeholder changeme replace insert redacted removed xxxx notreal invalid sample paste secret token apikey yourkey
    password foobar abcdefg deadbeef supersecret thisis
    """.split()
)
"""Words, in lower case, that do not come up by chance in the random part of a credential."""

VOCABULARY: frozenset[str] = frozenset(
    """
    a an the my our your this that some any new old is in on for of to and or not no api key keys token tokens secret secrets password pass pwd
    access auth login user username id credential value string name account project service personal private public read write only env var
    variable openai azure anthropic claude cohere mistral groq google gemini replicate pinecone langchain langsmith langfuse databricks
    snowflake ngc nvidia comet neptune clearml roboflow kaggle wandb hf huggingface hugging face hub aws gcp github gitlab slack mlflow tracking
    test testing dev prod local default secure strong app demo real valid needed required used use here put enter get from set me it safe super top sk pk pt co db
    sql data
    """.split()
)
"""Words of which values are made that only name what belongs in their place."""

SECRET_NAME = (
    r"(?:^|[_.\-])(?:[a-z0-9]*(?:passw(?:or)?d|passphrase|secret|apikey|apitoken|accesskey|secretkey)|pwd"
    r"|(?:db|database|user|admin|root|smtp|mail|email|mysql|postgres|pg|sql|redis|rabbitmq|mongo|mongodb|ftp|ssh|mlflow|jupyter|auth|login)_?pass"
    r"|tok(?:en)?|pat|credentials?"
    r"|(?:api|access|secret|private|auth|account|storage|encryption|signing|license|master|kaggle|wandb|openai|storage_account|fernet)[_\-]?key"
    r"|connection[_\-]?string)(?:$|[_.\-]|\d)"
)
"""Names, in snake case and without regard to case, of what opens something."""

HARMLESS_NAME = (
    r"tokeni[sz]|tokens(?:$|_)|(?:max|min|num|n|pad|eos|bos|unk|mask|sep|cls|special|first|last|stop|start|end|next|prompt|image|audio|text|input|output)_?tok"
    r"|token_(?:type|count|limit|len|budget|classif|embed|dim|level)|public|publishable|hashed|(?:primary|foreign|partition|sort)_?key"
    r"|(?:_|^)(?:file|path|dir|folder|url|uri|name|id|ids|length|len|limit|count|size|type|types|expir\w*|ttl|minutes|hours|days|seconds|timeout|algorithm|header"
    r"|prefix|suffix|enabled?|required|arn|version|format|policy|min|max|ref|store|manager|provider|bucket|scope|scopes|endpoint|host|env|var|variable|mount|method"
    r"|rotation|backend|class|cmd|command|realm)$"
)
"""Names, in snake case, that hold such a word and yet stand for something open."""

PUBLIC_DIGESTS: frozenset[str] = frozenset(
    (
        "0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059",
        "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",
        "52f004438faf780274c9c95f79d1cf39d2355fbcf035899fc0242b1437f30df3",
        "a7b71ff160629e15c53434ee7060f99dce2e48c8fbfc32b61494d349c8daf6ee",
        "45f9af60db8dc522a2d2f8d302f80d4eab1452fb4ad437bbe4f6fb819608efcc",
        "763121194cac80123af180005ebc9cc6ef5de11d2a70c9eda430e7e1236f6eb8",
        "ee5547a69243616b0231bf25af542335da1c429db51225339980094399b2e0c0",
    )
)
"""SHA-256 of credentials that are public on purpose: the account keys of the Azure Storage and Cosmos DB emulators, and the sample keys that Supabase's
compose file, the documentation of Airflow and its images, and Elastic's compose file come with."""
