"""Learning from tables: fitting, transforming, splitting, predicting, scoring, saving."""

from __future__ import annotations

from mlops_lint.flow.models import answers
from mlops_lint.flow.models.call import ROW_TAGS, Call, Model
from mlops_lint.flow.models.selection import judged
from mlops_lint.flow.things import Tag, Thing, derive
from mlops_lint.knowledge.learners import PIPELINE_MAKERS, PREDICTORS, SCORING_FUNCTIONS, kinds_of_learner
from mlops_lint.knowledge.loaders import LOADERS, WRITERS
from mlops_lint.knowledge.validation import TRAINERS
from mlops_lint.python.values import UNKNOWN

_LEARNS = frozenset({"transformer", "composite", "adapting-layer"})
_SPLITS = frozenset(
    f"{module}.train_test_split"
    for module in (
        "sklearn.model_selection",
        "sklearn.cross_validation",
        "sklearn.model_selection._split",
        "dask_ml.model_selection",
        "cuml.model_selection",
        "cuml",
    )
)
_FLAVOURS = ("sklearn", "xgboost", "lightgbm", "catboost", "pytorch", "tensorflow", "keras", "pyfunc", "spark", "statsmodels", "transformers", "onnx")
_OPTIONS = frozenset({"test_size", "train_size", "random_state", "shuffle", "stratify"})


# -- making ------------------------------------------------------------------------------------------------------------------------------------------


def makes_learner(name: str) -> bool:
    """Whether a qualified name is that of a learner's constructor."""
    return name in PIPELINE_MAKERS or bool(kinds_of_learner(name))


def made_learner(call: Call) -> Thing | None:
    """The constructor of a learner; of one that holds others, with what the last of them is."""
    for name in sorted(call.event.names):
        kinds = frozenset({"composite"}) if name in PIPELINE_MAKERS else kinds_of_learner(name)
        if kinds:
            result = call.gives(*kinds, without=ROW_TAGS)
            result.origins = frozenset()
            if "category-encoder" in kinds and call.constant("categories") not in (None, "auto"):
                result.kinds |= {"stateless"}  # it was told the categories
            if "selector" in kinds and call.constant("prefit") is True and (estimator := call.argument("estimator", 0)) is not None:
                result.learned = list(estimator.fits())  # it chooses by what this model has learnt
            if kinds & {"composite", "search"}:
                inner = held_learners(result)
                for one in inner:
                    result.kinds |= one.kinds & {"classifier", "regressor", "clusterer", "booster"}
                if inner and all(one.is_a("stateless", "label-encoder") for one in inner):
                    result.kinds |= {"stateless"}
            return result
    return None


def held_learners(thing: Thing, limit: int = 60) -> list[Thing]:
    """The learners inside a pipeline, a search or an ensemble."""
    found: list[Thing] = []
    waiting = list(thing.parents)
    seen: set[int] = set()
    while waiting and len(seen) < limit:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.kinds & (PREDICTORS | _LEARNS | {"label-encoder", "resampler"}):
            found.append(one)
            continue
        waiting.extend(one.items or ())
        waiting.extend((one.fields or {}).values())
        waiting.extend(one.alternatives)
    return found


def cloned(call: Call) -> Thing | None:
    """``sklearn.base.clone(learner)``: another learner of the same kind that has seen nothing yet."""
    source = call.argument("estimator", 0)
    if source is None or not source.kinds:
        return None
    result = Thing(source.kinds, event=call.event, how=("clone", source), parents=source.parents)
    result.owner = source.owner
    return result


def attribute(thing: Thing, name: str) -> Thing | None:
    """``search.best_estimator_``: the best candidate, fitted on what the search was given."""
    if name != "best_estimator_" or not thing.is_a("search"):
        return None
    result = derive([thing], kinds=thing.kinds - {"search"}, how=("attribute", name, thing))
    result.event = thing.event
    result.learned = list(thing.learned) if thing.learned else None
    thing.set_field(name, result)
    return result


# -- fitting -----------------------------------------------------------------------------------------------------------------------------------------


def fit(call: Call) -> Thing | None:
    """``learner.fit(X, y)``: the learner has seen these rows."""
    receiver = call.receiver
    if receiver is None:
        return None
    if receiver.is_a("loader", "dataframe", "series", "trainer", "tensor") and not receiver.is_a("trainer"):
        return None
    _note_fit(call, receiver)
    if receiver.is_a("keras-model", "trainer"):
        return call.gives("history", of=[receiver])
    if receiver.is_a("spark-estimator"):
        result = call.gives(*receiver.kinds, of=[receiver])
        result.learned = [call.event]
        return result
    return receiver


def _note_fit(call: Call, receiver: Thing) -> None:
    features = (
        call.argument("X", 0) or call.argument("x") or call.argument("raw_documents") or call.argument("train_dataset") or call.argument("dataset")
    )
    target = call.argument("y", 1)
    call.role("fit")
    if (receiver.is_a("transformer", "adapting-layer") and not receiver.is_a("stateless")) or (
        receiver.is_a("composite") and not receiver.kinds & PREDICTORS and not receiver.is_a("stateless")
    ):
        call.role("learn")
    elif receiver.is_a("search"):
        call.role("train", "search")
    elif receiver.kinds & (PREDICTORS | {"composite"}):
        call.role("train")
    call.event.note({"features": features, "target": target, "learner": receiver})
    receiver.learn(call.event)


def fit_transform(call: Call) -> Thing | None:
    """``transformer.fit_transform(X)``: learnt from these rows and applied to them."""
    receiver = call.receiver
    if receiver is None:
        return None
    _note_fit(call, receiver)
    call.role("transform")
    source = call.event.operands["features"]
    result = call.gives("array", of=[source] if source is not None else call.inputs())
    result.parents = (*result.parents, receiver)
    if call.event.roles & {"learn"} or (not receiver.kinds):
        result.tags |= {Tag("learned", call.event)}
    return result


def transform(call: Call) -> Thing | None:
    """``transformer.transform(X)``: what was learnt from other rows is worked into these."""
    receiver = call.receiver
    if receiver is None or not (receiver.kinds & (_LEARNS | {"label-encoder", "spark-estimator", "search"}) or receiver.fits()):
        return None
    call.role("transform")
    source = call.argument("X", 0)
    kinds = ("spark-frame",) if receiver.is_a("spark-estimator") else ("array",)
    result = call.gives(*kinds, of=[source] if source is not None else call.inputs())
    result.parents = (*result.parents, receiver)
    result.tags |= {Tag("learned", event) for event in receiver.fits() if "learn" in event.roles or receiver.is_a("selector")}
    if receiver.is_a("spark-estimator") and receiver.kinds & PREDICTORS:
        result.tags = frozenset({Tag("predicted", call.event)})
        call.event.note({"asked": source, "learner": receiver})
    return result


def fit_resample(call: Call) -> Thing | None:
    """``sampler.fit_resample(X, y)``: other rows, made from these."""
    if call.receiver is None:
        return None
    _note_fit(call, call.receiver)
    call.role("resample")
    items = []
    for one in call.inputs()[:2]:
        part = derive([one], kinds=one.kinds, event=call.event)
        part.tags |= {Tag("resampled", call.event)}
        items.append(part)
    result = call.gives("tuple")
    result.items = items
    return result


def resampled(call: Call) -> Thing | None:
    """``sklearn.utils.resample(rows)``: rows drawn anew; with replacement, some more than once."""
    call.role("resample")
    sources = list(call.args)
    call.event.note({"features": sources[0] if sources else None, "learner": None})
    mark = Tag("resampled", call.event) if call.constant("replace") is not False else None
    parts = [derive([one], kinds=one.kinds & _TABLES, event=call.event) for one in sources]
    for part in parts:
        part.tags |= {mark} if mark is not None else set()
    if len(parts) == 1:
        return parts[0]
    result = call.gives("list")
    result.items = parts
    return result


def trained(call: Call) -> Thing | None:
    """``xgb.train(params, data)``: a booster that has seen these rows."""
    call.role("fit", "train")
    features = call.argument("dtrain", 1) or call.argument("train_set", 1)
    if "sklearn" in min(call.event.names):
        return cross_validated(call)
    result = call.gives("booster", of=call.inputs(), without=ROW_TAGS)
    call.event.note({"features": features, "target": None, "learner": result})
    result.learned = [call.event]
    return result


def cross_validated(call: Call) -> Thing | None:
    """``cross_val_score(learner, X, y)``: the learner is fitted on folds."""
    call.role("cross-validate")
    call.event.note({"learner": call.argument("estimator", 0), "features": call.argument("X", 1), "target": call.argument("y", 2)})
    result = call.gives("array", without=ROW_TAGS | {"predicted"})
    if call.event.method == "cross_val_predict":
        how = call.constant("method") or "predict"
        detail = answers.given_by(call.argument("estimator", 0), how) if isinstance(how, str) else ""
        result.tags |= {Tag("predicted", call.event, detail)}
    return result


# -- predicting and scoring --------------------------------------------------------------------------------------------------------------------------


def predict(call: Call) -> Thing | None:
    """``model.predict(X)``: an answer for each row."""
    receiver = call.receiver
    if receiver is None and call.event.method != "predict":
        return None
    if call.event.method == "fit_predict" and receiver is not None:
        _note_fit(call, receiver)
    source = call.argument("X", 0) or call.argument("x") or call.argument("data")
    result = call.gives("array", "prediction", of=[source] if source is not None else call.inputs(), without=ROW_TAGS | {"predicted"})
    if receiver is not None:
        result.parents = (*result.parents, receiver)
    call.role("predict")
    call.event.note({"features": source, "learner": receiver})
    result.tags |= {Tag("predicted", call.event, answers.given_by(receiver, call.event.method))}
    return result


def scored(call: Call) -> Thing | None:
    """``model.score(X, y)``, ``model.evaluate(X, y)``."""
    receiver = call.receiver
    if receiver is None or not (receiver.kinds & PREDICTORS or receiver.fits()):
        return None
    call.role("metric", "score")
    features, truth = call.argument("X", 0) or call.argument("x"), call.argument("y", 1)
    call.event.note({"features": features, "truth": truth, "learner": receiver})
    return judged(call, call.gives("number", without=ROW_TAGS | {"predicted"}), features)


# -- splitting ---------------------------------------------------------------------------------------------------------------------------------------


def split(call: Call) -> Thing | None:
    """``train_test_split(X, y)``: two parts of each."""
    arrays = [*call.args, *(thing for name, thing in call.keywords.items() if name not in _OPTIONS)]
    if not arrays:
        return None
    call.role("split")
    call.event.note({"data": arrays, "manner": "train_test_split", "random": call.constant("shuffle") is not False})
    result = call.gives("list")
    if call.event.unpacks:
        result.set_field("[*]", call.gives("array"))
        return result
    result.items = [_part(one, call, side) for one in arrays for side in ("train", "test")]
    return result


def _part(source: Thing, call: Call, side: str) -> Thing:
    part = derive([source], kinds=source.kinds & _TABLES or frozenset({"array"}), event=call.event)
    part.tags |= {Tag("part", call.event, side)}
    return part


_TABLES = frozenset({"dataframe", "series", "array", "tensor", "spark-frame", "dataset", "hf-dataset", "list"})


def folds(call: Call) -> Thing | None:
    """``KFold().split(X)``: pairs of row numbers, one for each fold."""
    receiver = call.receiver
    if receiver is None or not receiver.is_a("splitter"):
        return None
    call.role("split", "folds")
    made = receiver.event
    shuffle = made.argument("shuffle") if made is not None else None
    random = shuffle is not None and shuffle.constant is True
    random = random or (made is not None and any("ShuffleSplit" in name or "Repeated" in name for name in made.names))
    call.event.note({"data": call.inputs()[:1], "manner": "folds", "random": random})
    sides = []
    for side in ("train", "test"):
        numbers = derive(call.inputs()[:1], kinds=frozenset({"row-numbers"}), event=call.event, without=ROW_TAGS)
        numbers.tags |= {Tag("part", call.event, side)}
        sides.append(numbers)
    pair = Thing(frozenset({"tuple"}), items=sides)
    result = call.gives("generator")
    result.set_field("[*]", pair)
    return result


def parts(call: Call) -> Thing | None:
    """``random_split(dataset, lengths)``, ``df.randomSplit(weights)``: as many parts as weights."""
    source = call.receiver if call.receiver is not None else call.argument("dataset", 0)
    if source is None:
        return None
    sizes = call.argument("weights", 0) if call.receiver is not None else call.argument("lengths", 1)
    call.role("split")
    call.event.note({"data": [source], "manner": "random_split", "random": True})
    count = len(sizes.items) if sizes is not None and sizes.items is not None else 0
    result = derive([source], kinds=frozenset({"parts"}), event=call.event)
    if count >= 2:
        result.items = named_parts(source, call, count)
    return result


def named_parts(source: Thing, call: Call, count: int) -> list[Thing]:
    """The parts of a split: the first is for training, the others are held out."""
    return [_part(source, call, "train" if place == 0 else "test") for place in range(count)]


def split_dataset(call: Call) -> Thing | None:
    """``dataset.train_test_split()`` of Hugging Face: a dictionary of two parts."""
    if call.receiver is None:
        return None
    call.role("split")
    call.event.note({"data": [call.receiver], "manner": "train_test_split", "random": call.constant("shuffle") is not False})
    result = call.gives("dict")
    for side in ("train", "test"):
        result.set_field(f"['{side}']", _part(call.receiver, call, side))
    return result


# -- saving and loading ------------------------------------------------------------------------------------------------------------------------------


def saved(call: Call) -> Thing | None:
    """``joblib.dump(model, path)`` and the like."""
    writer = next((WRITERS[name] for name in sorted(call.event.names) if name in WRITERS), None)
    thing = call.argument("obj", 0) or call.argument("value") or call.argument("sk_model") or call.argument("model")
    if writer is not None and writer[1] == 0 and len(call.args) > 1:
        thing = call.args[1]
    call.role("save")
    call.event.note({"saved": [one for one in ([thing] if thing is not None else []) if one.constant is UNKNOWN]})
    return Thing(constant=None, event=call.event)


def logged(call: Call) -> Thing | None:
    """``mlflow.sklearn.log_model(model, …)``."""
    call.role("save", "log-model")
    call.event.note({"saved": [one for one in call.inputs() if one.constant is UNKNOWN]})
    return call.gives(without=ROW_TAGS)


def saved_itself(call: Call) -> Thing | None:
    """``model.save(path)``, ``model.save_pretrained(path)``."""
    if call.receiver is None or not (
        call.receiver.kinds & (PREDICTORS | {"module", "tokenizer", "processor", "composite", "transformer"}) or call.receiver.fits()
    ):
        return None
    call.role("save")
    call.event.note({"saved": [call.receiver]})
    return Thing(constant=None, event=call.event)


def loaded(call: Call) -> Thing | None:
    """``joblib.load(path)``: something made elsewhere."""
    call.role("load")
    result = call.gives("loaded", of=call.inputs())
    result.origins = frozenset({call.event})
    return result


FUNCTIONS: dict[str, Model] = {
    **dict.fromkeys(_SPLITS, split),
    **dict.fromkeys(SCORING_FUNCTIONS, cross_validated),
    **dict.fromkeys(TRAINERS - set(SCORING_FUNCTIONS), trained),
    **dict.fromkeys(("torch.utils.data.random_split", "torch.utils.data.dataset.random_split"), parts),
    "sklearn.utils.resample": resampled,
    "sklearn.base.clone": cloned,
    **dict.fromkeys(WRITERS, saved),
    **{f"mlflow.{flavour}.{name}": logged for flavour in _FLAVOURS for name in ("log_model", "save_model")},
    **{f"{keras}.save_model": saved for keras in ("keras.models", "tensorflow.keras.models", "keras.saving", "tensorflow.saved_model")},
    "tensorflow.saved_model.save": saved,
    **dict.fromkeys(set(LOADERS) - {"numpy.load", "numpy.lib.npyio.load"}, loaded),
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {
    ("spark-frame", "randomSplit"): parts,
    ("hf-dataset", "train_test_split"): split_dataset,
    ("adapting-layer", "adapt"): fit,
}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    "fit": fit,
    "partial_fit": fit,
    "fit_generator": fit,
    "fit_on_texts": fit,
    **dict.fromkeys(("texts_to_sequences", "texts_to_matrix"), transform),
    "fit_transform": fit_transform,
    "transform": transform,
    "fit_resample": fit_resample,
    "fit_sample": fit_resample,
    **dict.fromkeys(("predict", "predict_proba", "predict_log_proba", "predict_classes", "decision_function", "fit_predict"), predict),
    **dict.fromkeys(("score", "evaluate"), scored),
    "split": folds,
    "randomSplit": parts,
    **dict.fromkeys(("save", "save_model", "save_pretrained", "save_weights"), saved_itself),
}
"""By method alone."""
