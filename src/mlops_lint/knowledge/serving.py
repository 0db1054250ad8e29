"""Serving: what is called for each request or each row, and what remembers its answer.

Sources (read 2026-11): FastAPI 0.121, Flask 3.1, Starlette 0.49, Sanic 25.3, Quart 0.20, Litestar 2.18, aiohttp 3.13, Bottle 0.13, Django 5.2, Django REST framework 3.16, Flask-RESTful 0.3,
Tornado 6.5, Ray Serve 2.51, BentoML 1.4, KServe 0.15, TorchServe 0.12, Triton "Python Backend", MLflow 3.4 "Custom Python models", Cog 0.16, SageMaker "inference toolkit", Azure ML
"scoring script", AWS Lambda "Python handler", Functions Framework 3, Modal 1.2, Celery 5.5, python-telegram-bot 22, aiogram 3, pyTelegramBotAPI 4, discord.py 2.6, Gradio 5, Streamlit 1.51 (its execution model), PySpark 4.0 (``udf``, ``pandas_udf``).
"""

from __future__ import annotations

APPLICATIONS: tuple[str, ...] = (
    "fastapi.",
    "flask.",
    "flask_restx.",
    "starlette.",
    "sanic.",
    "quart.",
    "litestar.",
    "bottle.",
    "aiohttp.web",
    "robyn.",
    "falcon.",
    "celery.",
    "azure.functions.",
    "chalice.",
    "dash.",
    "ninja.",
    "slack_bolt.",
    "blacksheep.",
    "telebot.",
    "aiogram.",
    "discord.",
    "pyrogram.",
)
"""The start of the names of what makes an application or a group of routes."""

TAKES_HANDLERS: tuple[str, ...] = ("gradio.", "telegram.ext.")
"""The start of the names of what is handed a function to call for each request."""

ROUTES: frozenset[str] = frozenset(
    (
        "get post put patch delete head options route websocket websocket_route api_route add_route task callback function_name api_operation event message command view "
        "message_handler callback_query_handler on_message"
    ).split()
)
"""Methods of applications that make a function a handler by decorating it."""

HANDLER_DECORATORS: frozenset[str] = frozenset(
    {
        "bottle.route",
        "bottle.get",
        "bottle.post",
        "litestar.get",
        "litestar.post",
        "litestar.put",
        "rest_framework.decorators.api_view",
        "django.views.decorators.http.require_POST",
        "django.views.decorators.http.require_http_methods",
        "django.views.decorators.csrf.csrf_exempt",
        "functions_framework.http",
        "functions_framework.cloud_event",
        "firebase_functions.https_fn.on_request",
        "firebase_functions.https_fn.on_call",
        "celery.shared_task",
        "bentoml.api",
        "modal.method",
        "modal.web_endpoint",
        "modal.fastapi_endpoint",
        "chainlit.on_message",
    }
)
"""Decorators that do so by themselves."""

ROW_DECORATORS: frozenset[str] = frozenset({"pyspark.sql.functions.udf", "pyspark.sql.functions.pandas_udf", "pyspark.sql.udf.udf"})
"""Decorators, and functions, that make a function one that is called for each row or batch of rows."""

ROW_METHODS: frozenset[str] = frozenset(
    "apply applymap map progress_apply progress_map parallel_apply swifter map_elements map_rows flatMap foreach".split()
)
"""Methods that call a function for each row."""

ONCE_A_PART: frozenset[str] = frozenset(
    {"mapPartitions", "mapInPandas", "mapPartitionsWithIndex", "foreachPartition", "map_batches", "map_partitions", "mapInArrow"}
)
"""Methods that call a function once for many rows."""

HANDLER_METHODS: dict[str, frozenset[str]] = {
    "mlflow.pyfunc.PythonModel": frozenset({"predict", "predict_stream"}),
    "mlflow.pyfunc.model.PythonModel": frozenset({"predict", "predict_stream"}),
    "cog.BasePredictor": frozenset({"predict"}),
    "kserve.Model": frozenset({"predict", "preprocess", "postprocess", "explain"}),
    "kserve.KFModel": frozenset({"predict", "preprocess", "postprocess"}),
    "ts.torch_handler.base_handler.BaseHandler": frozenset({"handle", "inference", "preprocess", "postprocess"}),
    "ts.torch_handler.vision_handler.VisionHandler": frozenset({"handle", "inference", "preprocess", "postprocess"}),
    "google.cloud.aiplatform.prediction.predictor.Predictor": frozenset({"predict", "preprocess", "postprocess"}),
    "rest_framework.views.APIView": frozenset({"get", "post", "put"}),
    "rest_framework.viewsets.ViewSet": frozenset({"create", "list", "retrieve"}),
    "rest_framework.generics.GenericAPIView": frozenset({"get", "post", "put"}),
    "django.views.View": frozenset({"get", "post", "put"}),
    "django.views.generic.View": frozenset({"get", "post", "put"}),
    "flask.views.MethodView": frozenset({"get", "post", "put"}),
    "flask_restful.Resource": frozenset({"get", "post", "put"}),
    "flask_restx.Resource": frozenset({"get", "post", "put"}),
    "tornado.web.RequestHandler": frozenset({"get", "post", "put"}),
    "http.server.BaseHTTPRequestHandler": frozenset({"do_GET", "do_POST", "do_PUT"}),
    "starlette.endpoints.HTTPEndpoint": frozenset({"get", "post", "put"}),
    "aiohttp.web.View": frozenset({"get", "post", "put"}),
    "litserve.LitAPI": frozenset({"predict", "decode_request", "encode_response"}),
    "torch.utils.data.Dataset": frozenset({"__getitem__"}),
    "torch.utils.data.dataset.Dataset": frozenset({"__getitem__"}),
}
"""Bases of classes, with the methods that are called for each request or item."""

HANDLER_CLASSES: dict[str, frozenset[str]] = {"TritonPythonModel": frozenset({"execute"})}
"""Names of classes that a server looks for, likewise."""

SERVED_CLASSES: frozenset[str] = frozenset({"ray.serve.deployment", "bentoml.service"})
"""Decorators of classes whose methods are called for each request, their constructor once."""

HANDLER_FUNCTIONS: dict[str, frozenset[str]] = {
    "lambda_handler": frozenset({"event"}),
    "handler": frozenset({"event", "context"}),
    "predict_fn": frozenset(),
    "input_fn": frozenset(),
    "output_fn": frozenset(),
    "transform_fn": frozenset(),
}
"""Names of functions that a server looks for, with parameters that tell them."""

SCORING = ("init", "run")
"""The two functions of a scoring script: one is called once, the other for each request."""

REQUEST_PARAMETERS: frozenset[str] = frozenset({"request", "req"})
"""First parameters of functions that handle requests."""

CHAT_PARAMETERS = ("update", "context")
"""The first two parameters of functions that answer in a chat."""

CACHES: frozenset[str] = frozenset(
    "lru_cache cache cached cachedmethod cache_resource cache_data experimental_singleton experimental_memo cached_property memoize ttl_cache singleton memory once "
    "cache_resources".split()
)
"""The last words of decorators that remember what a function gave."""

ONCE: tuple[str, ...] = (
    "click.",
    "typer.",
    "hydra.",
    "fire.",
    "prefect.",
    "airflow.",
    "dagster.",
    "zenml.",
    "metaflow.",
    "kfp.",
    "luigi.",
    "invoke.",
    "pytest.",
    "plac.",
    "absl.",
    "contextlib.asynccontextmanager",
    "contextlib.contextmanager",
)
"""The start of the names of decorators of functions that run as commands, steps and the like."""

LOADING_WORDS: frozenset[str] = frozenset(
    "load reload init initialize initialise setup warmup warm update refresh switch set train training retrain fit startup lifespan download install build make create "
    "main cli test benchmark evaluate export convert compare".split()
)
"""Words in the names of functions whose business is to load, or that run once."""

PREDICTING_WORDS: frozenset[str] = frozenset(
    "predict predicts predictions prediction infer inference classify transcribe summarize summarise translate recommend embed".split()
)
"""Words in the names of functions that answer."""
