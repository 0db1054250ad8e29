"""``mlops-lint clean``: removes the cache."""

from __future__ import annotations

from typing import Any

import click

from mlops_lint.cli.failure import Failure
from mlops_lint.cli.options import given_flags, setting_option, source_options


@click.command()
@setting_option("cache-dir")
@source_options
@click.pass_context
def clean(ctx: click.Context, /, config: tuple[str, ...], isolated: bool, **_: Any) -> None:
    """Remove the cache.

    A folder that is not a cache of this tool is left alone.
    """
    import os
    import shutil

    from mlops_lint.cli.session import load_project, working_directory
    from mlops_lint.cli.streams import print_out
    from mlops_lint.config.cache_dir import default_cache_dir, is_cache_dir
    from mlops_lint.config.resolve import cache_dir
    from mlops_lint.report.escape import safe_text

    cwd = working_directory()
    layers = load_project(cwd, [cwd], config, isolated, given_flags(ctx))[1]
    folder = cache_dir(layers) or default_cache_dir()
    if folder is None:
        print_out("There is no cache: this user has no home.\n")
        return
    if not os.path.lexists(folder):
        print_out(f"There is no cache at {safe_text(str(folder))}.\n")
        return
    if folder.is_symlink() or not folder.is_dir() or not is_cache_dir(folder):
        raise Failure(f"{folder} is not a cache of mlops-lint; it was left alone")
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise Failure(f"cannot remove {error.filename or folder}: {error.strerror or error}") from error
    print_out(f"Removed the cache at {safe_text(str(folder))}.\n")
