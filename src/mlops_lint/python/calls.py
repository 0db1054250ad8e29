"""What a rule means when it names calls: exact names, families of names, and attributes of whatever object."""

from __future__ import annotations

from collections.abc import Iterable


class CallPattern:
    """A set of callee names.

    ``torch.load`` is that name; ``pandas.read_*`` every name that begins so (no further dot); ``sklearn.cluster.**`` everything below;
    ``.fit`` any call of an attribute of that name.
    """

    __slots__ = ("_attributes", "_exact", "_families", "_trees", "targets")

    def __init__(self, targets: Iterable[str]) -> None:
        self.targets = tuple(targets)
        self._exact = frozenset(one for one in self.targets if not one.startswith(".") and not one.endswith("*"))
        self._attributes = frozenset(one[1:] for one in self.targets if one.startswith("."))
        self._trees = tuple(one[:-2] for one in self.targets if one.endswith("**"))
        self._families = tuple(one[:-1] for one in self.targets if one.endswith("*") and not one.endswith("**"))

    def matches(self, names: Iterable[str], attribute: str = "") -> bool:
        """Whether one of the possible names, or the attribute that is called, is meant."""
        if attribute and attribute in self._attributes:
            return True
        for name in names:
            if name in self._exact or (self._trees and name.startswith(self._trees)):
                return True
            if (
                self._families
                and name.startswith(self._families)
                and any(name.startswith(family) and "." not in name[len(family) :] for family in self._families)
            ):
                return True
        return False

    def words(self) -> frozenset[str]:
        """Identifiers of which a text must hold at least one for a match to be possible; empty when any text may match."""
        words: set[str] = set()
        for target in self.targets:
            if target.startswith("."):
                words.add(target[1:])
            elif target.endswith("*"):
                # A family's last word is open; its first one is what an import must spell.
                words.add(target.partition(".")[0].rstrip("*"))
            else:
                words.add(target.rpartition(".")[2])
        return frozenset(words)
