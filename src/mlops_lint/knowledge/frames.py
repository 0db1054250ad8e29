"""Tabular data: what makes a frame, and which of its methods give a frame again.

Source: the API references of pandas 2.3, Polars 1.30, Dask 2025.5, PySpark 4.0, GeoPandas 1.0 and Hugging Face ``datasets`` 3.6, read 2026-11.
"""

from __future__ import annotations

_PANDAS_READERS = (
    "read_csv",
    "read_table",
    "read_fwf",
    "read_parquet",
    "read_feather",
    "read_orc",
    "read_json",
    "read_excel",
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "read_hdf",
    "read_stata",
    "read_sas",
    "read_spss",
    "read_gbq",
    "read_pickle",
    "read_xml",
)
_PANDAS_MODULES = ("pandas", "modin.pandas", "cudf", "dask.dataframe", "pyspark.pandas", "vaex")

FRAME_READERS: frozenset[str] = frozenset(
    [f"{module}.{reader}" for module in _PANDAS_MODULES for reader in _PANDAS_READERS]
    + [
        f"polars.{reader}"
        for reader in ("read_csv", "read_parquet", "read_json", "read_ndjson", "read_excel", "read_database", "read_ipc", "read_avro")
    ]
    + [f"polars.{reader}" for reader in ("scan_csv", "scan_parquet", "scan_ndjson", "scan_ipc")]
    + ["geopandas.read_file", "geopandas.read_parquet"]
)
"""Calls that read a table from outside the program."""

FRAME_MAKERS: frozenset[str] = frozenset(
    [f"{module}.{name}" for module in _PANDAS_MODULES for name in ("DataFrame", "concat", "merge", "get_dummies", "pivot_table", "melt")]
    + [
        "polars.DataFrame",
        "polars.concat",
        "geopandas.GeoDataFrame",
        "pandas.DataFrame.from_dict",
        "pandas.DataFrame.from_records",
        "pandas.json_normalize",
    ]
)
"""Calls that give a DataFrame without reading one."""

FRAME_TYPES: frozenset[str] = frozenset(
    [f"{module}.DataFrame" for module in _PANDAS_MODULES]
    + ["pandas.core.frame.DataFrame", "polars.DataFrame", "polars.LazyFrame", "geopandas.GeoDataFrame"]
)
"""Annotations that say DataFrame."""

FRAME_METHODS: frozenset[str] = frozenset(
    "abs agg aggregate apply applymap assign astype bfill clip convert_dtypes copy corr cummax cummin cumprod cumsum describe diff drop "
    "drop_duplicates dropna eval explode ffill fillna filter head infer_objects interpolate isin isna isnull join map mask melt merge nlargest notna notnull "
    "nsmallest pct_change pipe pivot pivot_table query rank reindex rename rename_axis replace reset_index round sample select select_dtypes set_index shift "
    "sort_index sort_values stack tail to_crs transform transpose truncate tz_convert tz_localize unstack where with_columns collect lazy".split()
)
"""Methods of a DataFrame that give a DataFrame (or something used like one)."""

SPARK_SESSION_MAKERS: frozenset[str] = frozenset(
    {"pyspark.sql.SparkSession.builder.getOrCreate", "pyspark.sql.SQLContext", "pyspark.sql.HiveContext"}
)
"""Calls that give a Spark session."""

COPY_ON_WRITE_SINCE = "3.0"
"""The pandas in which whatever is selected from a frame behaves as a copy (pandas user guide, "Copy-on-Write", read 2026-11)."""

RESULT_METHODS: frozenset[str] = frozenset(
    "abs add_prefix add_suffix append asfreq assign astype between_time bfill clip combine_first convert_dtypes diff drop drop_duplicates drop_nulls droplevel dropna "
    "eval explode ffill fill_nan fill_null fillna filter infer_objects interpolate join mask melt merge pivot pivot_table query reindex "
    "rename rename_axis reorder_levels replace reset_index round select select_dtypes set_axis set_index shift sort sort_index sort_values squeeze stack "
    "swaplevel to_datetime transpose truncate tz_convert tz_localize unstack where with_columns with_row_index".split()
)
"""Methods of a frame or column whose only effect is what they give, and that are called to change the data (not to look at them)."""

RESULT_FUNCTIONS: frozenset[str] = frozenset(
    f"pandas.{name}" for name in ("concat", "merge", "merge_asof", "get_dummies", "melt", "pivot_table", "to_datetime", "to_numeric", "wide_to_long")
)
"""Functions that give a changed copy of what they are given."""

IN_PLACE_SWITCHES: frozenset[str] = frozenset({"inplace", "in_place"})
"""Parameters that make such a method change the frame itself."""

CALLING_METHODS: frozenset[str] = frozenset({"apply", "applymap", "map", "transform", "map_elements", "map_rows"})
"""Methods that call what they are given for each row, column or value: they may be called for what that does."""

SPARK_FRAME_METHODS: frozenset[str] = frozenset(
    "agg alias coalesce crossJoin distinct drop dropDuplicates drop_duplicates dropna exceptAll fillna filter intersect join limit orderBy repartition replace "
    "sample select selectExpr sort subtract toDF transform union unionAll unionByName where withColumn withColumnRenamed withColumns withColumnsRenamed "
    "withWatermark".split()
)
"""Methods of a Spark DataFrame that give another one and change nothing."""
