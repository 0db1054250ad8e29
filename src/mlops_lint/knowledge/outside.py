"""Outside: where what a program is given comes from somebody else, and what hands a path or its content on unchanged.

Sources (read 2026-11): Flask 3.1 ``request``, FastAPI 0.121 "Path/Query/Body/File parameters", Starlette 0.49 ``Request``, Django 5.2 ``HttpRequest``, aiohttp 3.13 ``web.Request``, Tornado 6.5
``RequestHandler``, Bottle 0.13, Streamlit 1.51 and Gradio 5 inputs, Python 3.14 ``argparse`` ``optparse`` ``urllib.request`` ``pathlib`` ``tempfile``, click 8.3, typer 0.20, Requests 2.32, HTTPX 0.28,
huggingface_hub 1.1, gdown 5, wget 3, kagglehub 0.3, modelscope 1.31.
"""

from __future__ import annotations

UPLOAD, REQUEST, URL, HUB, COMMAND_LINE = "upload", "request", "url", "hub", "command line"

SOURCES: dict[str, str] = {
    "flask.request.files": UPLOAD,
    "quart.request.files": UPLOAD,
    "bottle.request.files": UPLOAD,
    "flask.request": REQUEST,
    "quart.request": REQUEST,
    "bottle.request": REQUEST,
    "streamlit.file_uploader": UPLOAD,
    "streamlit.sidebar.file_uploader": UPLOAD,
    "chainlit.AskFileMessage": UPLOAD,
    "google.colab.files.upload": UPLOAD,
    "streamlit.text_input": REQUEST,
    "streamlit.sidebar.text_input": REQUEST,
    "streamlit.text_area": REQUEST,
    "streamlit.query_params": REQUEST,
    "streamlit.experimental_get_query_params": REQUEST,
    **dict.fromkeys(
        [f"{module}.{name}" for module in ("requests", "httpx", "requests.api") for name in ("get", "post", "request", "stream")]
        + [
            "urllib.request.urlopen",
            "urllib.request.urlretrieve",
            "urllib2.urlopen",
            "urllib.urlretrieve",
            "urllib.urlopen",
            "six.moves.urllib.request.urlopen",
        ]
        + ["six.moves.urllib.request.urlretrieve", "wget.download", "gdown.download", "gdown.cached_download", "torch.hub.download_url_to_file"]
        + ["keras.utils.get_file", "tensorflow.keras.utils.get_file", "tf_keras.utils.get_file", "torchvision.datasets.utils.download_url"],
        URL,
    ),
    **dict.fromkeys(
        [f"huggingface_hub.{name}" for name in ("hf_hub_download", "snapshot_download", "cached_download")]
        + [f"huggingface_hub.file_download.{name}" for name in ("hf_hub_download", "cached_download")]
        + [
            "huggingface_hub.utils.hf_hub_download",
            "transformers.utils.cached_file",
            "transformers.utils.hub.cached_file",
            "transformers.file_utils.cached_path",
        ]
        + [
            "kagglehub.model_download",
            "kagglehub.dataset_download",
            "modelscope.snapshot_download",
            "modelscope.hub.snapshot_download.snapshot_download",
        ]
        + ["huggingface_hub.HfFileSystem"],
        HUB,
    ),
    "sys.argv": COMMAND_LINE,
    "builtins.input": COMMAND_LINE,
    "tkinter.filedialog.askopenfilename": COMMAND_LINE,
}
"""Values and calls that bring something in, by the start of their qualified name."""

CLIENTS: tuple[str, ...] = (
    "requests.Session",
    "requests.sessions.Session",
    "httpx.Client",
    "httpx.AsyncClient",
    "aiohttp.ClientSession",
    "urllib3.PoolManager",
)
"""Classes whose ``get``, ``post`` and ``request`` fetch a URL."""

HUB_CLIENTS: tuple[str, ...] = ("huggingface_hub.HfApi", "huggingface_hub.hf_api.HfApi")
"""Classes whose ``hf_hub_download`` and ``snapshot_download`` fetch from a hub."""

FETCHING: frozenset[str] = frozenset({"get", "post", "request", "stream"})
HUB_METHODS: frozenset[str] = frozenset({"hf_hub_download", "snapshot_download"})

PARSING: frozenset[str] = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args"})
"""Methods that give the options of the command line."""

PARSERS: tuple[str, ...] = ("argparse.", "optparse.", "configargparse.", "jsonargparse.", "transformers.HfArgumentParser", "simple_parsing.")
"""The start of the names of what makes a parser of the command line."""

COMMANDS: tuple[str, ...] = ("click.", "typer.", "rich_click.", "cyclopts.", "asyncclick.")
"""The start of the names of decorators (or of what makes the application whose method decorates) of functions run from the command line."""

COMMAND_METHODS: frozenset[str] = frozenset({"command", "callback", "default"})
STARTERS: frozenset[str] = frozenset({"fire.Fire", "fire.core.Fire", "typer.run", "plac.call", "defopt.run"})
"""Calls that run a function with what the command line says."""

INTERFACES: frozenset[str] = frozenset({"gradio.Interface", "gradio.ChatInterface", "gradio.interface.Interface"})
INTERFACE_EVENTS: frozenset[str] = frozenset({"click", "submit", "upload", "change"})
"""Calls that make a page of a function, and methods of its components that wire one to a function."""

INPUT_COMPONENTS: dict[str, str] = {
    **dict.fromkeys(("File", "UploadButton", "Files", "FileExplorer"), UPLOAD),
    **dict.fromkeys(("Textbox", "Text", "TextArea", "Code", "MultimodalTextbox", "JSON"), REQUEST),
}
INPUT_SHORTCUTS: dict[str, str] = {"file": UPLOAD, "files": UPLOAD, "text": REQUEST, "textbox": REQUEST}
"""Components of such a page, and their short names, with what comes in by them; the others give numbers, pictures or one of a few words."""

FETCHING_COMMAND = r"^(?:sudo )?(?:wget|curl|aria2c)\b"
FETCHED_INTO = r"(?:^|\s)(?:-O|-o|--output|--output-document|--out)[ =]?([\w./-]+)"
"""Commands of a shell that fetch a URL, and how they name the file."""

UPLOAD_WORDS: frozenset[str] = frozenset({"UploadFile", "File"})
"""Words in the annotation of a parameter that is an uploaded file."""

CLOSED_WORDS: frozenset[str] = frozenset({"Literal", "Enum", "Choice", "bool", "int", "float"})
"""Words in the annotation of a parameter that can only be one of a few known values, or a number."""

NOT_GIVEN: frozenset[str] = frozenset({"Depends", "Security", "Inject", "Provide", "BackgroundTasks", "Session", "AsyncSession", "Settings"})
"""Words in the default or annotation of a parameter of a route that the application itself fills."""

REQUEST_FIELDS: dict[str, str] = {
    **dict.fromkeys(("FILES", "files"), UPLOAD),
    **dict.fromkeys(
        "GET POST data query_params body json form args values path_params match_info post rel_url query get_json get_argument get_body_argument params".split(),
        REQUEST,
    ),
}
"""What a request holds of its sender, by attribute or method of the object."""

CARRYING_FUNCTIONS: tuple[str, ...] = (
    "os.path.*",
    "posixpath.*",
    "os.fspath",
    "os.fsdecode",
    "os.listdir",
    "os.getcwd",
    "glob.glob",
    "glob.iglob",
    "pathlib.*",
    "builtins.open",
    "builtins.str",
    "builtins.bytes",
    "builtins.bytearray",
    "builtins.memoryview",
    "builtins.list",
    "builtins.tuple",
    "builtins.sorted",
    "builtins.next",
    "builtins.iter",
    "builtins.getattr",
    "builtins.vars",
    "builtins.dict",
    "builtins.enumerate",
    "builtins.zip",
    "builtins.max",
    "builtins.min",
    "io.open",
    "io.BytesIO",
    "io.StringIO",
    "io.BufferedReader",
    "gzip.*",
    "bz2.*",
    "lzma.*",
    "zlib.decompress",
    "zipfile.*",
    "tarfile.open",
    "base64.*",
    "binascii.unhexlify",
    "codecs.decode",
    "codecs.open",
    "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryDirectory",
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
    "shutil.copy",
    "shutil.move",
    "shutil.copyfile",
    "urllib.parse.*",
    "werkzeug.utils.secure_filename",
    "werkzeug.secure_filename",
    "fsspec.open",
    "smart_open.*",
    "aiofiles.open",
    "json.loads",
    "torch.frombuffer",
    "numpy.frombuffer",
    "sys.argv.*",
    "sys.argv",
    "copy.copy",
    "copy.deepcopy",
    "hydra.utils.to_absolute_path",
    "tensorflow.io.gfile.GFile",
    "tensorflow.io.gfile.**",
)
"""Functions that hand on a path, its content, or what a request says."""

CARRYING_METHODS: frozenset[str] = frozenset(
    "read readline readlines read_bytes read_text getvalue getbuffer tobytes open absolute resolve expanduser expandvars joinpath with_suffix with_name with_stem as_posix as_uri relative_to "
    "strip lstrip rstrip split rsplit partition rpartition replace format join encode decode lower upper removeprefix removesuffix title get pop getlist get_json json dict model_dump items values "
    "iter_content iter_bytes iter_lines content text aread stream glob rglob iterdir fileno file seek makefile raw copy namelist group "
    "form body post multipart next".split()
)
"""Methods of a path, a file, a text or a request that do."""

READING_FILES: frozenset[str] = frozenset({"json.loads", "json.load"})
"""Functions whose result is content and no path: what a local file says is not what the command line says."""

NAME_GUARDS: frozenset[str] = frozenset({"werkzeug.utils.secure_filename", "werkzeug.secure_filename", "os.path.basename"})
"""Functions that keep a name inside a folder of the program's own."""

WRITES: dict[str, tuple[tuple[str, int], tuple[str, int]]] = {
    "urllib.request.urlretrieve": (("filename", 1), ("url", 0)),
    "urllib.urlretrieve": (("filename", 1), ("url", 0)),
    "six.moves.urllib.request.urlretrieve": (("filename", 1), ("url", 0)),
    "wget.download": (("out", 1), ("url", 0)),
    "gdown.download": (("output", 1), ("url", 0)),
    "torch.hub.download_url_to_file": (("dst", 1), ("url", 0)),
}
"""Calls that fetch a URL into a file: the parameter of the file, and that of the URL."""

COPIES: dict[str, tuple[int, int]] = {
    "shutil.copyfileobj": (1, 0),
    "shutil.copyfile": (1, 0),
    "shutil.copy": (1, 0),
    "shutil.copy2": (1, 0),
    "shutil.move": (1, 0),
}
"""Calls that copy: the position of where to, and of what."""

WRITING_METHODS: frozenset[str] = frozenset({"write", "writelines", "write_bytes", "write_text"})
SAVING_METHODS: frozenset[str] = frozenset({"save", "download_to_filename", "save_as"})
"""Methods of an upload that write it to their first argument."""

ALLOW_METHODS: frozenset[str] = frozenset({"startswith", "is_relative_to", "fullmatch", "index"})
"""Methods whose answer says that a path lies where it may."""

ALLOW_FUNCTIONS: tuple[str, ...] = ("re.fullmatch", "re.match", "os.path.commonpath", "os.path.commonprefix", "fnmatch.fnmatch")
SIGNATURES: tuple[str, ...] = (
    "hashlib.**",
    "hmac.**",
    "secrets.compare_digest",
    "cryptography.**",
    "nacl.**",
    "gnupg.**",
    "fickling.**",
    "picklescan.**",
    "modelscan.**",
    "sigstore.**",
)
"""Calls that check who made a file, or what it holds."""
