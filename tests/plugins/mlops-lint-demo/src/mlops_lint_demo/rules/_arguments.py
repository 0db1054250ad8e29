"""What the rules of this plugin share; a module with an underscore holds no rule."""

from __future__ import annotations

import libcst as cst


def may_carry(call: cst.Call, name: str) -> bool:
    """Whether a call passes a keyword, or may pass it by position or through ``*`` and ``**``."""
    return any(one.keyword is None or one.keyword.value == name for one in call.args)
