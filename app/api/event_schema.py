"""What ``POST /v1/events`` takes, as OpenAPI says it: made of the models that check it."""

from typing import Any

from app.intake.envelope import LONGEST_NAME, MOST_EVENTS
from app.intake.fact_data import MODELS, FactData

EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "helpdesk-8812-1",
    "source": "helpdesk",
    "type": "ticket.opened",
    "subject": "T-1",
    "time": "2026-11-21T10:00:00Z",
    "data": {"policy": "acme", "severity": "P1", "title": "Calls fail", "channel": "phone"},
}

LATER_EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "helpdesk-8812-2",
    "source": "helpdesk",
    "type": "ticket.agent_replied",
    "subject": "T-1",
    "time": "2026-11-21T10:12:00Z",
    "data": {"agent": "anna", "channel": "email"},
}

_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}


def _event(type_: str, model: type[FactData]) -> dict[str, Any]:
    """The schema of one type of event."""
    data = _inlined(model.model_json_schema())
    return {
        "title": type_,
        "type": "object",
        "required": ["id", "type", "subject", *(["data"] if data.get("required") else [])],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**_NAME, "description": "With source and subject, what makes it the same."},
            "source": {**_NAME, "description": "The system that reports it."},
            "type": {"const": type_},
            "subject": {**_NAME, "description": "The ticket's id."},
            "time": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "When it happened; left out, when it is recorded.",
            },
            "data": data,
        },
    }


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without references, which would point outside it once it stands elsewhere."""
    definitions = schema.pop("$defs", {})

    def resolve(node: object) -> object:
        if isinstance(node, list):
            return [resolve(child) for child in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolve(definitions[node["$ref"].removeprefix("#/$defs/")])
        return {key: resolve(child) for key, child in node.items()}

    return {key: resolve(child) for key, child in schema.items()}


EVENT = {"oneOf": [_event(type_, model) for type_, model in MODELS.items()]}

CLOUD_EVENT: dict[str, Any] = {
    "description": "An event that names its source and its version. Its data may stand in it as "
    "`data_base64` instead; the two exclude each other.",
    "allOf": [
        {"$ref": "#/components/schemas/Event"},
        {"type": "object", "required": ["specversion", "source"]},
    ],
}

SCHEMAS = {"Event": EVENT, "CloudEvent": CLOUD_EVENT}
"""Where the document keeps them: ``#/components/schemas/``."""


def _batch_of(name: str) -> dict[str, Any]:
    return {"type": "array", "maxItems": MOST_EVENTS, "items": _one(name)}


def _one(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _attribute(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": f"ce-{name}",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": description,
        "example": example,
    }


BACKFILL: dict[str, Any] = {
    "name": "backfill",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["true", "false"], "default": "false"},
    "description": "With `true` the events are history: judged in full, and nobody is told of what "
    "they show to have been reached by now.",
}

PARAMETERS = [
    BACKFILL,
    _attribute(
        "specversion",
        "Binary mode: the event's attributes are headers such as this, percent-encoded where they "
        "are not printable ASCII, and the body, JSON, is its `data`.",
        "1.0",
    ),
    _attribute("id", "Binary mode: the event's `id`.", "helpdesk-8812-1"),
    _attribute("source", "Binary mode: the event's `source`.", "helpdesk"),
    _attribute("type", "Binary mode: the event's `type`.", "ticket.opened"),
    _attribute("subject", "Binary mode: the ticket's id.", "T-1"),
    _attribute("time", "Binary mode: when it happened.", "2026-11-21T10:00:00Z"),
]

REQUEST_BODY: dict[str, Any] = {
    "required": False,
    "description": "An event or a batch of them, by the content type; in binary mode, which the "
    "header `ce-specversion` tells, the `data` of one event, which may be left out.",
    "content": {
        "application/cloudevents+json": {
            "schema": _one("CloudEvent"),
            "examples": {"structured": {"value": EXAMPLE}},
        },
        "application/cloudevents-batch+json": {
            "schema": _batch_of("CloudEvent"),
            "examples": {"batch": {"value": [EXAMPLE, LATER_EXAMPLE]}},
        },
        "application/json": {
            "schema": {"anyOf": [_one("Event"), _batch_of("Event")]},
            "examples": {
                "one event": {"value": EXAMPLE},
                "several": {"value": [EXAMPLE, LATER_EXAMPLE]},
            },
        },
    },
}
