"""Language models: which calls give what a model wrote, what hands that text on, and what runs, queries or opens what it is given.

Sources (read 2026-11): openai 2.8 and its 0.x interface, anthropic 0.73, litellm 1.80, ollama 0.6, cohere 5.20, mistralai 1.9, google-generativeai 0.8, google-genai 1.50, vertexai 1.71, boto3 1.41
("bedrock-runtime"), huggingface_hub 1.1 ``InferenceClient``, transformers 4.57 (pipelines, ``generate``), vLLM 0.11, llama-cpp-python 0.3, gpt4all 2.8, replicate 1.0, LangChain 1.0 and 0.3, LangGraph 1.0,
LlamaIndex 0.14, DSPy 3.0, smolagents 1.23, CrewAI 1.4, AutoGen 0.2 and 0.7, PydanticAI 1.20, OpenAI Agents 0.5, MCP 1.21, Python 3.14 (``subprocess``, ``os``, ``runpy``), PEP 249, SQLAlchemy 2.0.
"""

from __future__ import annotations

from mlops_lint.knowledge.outside import CARRYING_FUNCTIONS, CARRYING_METHODS

# -- what a model wrote ----------------------------------------------------------------------------------------------------------------------------------

ANSWERS: frozenset[str] = frozenset(
    {
        *(f"openai.{name}" for name in ("ChatCompletion.create", "ChatCompletion.acreate", "Completion.create", "Completion.acreate")),
        *(
            f"litellm.{name}"
            for name in ("completion", "acompletion", "text_completion", "atext_completion", "responses", "aresponses", "batch_completion")
        ),
        *("ollama.chat", "ollama.generate", "replicate.run", "replicate.async_run", "replicate.stream", "mlx_lm.generate", "mlx_lm.stream_generate"),
        *("google.generativeai.generate_text", "google.generativeai.chat", "dashscope.Generation.call", "g4f.ChatCompletion.create"),
        *("together.Complete.create", "cohere.generate", "agents.Runner.run", "agents.Runner.run_sync", "agents.run.Runner.run_sync"),
    }
)
"""Calls that answer, by qualified name."""

ANSWERING_PATHS: tuple[str, ...] = (
    ".chat.completions.create",
    ".chat.completions.parse",
    ".completions.create",
    ".responses.create",
    ".responses.parse",
    ".models.generate_content",
    ".models.generate_content_stream",
    ".threads.messages.list",
    ".chat.complete",
    ".generate_content",
    ".generate_content_async",
    ".invoke_model",
    ".invoke_model_with_response_stream",
    ".create_chat_completion",
    ".chat_completion",
    ".text_generation",
)
"""Ends of written callees that only clients of language models have."""

MESSAGES_PATHS: tuple[str, ...] = (".messages.create", ".messages.stream", ".converse", ".converse_stream")
"""The same, where the call also names a model, the tokens or the messages."""
MESSAGES_ARGUMENTS: frozenset[str] = frozenset({"max_tokens", "messages", "model", "modelId"})

ANSWERING_CLIENTS: dict[str, frozenset[str]] = {
    "ollama.": frozenset({"chat", "generate"}),
    "cohere.": frozenset({"chat", "generate", "chat_stream"}),
    "google.generativeai.": frozenset({"generate_content", "send_message", "send_message_async"}),
    "google.genai.": frozenset({"generate_content", "send_message"}),
    "vertexai.": frozenset({"generate_content", "send_message", "predict"}),
    "huggingface_hub.": frozenset({"text_generation", "chat_completion", "conversational"}),
    "vllm.": frozenset({"generate", "chat"}),
    "llama_cpp.": frozenset({"", "__call__", "create_completion", "create_chat_completion"}),
    "gpt4all.": frozenset({"generate", "chat_completion"}),
    "ctransformers.": frozenset({"", "__call__"}),
    "replicate.": frozenset({"run"}),
    "dspy.": frozenset({"", "__call__", "forward"}),
    "smolagents.": frozenset({"run", "", "__call__"}),
    "crewai.": frozenset({"kickoff", "execute_task"}),
    "pydantic_ai.": frozenset({"run", "run_sync"}),
    "autogen.": frozenset({"generate_reply", "initiate_chat", "last_message"}),
    "haystack.components.generators.": frozenset({"run"}),
    "semantic_kernel.": frozenset({"invoke", "get_chat_message_content"}),
    "chatlas.": frozenset({"chat"}),
    "aisuite.": frozenset({"create"}),
}
"""The start of the names of what makes a client, with its methods that answer (empty: it is called itself). Things made by a client's methods count."""

CHAIN_PACKAGES: tuple[str, ...] = ("langchain", "langgraph", "llama_index", "gpt_index")
"""Packages in which a model, a chain and an agent are called in the same way."""
CHAIN_MODELS = (
    r"Chat|LLM|OpenAI|Anthropic|Ollama|Bedrock|HuggingFacePipeline|HuggingFaceHub|HuggingFaceEndpoint|Chain\b|Agent|VertexAI|Gemini|GoogleGenerativeAI|GooglePalm"
    r"|\.Cohere\b|Groq|Mistral|Replicate|LlamaCpp|GPT4All|init_chat_model|_agent\b|_chain\b|from_chain_type|from_llm\b|RetrievalQA|QueryEngine"
)
"""What of these packages writes text, by a pattern of the qualified name."""
CHAIN_OTHERS = r"Embedding|Retriever|Loader|Prompt|Memory|History|Splitter|Message|Parser|Tool\b|Toolkit|VectorStore|Index\b|Callback|tools\."
CHAIN_METHODS: frozenset[str] = frozenset(
    "invoke ainvoke run arun predict apredict batch abatch stream astream generate agenerate call acall __call__ predict_messages apply query aquery chat achat "
    "complete acomplete stream_chat stream_complete structured_predict".split()
) | {""}
"""Methods that answer (empty: it is called itself)."""
CHAIN_BINDING: frozenset[str] = frozenset(
    "bind bind_tools bind_functions with_structured_output with_config with_retry with_fallbacks pipe assign compile as_query_engine as_chat_engine from_llm".split()
)
"""Methods that give the same model, prepared."""
ENGINES: frozenset[str] = frozenset({"as_query_engine", "as_chat_engine"})
"""Methods that make something of an index which writes answers."""

MODEL_WORDS = r"(?:^|_)llm(?:_|$|s$)|^(?:chat_model|language_model|chatgpt|gpt4?|gpt_model)$"
"""Variables that are a language model by their name, where nobody knows what they are."""

GENERATING_TASKS: frozenset[str] = frozenset({"text-generation", "text2text-generation", "conversational", "image-text-to-text"})
"""Tasks of ``transformers.pipeline`` that write text."""

ADDRESSES = r"/chat/completions|/v1/completions|/v1/messages|/v1/responses|:generateContent|/api/generate\b|/api/chat\b|api\.openai\.com|api\.anthropic\.com|/models/.*:predict"
"""Addresses at which language models answer, for those who ask them by HTTP."""

# -- what a model decides: the arguments of tools --------------------------------------------------------------------------------------------------------

TOOL_DECORATORS: frozenset[str] = frozenset(
    {
        *(
            "langchain.tools.tool",
            "langchain_core.tools.tool",
            "langchain.agents.tool",
            "langchain_core.tools.convert.tool",
            "langchain.agents.tools.tool",
        ),
        *("agents.function_tool", "agents.tool.function_tool", "smolagents.tool", "smolagents.tools.tool", "crewai.tools.tool", "crewai_tools.tool"),
        *("strands.tool", "semantic_kernel.functions.kernel_function", "chainlit.tool", "autogen_core.tools.tool", "claude_agent_sdk.tool"),
        "llama_index.core.tools.tool",
    }
)
"""Decorators that let a model call a function."""

TOOL_METHODS: frozenset[str] = frozenset({"tool", "tool_plain", "register_for_llm", "register_for_execution"})
TOOL_SERVERS: tuple[str, ...] = ("mcp.", "fastmcp.", "pydantic_ai.", "autogen.")
"""Methods that do when they decorate, and the start of the names of what makes their object."""

TOOL_MAKERS: dict[str, tuple[str, int | None]] = {
    **{f"{module}.Tool": ("func", 1) for module in ("langchain.tools", "langchain_core.tools", "langchain.agents", "langchain.agents.tools")},
    **{f"{module}.Tool.from_function": ("func", 0) for module in ("langchain.tools", "langchain_core.tools", "langchain.agents")},
    **{f"{module}.StructuredTool.from_function": ("func", 0) for module in ("langchain.tools", "langchain_core.tools")},
    **{f"llama_index.{below}tools.FunctionTool.from_defaults": ("fn", 0) for below in ("", "core.")},
    "autogen.register_function": ("f", 0),
    "autogen_core.tools.FunctionTool": ("func", 0),
    "google.adk.tools.FunctionTool": ("func", 0),
}
"""Calls that make a tool of a function: the parameter that is the function."""

TOOL_BASES: dict[str, tuple[str, ...]] = {
    "BaseTool": ("_run", "_arun", "run", "arun"),
    "StructuredTool": ("_run", "_arun"),
    "Tool": ("forward", "_run"),
}
"""Bases of tools, by the last word of their name, with the methods that a model calls."""
TOOL_PACKAGES: tuple[str, ...] = ("langchain", "langchain_core", "smolagents", "crewai", "llama_index", "transformers")

# -- what hands text on ----------------------------------------------------------------------------------------------------------------------------------

TEXT_FUNCTIONS: tuple[str, ...] = (
    *CARRYING_FUNCTIONS,
    *(
        "re.search",
        "re.match",
        "re.findall",
        "re.finditer",
        "re.split",
        "re.sub",
        "re.fullmatch",
        "json.dumps",
        "json.load",
        "yaml.safe_load",
        "yaml.load",
    ),
    *("textwrap.dedent", "inspect.cleandoc", "html.unescape", "ast.parse", "ast.unparse", "builtins.compile", "builtins.repr", "builtins.reversed"),
    *(
        "shlex.split",
        "shlex.join",
        "string.Template",
        "black.format_str",
        "autopep8.fix_code",
        "sqlparse.format",
        "ast.fix_missing_locations",
        "ast.Expression",
        "ast.Module",
    ),
    *(
        "sqlalchemy.text",
        "sqlalchemy.sql.text",
        "sqlalchemy.sql.expression.text",
        "psycopg2.sql.SQL",
        "psycopg.sql.SQL",
        "json_repair.*",
        "typing.cast",
    ),
)
"""Functions that hand on a text, what is parsed out of it, or its file."""

TEXT_METHODS: frozenset[str] = CARRYING_METHODS | frozenset(
    "groups splitlines substitute safe_substitute to_dict model_dump_json to_json copy expandtabs capitalize readlines pop popleft dump __getitem__ last_message".split()
)
"""Methods of a text, a container or an answer that do."""

TEXT_GIVEN: frozenset[str] = frozenset("search match findall finditer sub fullmatch parse aparse loads".split())
"""Methods that hand on what they are given: of a pattern or a parser."""

# -- what runs, asks or opens ----------------------------------------------------------------------------------------------------------------------------

CODE: dict[str, tuple[str, int]] = {
    "builtins.exec": ("source", 0),
    "builtins.eval": ("source", 0),
    "builtins.__import__": ("name", 0),
    "importlib.import_module": ("name", 0),
    "runpy.run_path": ("path_name", 0),
    "runpy.run_module": ("mod_name", 0),
    "pandas.eval": ("expr", 0),
    "IPython.get_ipython.run_cell": ("raw_cell", 0),
    "six.exec_": ("code", 0),
}
"""Calls that run Python."""

CODE_METHODS: frozenset[str] = frozenset({"run_cell", "run_cell_async", "runsource", "runcode"})
"""Methods that do, whatever the object."""

INTERPRETERS_OF_TOOLS = (
    r"\b(?:PythonREPL|PythonREPLTool|PythonAstREPLTool|ShellTool|BashProcess|PythonInterpreterTool|LocalCommandLineCodeExecutor)\b"
)
INTERPRETER_METHODS: frozenset[str] = frozenset({"run", "invoke", "arun", "ainvoke", "_run", "", "__call__", "execute_code_blocks"})
"""Classes of tools that run what they are given, and their methods."""

CODE_TOOLS: frozenset[str] = frozenset({"python_repl", "terminal"})
"""Tools that do, by the name under which LangChain loads them."""

SHELL: dict[str, tuple[str, int]] = {
    "os.system": ("command", 0),
    "os.popen": ("cmd", 0),
    "subprocess.getoutput": ("cmd", 0),
    "subprocess.getstatusoutput": ("cmd", 0),
    "asyncio.create_subprocess_shell": ("cmd", 0),
    "asyncio.subprocess.create_subprocess_shell": ("cmd", 0),
    "commands.getoutput": ("cmd", 0),
    "pexpect.run": ("command", 0),
    "pexpect.spawn": ("command", 0),
    "invoke.run": ("command", 0),
}
"""Calls that hand a line to a shell."""
SHELL_METHODS: frozenset[str] = frozenset({"exec_command"})

PROCESSES: frozenset[str] = frozenset(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen"))
"""Calls that start a program, through a shell where ``shell=True``."""
PROCESSES_BY_WORD: frozenset[str] = frozenset({"asyncio.create_subprocess_exec", "os.execvp", "os.execl", "os.execlp", "os.spawnl", "os.spawnlp"})
"""Calls that take the words of a command one by one."""

INTERPRETERS = r"(?:^|/)(?:python[\d.]*|ipython|bash|sh|zsh|node|deno|perl|ruby|Rscript|powershell|pwsh|cmd|psql|sqlite3)(?:\.exe)?$"
"""Programs that run what stands behind ``-c`` and the like, or in the file they are given."""
CODE_OPTIONS: frozenset[str] = frozenset({"-c", "-e", "-lc", "-ic", "/c", "-Command", "--eval", "-command"})

SANDBOXES = r"(?:^|/)(?:docker|podman|firejail|bwrap|nsjail|runsc|gvisor|isolate|systemd-run)$"
"""Programs that keep what they start apart."""

DATABASES: tuple[str, ...] = (
    *(
        "sqlite3.",
        "psycopg2.",
        "psycopg.",
        "pymysql.",
        "mysql.",
        "MySQLdb.",
        "sqlalchemy.",
        "duckdb.",
        "pyodbc.",
        "cx_Oracle.",
        "oracledb.",
        "snowflake.",
    ),
    *(
        "asyncpg.",
        "aiosqlite.",
        "databricks.sql",
        "google.cloud.bigquery.",
        "clickhouse_driver.",
        "clickhouse_connect.",
        "trino.",
        "pyhive.",
        "aiomysql.",
    ),
    *("django.db.", "sqlite_utils.", "pg8000.", "flask_sqlalchemy.", "records.", "sqlmodel.", "redshift_connector.", "pymssql.", "impala."),
)
"""The start of the names of what makes a connection to a database."""
DATABASE_WORDS = r"^(?:cursor|cur|c|conn|connection|con|db|database|session|engine|db_conn|db_connection|sql_conn|sqlite_conn|_conn|_db|_engine|_cursor|_connection)$"
"""Variables that are one by their name."""
STATEMENT_METHODS: frozenset[str] = frozenset({"execute", "executemany", "executescript", "exec_driver_sql", "execute_sql", "raw"})
QUERY_METHODS: frozenset[str] = frozenset({"query", "sql", "run", "run_no_throw", "fetch", "fetchrow", "fetchval", "read_sql_query", "exec"})
"""Methods whose first argument is a statement; the second only of what is known to be a connection."""
STATEMENTS: dict[str, tuple[str, int]] = {
    **{
        f"{module}.{name}": ("sql", 0) for module in ("pandas", "pandas.io.sql", "polars") for name in ("read_sql", "read_sql_query", "read_database")
    },
    "duckdb.sql": ("query", 0),
    "duckdb.query": ("query", 0),
    "duckdb.execute": ("query", 0),
    "pandasql.sqldf": ("query", 0),
}
SQL_TOOLS = r"\b(?:SQLDatabase|QuerySQLDataBaseTool|QuerySQLDatabaseTool|SparkSession)\b"
"""Further makers of what runs a statement."""

FILES: dict[str, tuple[str, int]] = {
    "builtins.open": ("file", 0),
    "io.open": ("file", 0),
    "codecs.open": ("filename", 0),
    "aiofiles.open": ("file", 0),
    **{f"os.{name}": ("path", 0) for name in ("remove", "unlink", "rmdir", "removedirs")},
    "shutil.rmtree": ("path", 0),
    "os.rename": ("src", 0),
    "shutil.move": ("src", 0),
}
"""Calls that open, overwrite or delete a file."""
FILE_METHODS: frozenset[str] = frozenset({"write_text", "write_bytes", "unlink", "rmdir", "read_text", "read_bytes", "open"})
"""Methods of a path that do."""

NAME_CLEANERS: tuple[str, ...] = (
    *(
        "werkzeug.utils.secure_filename",
        "werkzeug.secure_filename",
        "os.path.basename",
        "ntpath.basename",
        "re.sub",
        "slugify.slugify",
        "django.utils.text.slugify",
    ),
    *("pathvalidate.*", "hashlib.*", "uuid.*", "builtins.int", "builtins.float", "builtins.hash", "builtins.len"),
)
"""Functions that leave of a text what is harmless in the name of a file."""

# -- what makes it right ---------------------------------------------------------------------------------------------------------------------------------

CONFIRMATIONS: tuple[str, ...] = (
    *(
        "builtins.input",
        "typer.confirm",
        "click.confirm",
        "rich.prompt.Confirm.ask",
        "rich.prompt.Prompt.ask",
        "questionary.*",
        "inquirer.*",
        "click.prompt",
    ),
    *(
        "typer.prompt",
        "streamlit.button",
        "streamlit.form_submit_button",
        "streamlit.checkbox",
        "streamlit.toggle",
        "prompt_toolkit.*",
        "InquirerPy.*",
    ),
    *("tkinter.messagebox.*", "getpass.getpass", "langgraph.types.interrupt", "langgraph.interrupt"),
)
"""Calls that ask somebody."""
CONFIRMING_WORDS = r"confirm|approv|consent|ask_user|human_review"
"""Words in the name of a call that does."""

CODE_CHECKS: tuple[str, ...] = ("ast.*", "sqlparse.*", "sqlglot.**", "RestrictedPython.**", "bandit.**", "jsonschema.*")
"""Calls that look at what a text means before it is used."""
