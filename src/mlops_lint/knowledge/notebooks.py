"""Notebooks: names and magics that a kernel brings along.

Sources (read 2026-11): IPython 9 documentation, "Built-in magic commands" and "IPython reference"; Databricks documentation, "dbutils" and "display"; the
magics pages of sparkmagic, BigQuery, rpy2 and Kedro; sympy 1.14, ``var`` and ``init_session``; dill 0.4, ``load_session``.
"""

from __future__ import annotations

import builtins

_PYTHON_2 = "unicode basestring long xrange raw_input reduce unichr file execfile reload cmp buffer apply intern coerce StandardError WindowsError"
_IPYTHON = "In Out get_ipython display exit quit copyright credits license ipython"
_SPARK = "spark sc sqlContext sqlCtx dbutils displayHTML table sql getArgument glueContext"

AMBIENT_NAMES: frozenset[str] = frozenset(dir(builtins)) | frozenset(f"{_PYTHON_2} {_IPYTHON} {_SPARK}".split())
"""Names that no cell has to define: builtins (of Python 2 too), what IPython sets, and what Spark and Databricks kernels do."""

HARMLESS_LINE_MAGICS: frozenset[str] = frozenset(
    (
        "alias alias_magic autoawait autocall automagic autoreload bookmark cat cd clear colors conda config connect_info cp debug dhist dirs "
        "doctest_mode env gui hist history html javascript killbgscripts ldir less lf lk ll load_ext ls lsmagic lx magic mamba man matplotlib "
        "micromamba mkdir more mv notebook page pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd pycat "
        "qtconsole quickref rehashx reload_ext rep rm rmdir save sc set_env sx system tb tensorboard time timeit unalias unload_ext uv "
        "watermark who who_ls whos xmode memit mprun lprun snakeviz wandb pyinstrument pycodestyle_on flake8_on tensorflow_version "
        "dotenv subx nb_black mypy_on restart_python shell"
    ).split()
)
"""Line magics that define no name."""

FOREIGN_CELL_MAGICS: frozenset[str] = frozenset(
    (
        "! bash cmd file HTML html javascript js latex markdown md perl powershell pypy python python2 python3 ruby script sh shell SVG svg sx "
        "system writefile dot mermaid sql bigquery bq R cpp cu cuda julia scala css fs configure"
    ).split()
)
"""Cell magics whose body runs in no Python of the kernel."""

HARMLESS_EXTENSIONS: frozenset[str] = frozenset(
    (
        "autoreload tensorboard sql rpy2.ipython google.cloud.bigquery bigquery line_profiler memory_profiler watermark dotenv lab_black "
        "nb_black jupyter_black black Cython cython snakeviz pyinstrument scalene wandb jupyter_ai jupyternotify google.colab.data_table "
        "cudf.pandas cuml.accel nvcc_plugin tikzmagic pycodestyle_magic heat mypy_ipython nb_mypy vega blackcellmagic version_information "
        "ipython_unittest sparksql_magic dataproc_spark_magics aiida tensorboard.notebook torch.utils.tensorboard wurlitzer rich mlflow"
    ).split()
)
"""Extensions that add magics and no names."""

EXTENSION_NAMES: dict[str, tuple[str, ...]] = {"kedro": ("catalog", "context", "pipelines", "session")}
"""Names that an extension sets, by the first word of its dotted name."""

AUTOMATIC_WORDS: frozenset[str] = frozenset("ls ll la lk lx pwd cd who whos who_ls hist history quickref lsmagic magic pdb reset clear man".split())
"""Words that IPython takes for a magic when they stand alone on a line and mean nothing else."""

INJECTING_CALLS: frozenset[str] = frozenset(
    "builtins.exec builtins.execfile execfile dill.load_session dill.load_module sympy.init_session sympy.var sympy.interactive.init_session".split()
)
"""Functions that may define names where they are called."""

READING_CALLS: frozenset[str] = frozenset(
    "eval sqldf pysqldf print len sorted list dict set dir pprint repr str isinstance timeit repeat Timer".split()
)
"""Functions (last word) that only read the names they are handed with ``globals()``."""

RUNNING_CALLS: frozenset[str] = frozenset("apply applymap map transform filter agg aggregate pipe sorted min max".split())
"""Functions and methods (last word) that run a function they are handed before they return."""

CATCHES_NAME_ERRORS: frozenset[str] = frozenset({"NameError", "Exception", "BaseException"})
"""Classes of an ``except`` that take a missing name."""

CATCHING_CONTEXTS: frozenset[str] = frozenset("suppress raises assertRaises assertRaisesRegex warns".split())
"""Contexts (last word) in which an error is expected."""
