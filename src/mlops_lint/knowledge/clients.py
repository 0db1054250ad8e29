"""Clients that machine-learning code logs in with: which parameter of which call takes the credential, and the variable from which the client reads it by itself.

Sources (read 2026-11): the references of wandb 0.22, huggingface_hub 1.1, transformers 4.57, datasets 4.4, openai 2.8, anthropic 0.73, cohere 5.20,
mistralai 1.9, groq 0.36, google-generativeai 0.8, google-genai 1.50, replicate 1.0, pinecone 8.0, langsmith 0.4, langfuse 3.10, langchain 1.0, comet_ml 3.54,
neptune 1.14, clearml 2.0, roboflow 1.2, label-studio-sdk 2.0, databricks-sdk 0.73, snowflake-connector-python 4.1, boto3 1.41, redis 7.1, psycopg 3.2,
PyMySQL 1.1, pymongo 4.15, IBM Cloud "Using Python" (object storage) and "Authenticating to Watson services", qdrant-client 1.16, weaviate-client 4.18, dagshub 0.6, together 1.5, litellm 1.80, LlamaIndex 0.14.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """A way to log in. ``calls`` are names as a rule's ``on_call`` takes them (``.name``: any attribute called so).

    ``parameters`` take the credential by keyword, the first also by ``position``. ``service`` is that of ``knowledge.credentials.NAMED_FORMATS`` where it has
    one. ``variable`` is read by the client itself, empty where there is none. ``password``: a word that somebody chose rather than an issued key.
    ``address``: the parameter takes an address, which may hold a password.
    """

    what: str
    calls: tuple[str, ...]
    parameters: tuple[str, ...]
    position: int | None = None
    variable: str = ""
    service: str = ""
    password: bool = False
    address: bool = False


_KEY = ("api_key",)
_HUB = "HF_TOKEN"

CLIENTS: tuple[Client, ...] = (
    Client("Weights & Biases", ("wandb.login",), ("key",), 1, "WANDB_API_KEY", "wandb"),
    Client("Weights & Biases", ("wandb.Api",), _KEY, None, "WANDB_API_KEY", "wandb"),
    Client("Hugging Face", ("huggingface_hub.login", "huggingface_hub.interpreter_login"), ("token",), 0, _HUB),
    Client(
        "Hugging Face",
        ("huggingface_hub.HfApi", "huggingface_hub.InferenceClient", "huggingface_hub.AsyncInferenceClient"),
        ("token", *_KEY),
        None,
        _HUB,
    ),
    Client("Hugging Face", ("huggingface_hub.HfFolder.save_token", "huggingface_hub.HfApi.set_access_token"), ("token",), 0, _HUB),
    Client("Hugging Face", ("huggingface_hub.*", "datasets.load_dataset", "transformers.pipeline"), ("token", "use_auth_token"), None, _HUB),
    Client(
        "Hugging Face",
        ("transformers.TrainingArguments", "transformers.Seq2SeqTrainingArguments", "trl.*"),
        ("hub_token", "push_to_hub_token"),
        None,
        _HUB,
    ),
    Client("Hugging Face", (".from_pretrained", ".push_to_hub", ".save_to_hub"), ("token", "use_auth_token"), None, _HUB),
    Client(
        "OpenAI",
        ("openai.OpenAI", "openai.AsyncOpenAI", "openai.Client", "openai.AsyncClient", "openai.ChatCompletion.create", "openai.Completion.create"),
        _KEY,
        None,
        "OPENAI_API_KEY",
        "azure-openai",
    ),
    Client("OpenAI", ("openai.Embedding.create", "langfuse.openai.OpenAI", "instructor.from_provider"), _KEY, None, "OPENAI_API_KEY", "azure-openai"),
    Client("Azure OpenAI", ("openai.AzureOpenAI", "openai.AsyncAzureOpenAI"), _KEY, None, "AZURE_OPENAI_API_KEY", "azure-openai"),
    Client("Azure", ("azure.core.credentials.AzureKeyCredential",), ("key",), 0, "", "azure-openai"),
    Client(
        "Azure storage",
        ("azure.storage.blob.*", "azure.storage.filedatalake.*", "azure.storage.fileshare.*", "azure.storage.queue.*"),
        ("credential",),
        None,
        "",
        "azure-storage",
    ),
    Client("Azure storage", ("azure.storage.blob.BlobServiceClient",), ("credential",), 1, "", "azure-storage"),
    Client(
        "Azure storage",
        ("adlfs.AzureBlobFileSystem",),
        ("account_key", "sas_token", "client_secret"),
        None,
        "AZURE_STORAGE_ACCOUNT_KEY",
        "azure-storage",
    ),
    Client(
        "Azure",
        ("azure.identity.ClientSecretCredential", "azure.identity.aio.ClientSecretCredential"),
        ("client_secret",),
        2,
        "AZURE_CLIENT_SECRET",
    ),
    Client("Azure", ("azureml.core.authentication.ServicePrincipalAuthentication",), ("service_principal_password",), None, "AZURE_CLIENT_SECRET"),
    Client("Anthropic", ("anthropic.Anthropic", "anthropic.AsyncAnthropic", "anthropic.Client"), _KEY, None, "ANTHROPIC_API_KEY"),
    Client("Cohere", ("cohere.Client", "cohere.AsyncClient", "cohere.ClientV2", "cohere.AsyncClientV2"), _KEY, 0, "CO_API_KEY", "cohere"),
    Client(
        "Mistral",
        ("mistralai.client.MistralClient", "mistralai.async_client.MistralAsyncClient"),
        _KEY,
        0,
        "MISTRAL_API_KEY",
        "mistral",
    ),
    Client("Mistral", ("mistralai.Mistral",), _KEY, None, "MISTRAL_API_KEY", "mistral"),
    Client("Groq", ("groq.Groq", "groq.AsyncGroq"), _KEY, None, "GROQ_API_KEY"),
    Client("Google", ("google.generativeai.configure", "google.genai.Client"), _KEY, None, "GOOGLE_API_KEY"),
    Client("Replicate", ("replicate.Client",), ("api_token",), 0, "REPLICATE_API_TOKEN"),
    Client("Together", ("together.Together", "together.AsyncTogether"), _KEY, None, "TOGETHER_API_KEY", "together"),
    Client("LiteLLM", ("litellm.completion", "litellm.acompletion", "litellm.embedding"), _KEY),
    Client("Pinecone", ("pinecone.init", "pinecone.Pinecone", "pinecone.grpc.PineconeGRPC"), _KEY, 0, "PINECONE_API_KEY", "pinecone"),
    Client("Qdrant", ("qdrant_client.QdrantClient", "qdrant_client.AsyncQdrantClient"), _KEY, None, "QDRANT_API_KEY", "qdrant"),
    Client(
        "Weaviate", ("weaviate.auth.AuthApiKey", "weaviate.AuthApiKey", "weaviate.classes.init.Auth.api_key"), _KEY, 0, "WEAVIATE_API_KEY", "weaviate"
    ),
    Client("Zilliz", ("pymilvus.MilvusClient", "pymilvus.connections.connect"), ("token", "password"), None, "", "", True),
    Client("LangSmith", ("langsmith.Client", "langsmith.AsyncClient"), _KEY, None, "LANGSMITH_API_KEY"),
    Client("Langfuse", ("langfuse.Langfuse", "langfuse.callback.CallbackHandler"), ("secret_key",), None, "LANGFUSE_SECRET_KEY"),
    Client(
        "Comet",
        ("comet_ml.Experiment", "comet_ml.OfflineExperiment", "comet_ml.ExistingExperiment", "comet_ml.API"),
        _KEY,
        0,
        "COMET_API_KEY",
        "comet",
    ),
    Client("Comet", ("comet_ml.init", "comet_ml.login", "comet_ml.start", "opik.configure"), _KEY, 0, "COMET_API_KEY", "comet"),
    Client(
        "Comet",
        ("pytorch_lightning.loggers.CometLogger", "lightning.pytorch.loggers.CometLogger", "lightning_fabric.loggers.CometLogger"),
        _KEY,
        None,
        "COMET_API_KEY",
        "comet",
    ),
    Client(
        "Neptune",
        ("pytorch_lightning.loggers.NeptuneLogger", "lightning.pytorch.loggers.NeptuneLogger"),
        (*_KEY, "api_token"),
        None,
        "NEPTUNE_API_TOKEN",
    ),
    Client(
        "Neptune",
        ("neptune.init*", "neptune.new.init*", "neptune.Run", "neptune.Session", "neptune.set_api_token"),
        ("api_token",),
        None,
        "NEPTUNE_API_TOKEN",
    ),
    Client("ClearML", ("clearml.Task.set_credentials", "trains.Task.set_credentials"), ("secret", "key"), None, "CLEARML_API_SECRET_KEY", "clearml"),
    Client("Roboflow", ("roboflow.Roboflow", "inference_sdk.InferenceHTTPClient", "inference.get_model"), _KEY, None, "ROBOFLOW_API_KEY", "roboflow"),
    Client("Roboflow", ("roboflow.Roboflow",), _KEY, 0, "ROBOFLOW_API_KEY", "roboflow"),
    Client(
        "Label Studio",
        ("label_studio_sdk.Client", "label_studio_sdk.client.LabelStudio", "label_studio_sdk.LabelStudio"),
        _KEY,
        None,
        "LABEL_STUDIO_API_KEY",
        "label-studio",
    ),
    Client("DagsHub", ("dagshub.auth.add_app_token",), ("token",), 0, "DAGSHUB_USER_TOKEN", "dagshub"),
    Client(
        "Databricks",
        ("databricks.sdk.WorkspaceClient", "databricks.sdk.AccountClient"),
        ("token", "client_secret", "password"),
        None,
        "DATABRICKS_TOKEN",
    ),
    Client("Databricks", ("databricks.sql.connect",), ("access_token",), None, "DATABRICKS_TOKEN"),
    Client("Argilla", ("argilla.init", "argilla.Argilla"), _KEY, None, "ARGILLA_API_KEY"),
    Client(
        "LangChain",
        ("langchain.*", "langchain_openai.**", "langchain_community.**", "langchain.chat_models.**", "langchain.llms.**", "langchain.embeddings.**"),
        ("*key", "*token"),
    ),
    Client(
        "LangChain",
        ("langchain_anthropic.**", "langchain_cohere.**", "langchain_groq.**", "langchain_mistralai.**", "langchain_huggingface.**"),
        ("*key", "*token"),
    ),
    Client(
        "LangChain",
        ("langchain_google_genai.**", "langchain_pinecone.**", "langchain.vectorstores.**", "langchain.chat_models.init_chat_model"),
        ("*key", "*token"),
    ),
    Client(
        "LlamaIndex",
        ("llama_index.llms.**", "llama_index.embeddings.**", "llama_parse.LlamaParse", "llama_index.vector_stores.**"),
        ("*key", "*token"),
    ),
    Client(
        "AWS",
        ("boto3.client", "boto3.resource", "boto3.Session", "boto3.session.Session", "aioboto3.Session"),
        ("aws_secret_access_key", "aws_session_token"),
        None,
        "AWS_SECRET_ACCESS_KEY",
        "aws",
    ),
    Client("AWS", ("boto3.Session", "boto3.session.Session"), ("aws_secret_access_key",), 1, "AWS_SECRET_ACCESS_KEY", "aws"),
    Client(
        "IBM Cloud", ("ibm_boto3.client", "ibm_boto3.resource", "ibm_boto3.session.Session"), ("ibm_api_key_id",), None, "IBMCLOUD_API_KEY", "ibm"
    ),
    Client("IBM Cloud", ("ibm_boto3.client", "ibm_boto3.resource"), ("aws_secret_access_key",), None, "", "aws"),
    Client("IBM Cloud", ("ibm_cloud_sdk_core.authenticators.IAMAuthenticator",), ("apikey",), 0, "IBMCLOUD_API_KEY", "ibm"),
    Client("AWS", ("s3fs.S3FileSystem", "s3fs.core.S3FileSystem"), ("secret",), None, "AWS_SECRET_ACCESS_KEY", "aws"),
    Client("MinIO", ("minio.Minio",), ("secret_key",), None, "", "", True),
    Client("Snowflake", ("snowflake.connector.connect",), ("password", "token"), None, "", "", True),
    Client(
        "PostgreSQL",
        ("psycopg2.connect", "psycopg.connect", "psycopg.AsyncConnection.connect", "asyncpg.connect", "asyncpg.create_pool"),
        ("password",),
        None,
        "",
        "",
        True,
    ),
    Client("PostgreSQL", ("psycopg2.pool.SimpleConnectionPool", "psycopg2.pool.ThreadedConnectionPool"), ("password",), None, "", "", True),
    Client(
        "MySQL", ("pymysql.connect", "MySQLdb.connect", "mysql.connector.connect", "aiomysql.connect"), ("password", "passwd"), None, "", "", True
    ),
    Client("MySQL", ("pymysql.connect", "MySQLdb.connect"), ("password",), 2, "", "", True),
    Client("MongoDB", ("pymongo.MongoClient", "motor.motor_asyncio.AsyncIOMotorClient"), ("password",), None, "", "", True),
    Client(
        "Redis",
        ("redis.Redis", "redis.StrictRedis", "redis.ConnectionPool", "redis.asyncio.Redis", "redis.cluster.RedisCluster"),
        ("password",),
        None,
        "",
        "",
        True,
    ),
    Client(
        "Neo4j", ("clickhouse_connect.get_client", "clickhouse_driver.Client", "trino.auth.BasicAuthentication"), ("password",), None, "", "", True
    ),
    Client("SQLAlchemy", ("sqlalchemy.URL.create", "sqlalchemy.engine.URL.create", "sqlalchemy.engine.url.URL"), ("password",), None, "", "", True),
    Client(
        "the database",
        ("sqlalchemy.create_engine", "sqlalchemy.engine.create_engine", "sqlalchemy.ext.asyncio.create_async_engine", "databases.Database"),
        ("url",),
        0,
        address=True,
    ),
    Client("PostgreSQL", ("psycopg2.connect", "psycopg.connect", "asyncpg.connect", "asyncpg.create_pool"), ("dsn",), 0, address=True),
    Client("MongoDB", ("pymongo.MongoClient", "motor.motor_asyncio.AsyncIOMotorClient"), ("host",), 0, address=True),
    Client("Redis", ("redis.from_url", "redis.Redis.from_url", "redis.asyncio.from_url"), ("url",), 0, address=True),
    Client("MLflow", ("mlflow.set_tracking_uri", "mlflow.tracking.set_tracking_uri"), ("uri",), 0, address=True),
    Client(
        "the database",
        (
            "langchain.SQLDatabase.from_uri",
            "langchain.utilities.SQLDatabase.from_uri",
            "langchain.sql_database.SQLDatabase.from_uri",
            "langchain_community.utilities.SQLDatabase.from_uri",
            "langchain_community.utilities.sql_database.SQLDatabase.from_uri",
        ),
        ("database_uri",),
        0,
        address=True,
    ),
    Client("Elasticsearch", ("elasticsearch.Elasticsearch", "opensearchpy.OpenSearch"), ("api_key", "password"), None, "", "", True),
)
"""Of two rows that match a call, the first one whose parameter is given counts."""

CLIENT_ATTRIBUTES: dict[str, tuple[str, str, str]] = {
    "openai.api_key": ("OpenAI", "OPENAI_API_KEY", "azure-openai"),
    "anthropic.api_key": ("Anthropic", "ANTHROPIC_API_KEY", ""),
    "cohere.api_key": ("Cohere", "CO_API_KEY", "cohere"),
    "together.api_key": ("Together", "TOGETHER_API_KEY", "together"),
    "litellm.api_key": ("LiteLLM", "", ""),
    "litellm.openai_key": ("OpenAI", "OPENAI_API_KEY", ""),
    "litellm.anthropic_key": ("Anthropic", "ANTHROPIC_API_KEY", ""),
    "dashscope.api_key": ("DashScope", "DASHSCOPE_API_KEY", ""),
    "replicate.api_token": ("Replicate", "REPLICATE_API_TOKEN", ""),
    "voyageai.api_key": ("Voyage", "VOYAGE_API_KEY", ""),
    "clarifai.api_key": ("Clarifai", "CLARIFAI_PAT", ""),
}
"""Attributes of client modules to which a key is assigned: the service, its variable, and its row of named formats."""

HOST_PARAMETERS: tuple[str, ...] = ("host", "base_url", "api_base", "openai_api_base", "url", "endpoint_url", "endpoint", "hosts", "server")
"""Parameters that say where the service runs; a key for one on this machine is seldom one that opens anything."""
