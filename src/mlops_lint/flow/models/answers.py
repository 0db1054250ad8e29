"""Answers: what a model's predictions are (labels, probabilities, scores, values), and what turns the one into the other."""

from __future__ import annotations

from mlops_lint.flow.models import frames
from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.things import Tag, Thing, derive
from mlops_lint.python.values import UNKNOWN

_DETAILS = {"predict_proba": "probabilities", "predict_log_proba": "scores", "decision_function": "scores", "score_samples": "scores"}
_LABEL_OBJECTIVES = ("multi:softmax", "binary:hinge")
_PROBABILITY_OBJECTIVES = ("binary", "multi", "cross_entropy", "xentropy", "softmax")
_VALUE_OBJECTIVES = ("reg", "l1", "l2", "mse", "mae", "rmse", "mean_", "huber", "poisson", "quantile", "mape", "gamma", "tweedie", "count:", "fair")
_PROBABLE, _PLAIN = frozenset({"sigmoid", "softmax", "hard_sigmoid"}), frozenset({"linear", "relu", None})


def given_by(learner: Thing | None, method: str) -> str:
    """What a method of a learner gives for each row: ``labels``, ``probabilities``, ``scores``, ``values``; empty for what is not known."""
    if method in _DETAILS:
        return _DETAILS[method]
    if method == "predict_classes":
        return "labels"
    if learner is None:
        return ""
    if learner.is_a("keras-model"):
        return _last_layer_gives(learner)
    objective = _objective(learner) if learner.is_a("booster") else None
    if isinstance(objective, str):
        return "" if learner.is_a("classifier") else _by_objective(objective)
    is_classifier, is_regressor = learner.is_a("classifier"), learner.is_a("regressor")
    if is_classifier == is_regressor:
        return "labels" if learner.is_a("clusterer", "detector") else ""
    if is_classifier:
        return "labels"
    return "" if learner.is_a("booster") and objective is UNKNOWN else "values"


def _objective(learner: Thing) -> object:
    """The objective that a boosted model was made with: a text, ``None`` where it is the default, UNKNOWN."""
    made = learner.event
    if made is None:
        return UNKNOWN
    given = made.argument("objective") or made.argument("loss_function")
    if given is not None:
        return given.constant
    if "train" not in made.roles:
        return UNKNOWN if made.unpacks else None
    params = made.argument("params", 0)
    entry = params.thing.field("['objective']") or params.thing.field("['loss_function']") if params is not None else None
    return entry.constant if entry is not None else UNKNOWN


def _by_objective(objective: str) -> str:
    said = objective.lower()
    if said in _LABEL_OBJECTIVES:
        return "labels"
    if said.startswith(_PROBABILITY_OBJECTIVES):
        return "probabilities"
    return "values" if said.startswith(_VALUE_OBJECTIVES) else ""


def _last_layer_gives(model: Thing) -> str:
    layer = _last_layer(model)
    if layer is None or layer.event is None:
        return ""
    last = min(layer.event.names, default="").rpartition(".")[2]
    if last == "Softmax":
        return "probabilities"
    place = {"Dense": 1, "Activation": 0}.get(last)
    if place is None:
        return ""
    given = layer.event.argument("activation", place)
    said = given.constant if given is not None else None
    if given is not None and given.thing.names:
        said = min(given.thing.names).rpartition(".")[2]
    return "probabilities" if said in _PROBABLE else "values" if said in _PLAIN else ""


def _last_layer(model: Thing) -> Thing | None:
    """The layer that gives a Keras model's answer: the last of a sequence, or the one whose output the model was made with."""
    made = model.event
    outputs = made.argument("outputs", 1) if made is not None and made.method == "Model" else None
    if outputs is not None:
        applied = outputs.thing.event
        return applied.callee if applied is not None else None
    if made is None or made.method != "Sequential" or not model.parents:
        return None
    last = model.parents[-1]
    return last.items[-1] if last.items else last


def relabelled(tags: frozenset[Tag], detail: str) -> frozenset[Tag]:
    """The marks of predictions that were turned into something else (rounded, compared with a threshold)."""
    if not any(tag.name == "predicted" for tag in tags):
        return tags
    return frozenset(Tag("predicted", tag.event, detail) if tag.name == "predicted" else tag for tag in tags)


def _source(call: Call) -> Thing | None:
    return call.receiver if call.receiver is not None else (call.args[0] if call.args else None)


def _turned(call: Call, source: Thing, detail: str) -> Thing:
    result = derive([source], kinds=frozenset({"array", "prediction"}), event=call.event)
    result.tags = relabelled(result.tags, detail)
    return result


def chosen_class(call: Call) -> Thing | None:
    """``np.argmax(scores, axis=1)``: scores become labels."""
    source = _source(call)
    if source is None or not source.tagged("predicted"):
        return None
    return _turned(call, source, "labels")


def rounded(call: Call) -> Thing | None:
    """``np.round(prediction)``: whole numbers; with decimals, much what the model gave."""
    source = _source(call)
    if source is None or not source.tagged("predicted"):
        return None
    decimals = call.constant("decimals", 0 if call.receiver is not None else 1)
    if decimals is not None and decimals != 0:
        return derive([source], kinds=source.kinds, event=call.event)
    return _turned(call, source, "rounded")


def chosen_class_of_array(call: Call) -> Thing | None:
    """``array.argmax(axis=1)``."""
    return chosen_class(call) or frames.counted(call)


def rounded_array(call: Call) -> Thing | None:
    """``array.round()``."""
    return rounded(call) or frames.kept(call)


def cast(call: Call) -> Thing | None:
    """``array.astype(int)``: of predictions, whole numbers."""
    kind = call.argument("dtype", 0)
    source = call.receiver
    if kind is None or source is None:
        return frames.kept(call)
    said = kind.constant if isinstance(kind.constant, str) else min(kind.names, default="").rpartition(".")[2]
    if source.tagged("predicted") and said.startswith(("int", "uint", "bool")) and not source.tagged("predicted", "labels"):
        return _turned(call, source, "rounded")
    return frames.kept(call)


def chosen(call: Call) -> Thing | None:
    """``np.where(scores > 0.5, 1, 0)``: labels by a threshold."""
    condition = call.args[0] if call.args else None
    if condition is None or not any(one.tagged("predicted") for one in call.inputs()):
        return frames.made_array(call)
    result = call.gives("array", "prediction")
    result.tags = relabelled(result.tags, "labels" if condition.tagged("predicted", "labels") else "rounded")
    return result


def decoded(call: Call) -> Thing | None:
    """``encoder.inverse_transform(prediction)``: of an encoder of labels, labels."""
    source = call.argument("y", 0)
    if call.receiver is None or not call.receiver.is_a("label-encoder") or source is None or not source.tagged("predicted"):
        return None
    return _turned(call, source, "labels")


FUNCTIONS: dict[str, Model] = {
    **dict.fromkeys(("numpy.argmax", "torch.argmax", "tensorflow.argmax", "tensorflow.math.argmax"), chosen_class),
    **dict.fromkeys(("numpy.round", "numpy.rint", "numpy.around", "torch.round", "tensorflow.round", "builtins.round"), rounded),
    "numpy.where": chosen,
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {
    **{(kind, "round"): rounded_array for kind in ("array", "tensor")},
    **{(kind, "argmax"): chosen_class_of_array for kind in ("array", "series")},
    **{(kind, "astype"): cast for kind in ("array", "tensor")},
}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {
    "argmax": chosen_class,
    "round": rounded,
    "inverse_transform": decoded,
}
"""By method alone."""
