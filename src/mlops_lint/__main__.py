"""``python -m mlops_lint``: the console script, kept from importing what lies in the working directory.

``-m`` puts the working directory first on ``sys.path``, so that a ``click.py`` in the repository to be analysed would be run. It is taken off before
anything is imported from it; even ``from __future__`` would be an import, and ``sys`` is built in.
"""

import sys


def _drop_working_directory() -> None:
    import os  # loaded long before by the interpreter itself

    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109  (pathlib is not loaded yet)
    except OSError:
        here = ""
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != here]


if __name__ == "__main__":
    _drop_working_directory()
    from mlops_lint.cli.start import main

    main()
