"""Where a program's words go: what prints, what logs, and what sends to an experiment tracker.

Source: the API references of Python 3.14, loguru 0.7, structlog 25, MLflow 3.5, Weights & Biases 0.22, Comet 3.53, ClearML 2.0 and Neptune 1.14, read 2026-11.
"""

from __future__ import annotations

PRINTERS: frozenset[str] = frozenset(
    {
        "builtins.print",
        "pprint.pprint",
        "pprint.pp",
        "rich.print",
        "click.echo",
        "typer.echo",
        "tqdm.tqdm.write",
        "sys.stdout.write",
        "sys.stderr.write",
        "warnings.warn",
        "IPython.display.display",
    }
)
"""Calls that write to the output."""

LOGGING_PACKAGES: frozenset[str] = frozenset({"logging", "loguru", "structlog", "absl"})
"""Packages whose loggers log."""

LOG_METHODS: frozenset[str] = frozenset({"debug", "info", "warning", "warn", "error", "critical", "exception", "fatal", "log", "trace", "success"})
"""Methods of a logger that log."""

LOGGER_NAMES: frozenset[str] = frozenset({"logger", "log", "logging", "lgr", "app_logger", "audit_logger", "audit_log"})
"""Names, in lower case and without leading underscores, that a logger goes by."""

TRACKERS: frozenset[str] = frozenset({"mlflow", "wandb", "comet_ml", "clearml", "neptune", "aim", "dagshub"})
"""Packages of experiment trackers."""

TRACKER_METHODS: frozenset[str] = frozenset(
    "log_param log_params set_tag set_tags set_experiment_tag log_dict log_text log_table log init update log_parameter log_parameters log_other log_others "
    "add_tag add_tags connect".split()
)
"""Calls that send parameters, tags or values to a tracker."""
