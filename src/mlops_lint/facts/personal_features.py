"""Personal features: columns of personal data that reach a learner or a tokenizer in the clear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mlops_lint.facts.feature_columns import Columns, FeatureColumns, dropped_columns
from mlops_lint.facts.personal_names import is_masking, personal_kind, speaks_of_persons, weak_kind
from mlops_lint.facts.personal_values import is_masked, personal
from mlops_lint.facts.runs import Run
from mlops_lint.facts.tables import literal_strings
from mlops_lint.flow.things import Thing
from mlops_lint.flow.trace import Event
from mlops_lint.knowledge.learners import PREDICTORS

_MESSAGES: Final = ("email", "emails", "e-mail", "e-mails", "mail")
_COLUMN_TRANSFORMERS = ("ColumnTransformer", "make_column_transformer")
_TOKENIZES = frozenset({"encode", "encode_plus", "batch_encode_plus", "tokenize", "texts_to_sequences", "fit_on_texts", "__call__"})
_HASHERS = ("FeatureHasher", "HashingVectorizer", "HashingEncoder", "Hashing")
# What may be done to a column that leaves in it what identifies a person: cleaning, and turning every value into a number or column of its own.
_KEEPS = frozenset(
    "astype apply_str capitalize casefold copy factorize fillna fit_transform get_dummies head lower lstrip normalize reset_index replace rstrip strip title "
    "to_datetime to_numpy tolist transform upper".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class PersonalFeatures:
    """A learning call, and the personal columns that reach it, with their kinds."""

    event: Event
    columns: dict[str, str]
    by_tokenizer: bool = False


def personal_features(run: Run) -> Iterator[PersonalFeatures]:
    """The learning calls of a run that personal columns reach; the same place may come up several times."""
    fits = [event for event in run.trace.with_role("fit", "cross-validate") if "resample" not in event.roles]
    if fits:
        known = FeatureColumns(run)
        gone = dropped_columns(run)
        for event in fits:
            found = _of_fit(event, known, gone)
            if found:
                yield PersonalFeatures(event, found)
    for event in run.trace.select(_of_call):
        yield PersonalFeatures(event, _of_call(event), "VectorAssembler" not in event.method)


def _of_call(event: Event) -> dict[str, str]:
    """What a tokenizer or assembler is given of persons."""
    return _of_tokenizer(event) or _of_assembler(event) if event.what == "call" else {}


def _of_fit(event: Event, known: FeatureColumns, gone: set[str]) -> dict[str, str]:
    learner = event.operands.get("learner")
    features = event.operands.get("features")
    if not isinstance(features, Thing) or (isinstance(learner, Thing) and (learner.is_a("label-encoder") or _hashes(learner))):
        return {}
    columns: Columns = {}
    chosen = _chosen_columns(learner) if isinstance(learner, Thing) else None
    if chosen is None or chosen[1]:
        columns = {name: value for name, value in known.of(features).items() if name not in gone or _is_chosen(features)}
    columns.update(dict.fromkeys(chosen[0] if chosen is not None else ()))
    found = _personal(columns, features)
    if isinstance(learner, Thing) and learner.is_a("vectorizer") and all(_may_be_message(name) for name in found):
        return {}  # a column named email that is read as text holds the messages
    return found


def _may_be_message(name: str) -> bool:
    """Whether a name may mean e-mails themselves, not the addresses."""
    return name.lower() in _MESSAGES


def _personal(columns: Columns, features: Thing) -> dict[str, str]:
    """Those of some columns that hold personal data in the clear."""
    found = {name: kind for name, value in columns.items() if (kind := personal_kind(name)) and (value is None or _is_clear(value))}
    if found or _is_about_persons(features):
        found.update({name: kind for name, value in columns.items() if (kind := weak_kind(name)) and (value is None or _is_clear(value))})
    return found


def _is_about_persons(features: Thing) -> bool:
    """Whether the file that a table was read from is named after persons."""
    for origin in features.origins:
        if "read" in origin.roles:
            given = [seen.constant for seen in origin.inputs()]
            if any(isinstance(one, str) and speaks_of_persons(one.rpartition("/")[2]) for one in given):
                return True
    return False


def _is_chosen(features: Thing) -> bool:
    """Whether the features are columns that the code names one by one."""
    for _ in range(12):
        if features.how[:1] in (("columns",), ("column",)) or (features.how[:1] == ("rows",) and literal_strings(features.how[1]) is not None):
            return True
        if not features.parents:
            return False
        features = features.parents[0]
    return False


def _is_clear(value: Thing) -> bool:
    """Whether what was put into a column still tells one person from another."""
    if is_masked(value) or isinstance(value.constant, (str, int, float)):
        return False
    for _ in range(8):
        if value.how[:1] in (("compare",), ("binary",), ("unary",)) or _is_piece(value):
            return False
        if value.how[:1] in (("column",), ("item",)) or value.event is None or value.event.result is not value:
            return True
        made = value.event
        if "read" in made.roles:
            return True
        if made.method not in _KEEPS:
            return made.receiver is None and not made.names
        held = made.receiver.thing if made.receiver is not None and made.receiver.is_a("series", "dataframe", "array") else None
        held = held or (made.args[0].thing if made.args else None)
        if held is None:
            return True
        value = held if held.how[:1] != ("attribute",) or not isinstance(held.how[2], Thing) else held.how[2]
    return True


def _is_piece(value: Thing) -> bool:
    """Whether a value is a piece of each text: ``column.str.split("@").str[1]``."""
    return value.how[:1] in (("rows",), ("item",)) and value.how[2].how[:2] == ("attribute", "str")


def _chosen_columns(learner: Thing) -> tuple[tuple[str, ...], bool] | None:
    """The columns that a learner's ``ColumnTransformer`` names, and whether it lets the others through; ``None`` where it has none."""
    for one in (learner, *learner.ancestors(80)):
        made = one.event
        if made is None or made.method not in _COLUMN_TRANSFORMERS or made.what != "call":
            continue
        steps = made.argument("transformers", 0)
        triples = (steps.thing.items or []) if steps is not None and made.method == "ColumnTransformer" else [seen.thing for seen in made.args]
        names: list[str] = []
        for triple in triples:
            items = triple.items or []
            if items and not any(_hashes(part) or part.constant == "drop" for part in items):
                names.extend(literal_strings(items[-1]) or ())
        rest = made.keywords.get("remainder")
        return tuple(names), rest is not None and rest.constant != "drop"
    return None


def _hashes(thing: Thing) -> bool:
    """Whether a learner makes hashes of what it is given."""
    made = thing.event
    return made is not None and (made.method in _HASHERS or is_masking(made.method))


def _of_tokenizer(event: Event) -> dict[str, str]:
    """What a tokenizer is given of persons."""
    receiver = event.receiver
    if (
        receiver is None
        or event.method not in _TOKENIZES
        or not receiver.is_a("tokenizer")
        or not isinstance(event.code, list)
        or event.code[0] != "c"
    ):
        return {}
    codes = event.code[2]
    if len(codes) != len(event.args):
        return {}
    for code, seen in zip(codes, event.args, strict=True):
        found = personal(code, seen.thing)
        if found is not None and (code[0] == "f" or not _may_be_message(found[1])):
            return {found[1]: found[0]}
    return {}


def _of_assembler(event: Event) -> dict[str, str]:
    """What Spark is told to put together as features."""
    if event.method != "VectorAssembler" or "inputCols" not in event.keywords:
        return {}
    names = literal_strings(event.keywords["inputCols"].thing) or ()
    return {name: kind for name in names if (kind := personal_kind(name))}


def trains(event: Event) -> bool:
    """Whether a learning call trains a model."""
    learner = event.operands.get("learner")
    return bool(event.roles & {"train", "cross-validate"}) or (isinstance(learner, Thing) and bool(learner.kinds & PREDICTORS))
