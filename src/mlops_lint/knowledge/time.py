"""Time in tables: what puts rows in order of time, or works earlier rows into later ones.

Source: the API reference of pandas 2.3 ("Time series / date functionality"), of pyspark.sql.functions 4.0, and the documentation of yfinance 0.2 and
pandas-datareader 0.10, read 2026-11.
"""

from __future__ import annotations

import re

LAG_METHODS: frozenset[str] = frozenset({"shift", "rolling", "ewm", "expanding", "pct_change", "diff"})
"""Methods of a table, column or group that work neighbouring rows into a row."""

LAG_FUNCTIONS: frozenset[str] = frozenset({"pyspark.sql.functions.lag", "pyspark.sql.functions.lead"})
"""Functions that do so."""

TIME_READERS: frozenset[str] = frozenset(
    {
        "yfinance.download",
        "pandas_datareader.data.DataReader",
        "pandas_datareader.DataReader",
        "pandas_datareader.data.get_data_yahoo",
        "pandas_datareader.get_data_yahoo",
        "quandl.get",
        "nsepy.get_history",
    }
)
"""Readers of tables with one row for each day or minute."""

TIME_INDEX_MAKERS: frozenset[str] = frozenset(
    {"pandas.to_datetime", "pandas.DatetimeIndex", "pandas.date_range", "pandas.PeriodIndex", "pandas.period_range"}
)
"""Functions that give points in time."""

_TIME_NAME = re.compile(
    r"(?:.*[_ ./-])?(?:date|datetime|date_?time|timestamp|time_?stamp|time|ds|ts|dt)(?:[_ ](?:utc|local|idx|index|time|key))?|[a-z0-9]*(?:Date|DateTime|Timestamp|Time)|dteday|.*_at",
    re.ASCII,
)


def is_time_name(name: object) -> bool:
    """Whether a column is called after a point in time."""
    return isinstance(name, str) and (_TIME_NAME.fullmatch(name) is not None or _TIME_NAME.fullmatch(name.lower()) is not None)
