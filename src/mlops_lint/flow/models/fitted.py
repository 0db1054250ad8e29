"""What fitted steps tell in other ways than by ``transform``: layers that are called, selectors that say which columns they have chosen."""

from __future__ import annotations

from mlops_lint.flow.models.call import Call, Model
from mlops_lint.flow.things import Tag, Thing


def adapted(call: Call) -> Thing | None:
    """``layer(rows)``: what an adapted layer has learnt is worked into these."""
    if call.receiver is None:
        return None
    call.role("transform")
    source = call.args[0] if call.args else None
    call.event.note({"features": source})
    result = call.gives("tensor")
    result.tags |= {Tag("learned", event) for event in call.receiver.fits()}
    return result


_CHOSEN = frozenset({"support_", "ranking_", "scores_", "pvalues_", "variances_", "get_support", "get_feature_names_out", "k_feature_idx_"})


def told_by_selector(selector: Thing, name: str) -> frozenset[Tag]:
    """The marks of what a fitted selector says of the columns: to choose by it is to use what it has learnt."""
    if name not in _CHOSEN or not selector.is_a("selector"):
        return frozenset()
    return frozenset(Tag("learned", event) for event in selector.fits() if "learn" in event.roles)


def chosen_columns(call: Call) -> Thing | None:
    """``selector.get_support()``, ``selector.get_feature_names_out()``: the columns that a fitted selector has chosen."""
    if call.receiver is None or not call.receiver.is_a("selector"):
        return None
    result = call.gives(of=call.inputs())
    result.parents = (*result.parents, call.receiver)
    result.tags |= told_by_selector(call.receiver, call.event.method)
    return result


def scaled_at_once(call: Call) -> Thing | None:
    """``scale(X)``, ``zscore(x)``: fitted to these rows and applied to them in one call."""
    source = call.argument("X", 0) or call.argument("a")
    if source is None or call.constant("axis") in (1, -1):
        return None
    learner = Thing(frozenset({"transformer", "scaler"}), event=call.event)
    call.role("fit", "learn", "transform")
    call.event.note({"features": source, "target": None, "learner": learner})
    result = call.gives("array", of=[source])
    result.tags |= {Tag("learned", call.event)}
    return result


FUNCTIONS: dict[str, Model] = {
    **{
        f"sklearn.preprocessing.{name}": scaled_at_once
        for name in ("scale", "minmax_scale", "maxabs_scale", "robust_scale", "quantile_transform", "power_transform")
    },
    "scipy.stats.zscore": scaled_at_once,
}
"""By qualified name."""

METHODS: dict[tuple[str, str], Model] = {
    ("selector", "get_support"): chosen_columns,
    ("selector", "get_feature_names_out"): chosen_columns,
}
"""By kind of the receiver and method."""

ANY_METHODS: dict[str, Model] = {}
"""By method alone."""
