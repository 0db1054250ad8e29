"""Tables and arrays: reading them, choosing from them, and boiling them down."""

from __future__ import annotations

from typing import Any

from mlops_lint.flow.models.call import ROW_TAGS, UNORDERED, Call, Model, disorder
from mlops_lint.flow.models.selection import judged
from mlops_lint.flow.things import Tag, Thing, derive, unmarked
from mlops_lint.knowledge.frames import FRAME_MAKERS, FRAME_METHODS, FRAME_READERS, FRAME_TYPES, SPARK_FRAME_METHODS
from mlops_lint.knowledge.learners import AGGREGATES, COUNTS
from mlops_lint.knowledge.validation import ENFORCED_SCHEMA, READERS, SPARK_READ_METHODS

_DATA = frozenset({"dataframe", "series", "array", "tensor", "spark-frame"})
_MEASURES = frozenset({"shape", "columns", "dtypes", "dtype", "index", "size", "ndim", "schema", "empty", "device", "classes_", "feature_names_in_"})
_SAME = frozenset({"T", "loc", "iloc", "at", "iat", "ix", "values", "array", "data", "str", "dt", "cat", "H", "real", "target"})
_NO_COLUMNS = frozenset({"style", "plot", "attrs", "flags", "axes", "sparse", "na", "rdd", "write"})
_OF_BUNCHES = frozenset({"target", "data", "real"})
_ARRAY_MAKERS = (
    "array",
    "asarray",
    "stack",
    "vstack",
    "hstack",
    "column_stack",
    "concatenate",
    "reshape",
    "ravel",
    "squeeze",
    "expand_dims",
    "log",
    "log1p",
    "exp",
    "sqrt",
    "abs",
    "clip",
    "nan_to_num",
    "transpose",
    "append",
    "c_",
    "r_",
    "repeat",
    "tile",
    "copy",
    "zeros",
    "ones",
    "empty",
    "full",
    "zeros_like",
    "ones_like",
    "argsort",
    "sort",
)
_SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "test",
    "valid": "test",
    "validation": "test",
    "dev": "test",
    "eval": "test",
    "holdout": "test",
}


def read(call: Call) -> Thing | None:
    """A reader: the data come from outside the program here."""
    result = call.gives("dataframe" if call.event.names & FRAME_READERS else "data", of=call.inputs(), without=ROW_TAGS)
    result.origins = frozenset({call.event})
    if any(name.startswith("numpy.") for name in call.event.names):
        result.kinds = frozenset({"array"})
    elif any(name.startswith("datasets.") for name in call.event.names):
        result.kinds = frozenset({"hf-dataset"})
    call.role("read")
    if result.is_a("dataframe"):
        result = _several(call, result)
    call.library.halves.read(call, result)
    given = set(call.keywords)
    if any(name.startswith(start) and given & set(words) for name in call.event.names for start, words in ENFORCED_SCHEMA.items()):
        call.role("validate")
    return result


def _several(call: Call, frame: Thing) -> Thing:
    """What a reader gives that was asked for all sheets of a workbook, or for a table in chunks: a dictionary of frames, or a generator of them."""
    sheets = call.argument("sheet_name", 1) if call.event.method == "read_excel" else None
    if sheets is not None and (sheets.constant is None or sheets.items is not None):
        kind = "dict"
    elif ("chunksize" in call.keywords and call.constant("chunksize") is not None) or call.constant("iterator") is True:
        kind = "generator"
    else:
        return frame
    result = Thing(frozenset({kind}), tags=frame.tags, origins=frame.origins, event=call.event, parents=(frame,))
    result.set_field("[*]", frame)
    return result


def made_frame(call: Call) -> Thing | None:
    """``pd.DataFrame(x)``, ``pd.concat([a, b])``, ``pd.get_dummies(x)``."""
    kind = "series" if call.event.method == "Series" else "dataframe"
    result = call.gives(kind)
    for source in call.args[:1]:
        if source.is_a("dict"):
            result.tags |= frozenset().union(*(disorder(column) for column in (source.fields or {}).values()))
    if call.event.method in ("concat", "merge"):
        call.role(call.event.method)
    if call.event.method == "concat":
        result.tags = _without_folds(result.tags)
    return result


def made_array(call: Call) -> Thing | None:
    """NumPy functions that give an array of the rows they are given."""
    result = call.gives("array")
    if call.event.method in ("concatenate", "vstack", "stack"):
        result.tags = _without_folds(result.tags)
    return result


def _without_folds(tags: frozenset[Tag]) -> frozenset[Tag]:
    """What is put together out of folds is whole again."""
    return frozenset(tag for tag in tags if tag.name != "part" or tag.event is None or "folds" not in tag.event.roles)


def aggregated(call: Call) -> Thing | None:
    """``df.mean()``, ``np.std(x)``: a figure of all rows, from which something may be learnt."""
    source = call.receiver if call.receiver is not None else (call.args[0] if call.args else None)
    if source is None or not source.origins:
        return None
    if call.receiver is not None and _is_window(source):
        return call.gives(*(source.kinds & _DATA or {"series"}))
    axis = call.constant("axis", 0 if call.receiver is not None else 1)
    if axis in (1, "columns", -1) and call.event.method not in ("quantile", "percentile", "nanpercentile"):
        return call.gives(*(source.kinds & _DATA))
    result = call.gives("aggregate", without=ROW_TAGS)
    if source.how[:1] == ("compare",) and source.tagged("predicted"):
        call.role("metric")
        call.event.note({"truth": source, "predicted": source})
        return judged(call, result, source)
    result.tags |= {Tag("aggregate", call.event)}
    call.role("aggregate")
    call.event.note({"data": source})
    return result


_WINDOWS = frozenset({"rolling", "expanding", "ewm", "resample"})


def _is_window(source: Thing) -> bool:
    """Whether a figure of something is one for each row or span of time, not one of the whole."""
    while source.how[:1] in (("item",), ("column",), ("attribute",)) and len(source.how) > 2 and isinstance(source.how[2], Thing):
        source = source.how[2]
    return source.event is not None and source.event.method in _WINDOWS and not source.how


def counted(call: Call) -> Thing | None:
    """``df.sum()``, ``df.nunique()``: a figure that no step learns from."""
    axis = call.constant("axis")
    if axis in (1, "columns", -1):
        return call.gives(*((call.receiver.kinds & _DATA) if call.receiver is not None else ()))
    return call.gives("number", without=ROW_TAGS)


def row_aligned(call: Call) -> Thing | None:
    """``groupby(…).transform("mean")``: each row gets a figure of its group."""
    if call.receiver is None:
        return None
    result = call.gives("series")
    how = call.constant("func", 0)
    if how in AGGREGATES:
        result.tags |= {Tag("learned", call.event)}
        call.role("aggregate")
        call.event.note({"data": call.receiver})
    return result


_TAKES_FIGURES = frozenset("fillna clip replace map where mask assign transform apply applymap pipe merge join combine_first".split())
"""Methods that work what they are given into the rows; others choose rows or columns by it."""


def kept(call: Call) -> Thing | None:
    """A method that gives a frame again; figures given to it are learnt from."""
    receiver = call.receiver
    if receiver is None:
        return None
    result = call.gives(*(receiver.kinds & _DATA or {"dataframe"}))
    if call.event.method in ("apply", "map", "applymap", "transform", "pipe") and call.args:
        by_column = call.event.method == "apply" and receiver.is_a("dataframe") and call.constant("axis") in (None, 0, "index")
        made = call.library.run_callback(call.args[0], [derive([receiver], kinds=frozenset({"series"}))] if by_column else [], call.event)
        result.tags |= made.tags if made is not None and by_column else frozenset()
    if call.event.method in _TAKES_FIGURES:
        result.tags = learnt_from_figures(result.tags, call.everything())
    else:
        result.tags = frozenset(tag for tag in result.tags if tag.name != "aggregate" or tag in receiver.tags)
    # The rows keep the order they had; what else is given chooses and fills.
    result.tags = frozenset(tag for tag in result.tags if tag.name != UNORDERED or tag in receiver.tags)
    if call.event.method.startswith("sort"):
        result.tags = unmarked(result.tags, UNORDERED)
        if call.constant("inplace") is True:
            for one in receiver.each():
                one.tags = unmarked(one.tags, UNORDERED)
    if call.constant("inplace") is True:
        for one in receiver.each():
            one.tags |= result.tags
            one.origins |= result.origins
            if one.how[:1] == ("column",) and isinstance(one.how[2], Thing):
                one.how[2].tags |= result.tags  # it is the column of the table that changes
                one.how[2].origins |= result.origins
            one.how = ("inplace", call.event, one.how)
        call.event.note({"inplace": True})
        return Thing(constant=None, event=call.event)
    return result


def grouped(call: Call) -> Thing | None:
    """``groupby``, ``rolling`` and the like: rows in groups."""
    return call.gives("groupby")


def sampled(call: Call) -> Thing | None:
    """``df.sample(frac=0.8)``: a part, if the rest is taken too."""
    result = kept(call)
    if result is not None:
        result.how = ("sample", call.receiver)
        if call.constant("replace") is True:
            call.role("resample")
            call.event.note({"features": call.receiver, "learner": None})
            result.tags |= {Tag("resampled", call.event)}
    return result


def dropped(call: Call) -> Thing | None:
    """``df.drop(train.index)`` after ``train = df.sample(…)``: the other part of a split."""
    result = kept(call)
    receiver = call.receiver
    chosen = call.argument("index") or call.argument("labels", 0)
    if result is None or receiver is None or chosen is None:
        return result
    if chosen.how[:1] == ("measure",) and chosen.how[1] == "index":
        train = chosen.how[2]
        if train.how[:1] == ("sample",) and receiver.origins & train.origins:
            call.role("split")
            call.event.note({"data": [receiver], "manner": "sample", "random": True})
            train.mark(Tag("part", call.event, "train"))
            result.mark(Tag("part", call.event, "test"))
    return result


def iterated(call: Call) -> Thing | None:
    """``df.iterrows()``: pairs of an index and a row."""
    result = call.gives("generator")
    row = derive([call.receiver] if call.receiver is not None else [], kinds=frozenset({"row"}))
    if call.event.method == "itertuples":
        result.set_field("[*]", row)
    else:
        result.set_field("[*]", Thing(frozenset({"tuple"}), items=[Thing(), row]))
    call.role("iterate-rows")
    return result


def made_spark_frame(call: Call) -> Thing | None:
    """``spark.createDataFrame(rows)``."""
    return call.gives("spark-frame", of=call.inputs())


def to_frame(call: Call) -> Thing | None:
    """``toPandas()``, ``to_pandas()``, ``to_frame()``."""
    return call.gives("dataframe")


def to_array(call: Call) -> Thing | None:
    """``to_numpy()``, ``toarray()``."""
    return call.gives("array")


def spark_read(call: Call) -> Thing | None:
    """``spark.read.csv(…)``."""
    receiver = call.receiver
    if receiver is None or not _is_spark_reader(receiver):
        return None
    result = call.gives("spark-frame", of=call.inputs())
    result.origins = frozenset({call.event})
    call.role("read")
    if any(one.event is not None and one.event.method == "schema" for one in (receiver, *receiver.ancestors(12))):
        call.role("validate")
    return result


def _is_spark_reader(receiver: Thing) -> bool:
    """Whether something is ``spark.read`` or what its options gave."""
    for one in (receiver, *receiver.ancestors(12)):
        names = one.event.names if one.event is not None else one.names
        if one.how[:2] in (("attribute", "read"), ("attribute", "readStream")) or any(".read." in f"{name}." for name in names):
            return True
    return False


def learnt_from_figures(tags: frozenset[Tag], parts: list[Thing]) -> frozenset[Tag]:
    """The marks of rows into which figures of all rows were worked: the figures are learnt then."""
    figures = [tag for tag in tags if tag.name == "aggregate"]
    if not figures:
        return tags
    if not any(part.origins and not any(tag.name == "aggregate" for tag in part.tags) for part in parts):
        return tags
    return unmarked(tags, "aggregate") | {Tag("learned", tag.event) for tag in figures}


def shifted_by_bounds(operator: str, parts: list[Thing]) -> frozenset[Tag]:
    """Figures that only shift all rows alike, as in ``df["day"].max() - df["day"]``: nothing is learnt by that."""
    if operator not in "+-":
        return frozenset()
    return frozenset(tag for part in parts for tag in part.tags if tag.name == "aggregate" and tag.event is not None and tag.event.method in _BOUNDS)


_BOUNDS = frozenset({"min", "max", "amin", "amax", "nanmin", "nanmax"})


def attribute(thing: Thing, name: str) -> Thing | None:
    """An attribute of a table or array."""
    if not thing.kinds & _DATA and not (thing.origins and name in _MEASURES):
        return None
    if name in _MEASURES:
        return derive([thing], kinds=frozenset({"measure"}), without=ROW_TAGS, how=("measure", name, thing))
    if name in _SAME and not (name in _OF_BUNCHES and "dataframe" in thing.kinds):
        kinds = frozenset({"array"}) if name in ("values", "array") else thing.kinds & _DATA
        return derive([thing], kinds=kinds, how=("attribute", name, thing))
    if "dataframe" in thing.kinds and name not in _NO_COLUMNS:
        return derive([thing], kinds=frozenset({"series"}), how=("column", name, thing))
    return derive([thing], how=("attribute", name, thing))


def item(thing: Thing, key: Thing) -> Thing | None:
    """An item of a table: a column, columns, or rows."""
    if not thing.kinds & _DATA:
        return None
    parents = [thing, Thing(key.kinds, tags=unmarked(key.tags, UNORDERED), origins=key.origins, parents=(key,))]
    if not key.origins and not key.tags:
        parents = [thing]
    by_label = thing.how[:2] == ("attribute", "loc")
    if "dataframe" in thing.kinds:
        _, columns = _loc_key(key) if thing.how[:1] == ("attribute",) and thing.how[1] in ("loc", "iloc", "at", "iat", "ix") else (None, key)
        if columns is not None and isinstance(columns.constant, str) and (by_label or thing.how[:1] != ("attribute",)):
            return derive(parents, kinds=frozenset({"series"}), how=("column", columns.constant, thing))
        if columns is not None and isinstance(columns.constant, list) and (by_label or thing.how[:1] != ("attribute",)):
            return derive(parents, kinds=frozenset({"dataframe"}), how=("columns", tuple(columns.constant), thing))
        return derive(parents, kinds=frozenset({"dataframe"}), how=("rows", key, thing))
    return derive(parents, kinds=thing.kinds & _DATA, how=("rows", key, thing))


def _loc_key(key: Thing) -> tuple[Thing | None, Thing | None]:
    """The rows and the columns that a ``.loc[…]`` asks for."""
    if key.items is not None and len(key.items) == 2:
        return key.items[0], key.items[1]
    return key, None


def part_by_key(key: Thing) -> str | None:
    """``train`` or ``test`` when a key names that part of a data set."""
    value: Any = key.constant
    return _SPLIT_WORDS.get(value.lower()) if isinstance(value, str) else None


FUNCTIONS: dict[str, Model] = {
    **dict.fromkeys(READERS, read),
    **dict.fromkeys(FRAME_MAKERS, made_frame),
    "pandas.Series": made_frame,
    **{f"numpy.{name}": made_array for name in _ARRAY_MAKERS},
    **{f"numpy.{name}": aggregated for name in AGGREGATES},
}
"""By qualified name."""

KINDS_OF_TYPES: dict[str, frozenset[str]] = {
    **dict.fromkeys(FRAME_TYPES, frozenset({"dataframe"})),
    "pandas.Series": frozenset({"series"}),
    "numpy.ndarray": frozenset({"array"}),
    "numpy.typing.NDArray": frozenset({"array"}),
    "numpy.typing.ArrayLike": frozenset({"array"}),
    "torch.Tensor": frozenset({"tensor"}),
    "torch.FloatTensor": frozenset({"tensor"}),
    "pyspark.sql.DataFrame": frozenset({"spark-frame"}),
    "datasets.Dataset": frozenset({"hf-dataset"}),
}
"""What annotations say."""

METHODS: dict[tuple[str, str], Model] = {
    **{(kind, name): kept for kind in ("dataframe", "series") for name in FRAME_METHODS},
    **{
        (kind, name): kept
        for kind in ("array", "tensor")
        for name in ("reshape", "ravel", "flatten", "squeeze", "copy", "clip", "transpose", "fillna")
    },
    **{(kind, name): aggregated for kind in ("dataframe", "series", "array", "groupby") for name in AGGREGATES},
    **{(kind, name): counted for kind in ("dataframe", "series", "array", "groupby") for name in COUNTS},
    **{("dataframe", name): grouped for name in ("groupby", "rolling", "expanding", "resample", "ewm")},
    **{("series", name): grouped for name in ("groupby", "rolling", "expanding", "resample", "ewm")},
    **{("groupby", name): kept for name in ("apply", "filter", "shift", "head", "diff", "cumsum")},
    ("groupby", "transform"): row_aligned,
    **{(kind, "sample"): sampled for kind in ("dataframe", "series", "groupby")},
    **{(kind, "drop"): dropped for kind in ("dataframe", "series")},
    **{("dataframe", name): iterated for name in ("iterrows", "itertuples", "items")},
    **{(kind, name): to_array for kind in ("dataframe", "series", "array") for name in ("to_numpy", "toarray", "todense")},
    **{("spark-frame", name): kept for name in SPARK_FRAME_METHODS},
    **{("spark-frame", name): to_frame for name in ("toPandas", "to_pandas")},
    ("series", "to_frame"): to_frame,
    ("hf-dataset", "to_pandas"): to_frame,
}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    **dict.fromkeys(SPARK_READ_METHODS, spark_read),
    **dict.fromkeys(("mean", "median", "std", "quantile"), aggregated),
    **dict.fromkeys(("to_numpy", "toarray"), to_array),
    **dict.fromkeys(("toPandas", "to_pandas"), to_frame),
    **dict.fromkeys(("iterrows", "itertuples"), iterated),
    "createDataFrame": made_spark_frame,
    "groupby": grouped,
}
"""By method alone, where the receiver is unknown."""
