"""Questions to versions and markers together, for rules that do not read them themselves."""

from __future__ import annotations

from functools import lru_cache

from mlops_lint.documents import specifiers
from mlops_lint.documents.markers import can_coexist


# Files that include each other meet in every environment that starts at one of them, and are compared in each.
@lru_cache(maxsize=65536)
def exclude_each_other(first: str, first_marker: str, second: str, second_marker: str) -> bool:
    """Whether no version satisfies two specifiers although both apply to some interpreter; what cannot be told counts as no.

    Versions that differ in nothing but their build labels (``+cpu``, ``+cu118``) are the same release.
    """
    if specifiers.disjoint(first, second) is not True:
        return False
    pins = [specifiers.exact_version(one) for one in (first, second)]
    if pins[0] is not None and pins[1] is not None and specifiers.same_public_version([pin.partition("+")[0] for pin in pins if pin]) is not None:
        return False
    return can_coexist(first_marker, second_marker) is True
