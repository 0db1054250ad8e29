"""The subset of SARIF 2.1.0 that we write, as a JSON schema: what the standard requires of it, and nothing that we do not mean to write."""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_INDEX: dict[str, Any] = {"type": "integer", "minimum": 0}
_ONE: dict[str, Any] = {"type": "integer", "minimum": 1}
_LEVEL: dict[str, Any] = {"enum": ["note", "warning", "error"]}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def _array(items: dict[str, Any], least: int = 0, most: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least} | ({} if most is None else {"maxItems": most})


# 3.11 message: text is one line for us, ended by a full stop, question or exclamation mark (Multitool SARIF2001).
_MESSAGE = _object({"text": {"type": "string", "pattern": r"^[^\n\r]*[.!?]$"}})
_DESCRIPTION = _object({"text": _TEXT})
# 3.4 artifactLocation: a relative reference (RFC 3986) under a base.
_ARTIFACT = _object({"uri": {"type": "string", "pattern": r"^(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+$"}, "uriBaseId": {"const": "SRCROOT"}})
# 3.30 region: text regions count from 1.
_CONTENT = _object({"text": {"type": "string"}})
_REGION = _object({"startLine": _ONE, "startColumn": _ONE, "endLine": _ONE, "endColumn": _ONE}, {"snippet": _CONTENT})
_PHYSICAL = _object({"artifactLocation": _ARTIFACT, "region": _REGION}, {"contextRegion": _REGION})
_LOGICAL = _object({"name": {"type": "string", "pattern": r"^cell [0-9]+, line [0-9]+$"}, "fullyQualifiedName": _TEXT, "kind": {"const": "cell"}})
_LOGICALS = _array(_LOGICAL, 1, 1)
_REPLACEMENT = _object({"deletedRegion": _REGION, "insertedContent": _CONTENT})
_CHANGE = _object({"artifactLocation": _ARTIFACT, "replacements": _array(_REPLACEMENT, 1)})
_RULE = _object(
    {
        "id": {"type": "string", "pattern": "^[A-Z]{1,2}[0-9]{3}$"},
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9-]+$", "maxLength": 255},
        "shortDescription": _object({"text": {**_TEXT, "maxLength": 1024}}),
        "fullDescription": _object({"text": {**_TEXT, "maxLength": 1024}}),
        "help": _object({"text": _TEXT, "markdown": _TEXT}),
        "helpUri": {"type": "string", "pattern": "^https://[^ ]+$"},
        "defaultConfiguration": _object({"level": _LEVEL}),
        "properties": _object(
            {
                "tags": {**_array(_TEXT, 1, 20), "uniqueItems": True},
                "precision": {"enum": ["low", "medium", "high"]},
                "problem.severity": {"enum": ["recommendation", "warning", "error"]},
            },
            {"security-severity": {"type": "string", "pattern": r"^(?:10\.0|[0-9]\.[0-9])$"}},
        ),
    }
)
_RESULT = _object(
    {
        "ruleId": _TEXT,
        "ruleIndex": _INDEX,
        "kind": {"const": "fail"},
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _array(_object({"physicalLocation": _PHYSICAL}, {"logicalLocations": _LOGICALS}), 1, 1),
        "suppressions": _array(_object({"kind": {"enum": ["inSource", "external"]}, "status": {"const": "accepted"}}, {"justification": _TEXT})),
        "properties": _object({"confidence": {"enum": ["low", "medium", "high"]}}, {"help": _TEXT}),
    },
    {
        "relatedLocations": _array(
            _object({"id": _ONE, "message": _MESSAGE, "physicalLocation": _PHYSICAL}, {"logicalLocations": _LOGICALS}), 1, 1000
        ),
        "fixes": _array(
            _object(
                {
                    "description": _MESSAGE,
                    "artifactChanges": _array(_CHANGE, 1),
                    "properties": _object({"safety": {"enum": ["safe", "unsafe", "display"]}}),
                }
            ),
            1,
        ),
        "partialFingerprints": {**_object({}, {"primaryLocationLineHash": _TEXT, "mlopsLint/v1": _TEXT}), "minProperties": 1},
    },
)
_NOTIFICATION = _object(
    {"descriptor": _object({"id": _TEXT}), "level": _LEVEL, "message": _MESSAGE},
    {"locations": _array(_object({"physicalLocation": _object({"artifactLocation": _ARTIFACT})}), 1, 1)},
)
_DRIVER = _object(
    {
        "name": {"const": "mlops-lint"},
        "semanticVersion": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+"},
        "version": _TEXT,
        "informationUri": {"type": "string", "pattern": "^https://"},
        "rules": _array(_RULE, 1),
    }
)
_RUN = _object(
    {
        "tool": _object({"driver": _DRIVER}),
        "automationDetails": _object({"id": {"type": "string", "pattern": "^mlops-lint/"}}),
        "columnKind": {"const": "unicodeCodePoints"},
        "originalUriBaseIds": _object({"SRCROOT": _object({"description": _DESCRIPTION})}),
        "invocations": _array(_object({"executionSuccessful": {"type": "boolean"}, "toolExecutionNotifications": _array(_NOTIFICATION)}), 1, 1),
        "results": _array(_RESULT, 0, 5000),
    }
)
SARIF_SCHEMA: dict[str, Any] = _object(
    {"$schema": {"const": "https://json.schemastore.org/sarif-2.1.0.json"}, "version": {"const": "2.1.0"}, "runs": _array(_RUN, 1, 1)}
)
