"""What git remembers: the latest commits, who made them, when, and which files they touched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. Times are seconds since 1970 (UTC); ``paths`` are POSIX, relative to the project root, and empty for a merge.

    Author and email are as the commit says, not checked and not mapped.
    """

    id: str
    author: str
    email: str
    authored: int
    committed: int
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The commits reachable from ``HEAD``, newest first.

    ``complete`` is false when there are older commits that are not listed: the clone is shallow, or the caps on number and time were met. What is absent
    from an incomplete history is unknown. ``shallow`` says that the clone itself holds no more.
    """

    commits: tuple[Commit, ...] = ()
    complete: bool = False
    shallow: bool = False

    def of(self, path: str) -> History:
        """The part of the history that touched one file, or any file below one folder."""
        below = path.rstrip("/") + "/"
        commits = tuple(one for one in self.commits if any(touched == path or touched.startswith(below) for touched in one.paths))
        return History(commits, self.complete, self.shallow)

    def last_change(self, path: str) -> Commit | None:
        """The newest commit that touched a file or folder, if the history reaches back to it."""
        commits = self.of(path).commits
        return commits[0] if commits else None

    @property
    def authors(self) -> tuple[tuple[str, int], ...]:
        """Author emails (names where there is no email) in lower case with their number of commits, most active first."""
        counts: dict[str, int] = {}
        for one in self.commits:
            key = (one.email or one.author).lower()
            counts[key] = counts.get(key, 0) + 1
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
