"""The parts of the schema that policies are written of: words, spans, conditions, facts."""

from app.domain.conditions import OPERATORS, PREVIOUS_FIELDS, TICKET_FIELDS
from app.domain.events import CHANNELS, FACT_TYPES
from app.domain.ticket import STATUSES, WRITERS
from app.policy_files.clocks import COMMITMENTS

Schema = dict[str, object]

DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SPAN = "([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?|[0-9]{1,4}bd|eobd\\+[0-9]{1,4}"

REMARKS: Schema = {
    "note": {"description": "What the text says, or why the file says it so. It means nothing."},
    "assumed": {"description": "A reading that is not the text's own. It means nothing."},
}
"""What may stand in every mapping of the language."""


def ref(name: str, description: str = "") -> Schema:
    """What ``$defs`` says of a part, with what it is for in this place."""
    described: Schema = {"description": description} if description else {}
    return {**described, "$ref": f"#/$defs/{name}"}


def flag(description: str) -> Schema:
    """True or false."""
    return {"description": description, "type": "boolean"}


def several(one: Schema, description: str = "") -> Schema:
    """A list, or a single value that stands for a list of one."""
    described: Schema = {"description": description} if description else {}
    return {**described, "anyOf": [one, {"type": "array", "items": one}]}


def or_text(mapping: Schema) -> Schema:
    """A mapping, or its name alone."""
    return {"anyOf": [ref("text"), mapping]}


def mapping(description: str, required: tuple[str, ...] = (), /, **members: object) -> Schema:
    """A mapping of the language: no other members than these, notes and assumptions aside."""
    return {
        "description": description,
        "type": "object",
        "properties": {**members, **REMARKS},
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def by_name(names: Schema, value: Schema, description: str = "") -> Schema:
    """A mapping whose members the file names itself."""
    described: Schema = {"description": description} if description else {}
    return {
        **described,
        "type": "object",
        "properties": REMARKS,
        "propertyNames": {"anyOf": [{"enum": list(REMARKS)}, names]},
        "additionalProperties": value,
    }


def of_a_fact() -> Schema:
    """The members that name a fact."""
    return {
        "fact": ref("fact_type"),
        "if": ref("conditions_at_a_fact"),
    }


def telling() -> Schema:
    """The members that say who is told, and what."""
    return {
        "tell": ref("text", "The role that is told."),
        "reason": ref("text", "Why it is told."),
        "data": ref("data"),
    }


def words() -> Schema:
    """The small parts, by name."""
    return {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"},
        "text": {"type": ["string", "integer"]},
        "date": {"type": "string", "pattern": f"^{DATE}$", "examples": ["2026-12-24"]},
        "span": {
            "type": "string",
            "minLength": 2,
            "pattern": f"^({_SPAN})$",
            "examples": ["30m", "4h", "1d12h", "2bd", "eobd+1"],
        },
        "commitment": {"enum": list(COMMITMENTS)},
        "data": {"type": "object", "description": "Handed to the role that is told."},
        "severity": or_text(
            mapping(
                "A level of severity.",
                ("id",),
                id=ref("text"),
                name=ref("text", "Its name for people."),
                aliases=several(ref("text"), "Other words that tickets may use for it."),
            )
        ),
        "severity_step": mapping(
            "So many severities less severe than reported while something holds.",
            ("if", "down"),
            **{"if": ref("conditions_at_a_fact")},
            down={"type": "integer", "minimum": 1},
        ),
        "role": or_text(
            mapping(
                "Somebody who may be told.",
                ("id",),
                id=ref("text"),
                name=ref("text", "Its name for people."),
                carries=several(ref("carried"), "What it is handed whenever it is told."),
            )
        ),
        "carried": mapping(
            "Data handed over while something holds.",
            ("data",),
            **{"if": ref("conditions")},
            data=ref("data"),
        ),
        "flag": mapping(
            "A word that a ticket shows while something holds.",
            ("flag", "if"),
            flag=ref("id"),
            **{"if": ref("conditions")},
        ),
        "notice": mapping(
            "A fact of which a role is told, without a clock.",
            ("fact", "tell"),
            **of_a_fact(),
            **telling(),
            once=flag("Whether the role is told only once of a ticket for this reason."),
        ),
    }


def conditions() -> Schema:
    """Conditions, without and with a fact to look at, and facts under conditions."""
    compared: dict[str, Schema] = {
        "compared": {"type": ["string", "integer", "boolean", "null"]},
        "compared_flag": {"type": "boolean"},
        "compared_status": {"enum": list(STATUSES)},
        "compared_writer": {"enum": [*WRITERS, None]},
        "compared_channel": {"enum": [*CHANNELS, None]},
    }
    special = {
        "workaround_available": "compared_flag",
        "status": "compared_status",
        "last_message_by": "compared_writer",
        "channel": "compared_channel",
    }
    fields = {field: ref(special.get(field, "compared")) for field in sorted(TICKET_FIELDS)}
    previous = {f"previous.{field}": fields[field] for field in sorted(PREVIOUS_FIELDS)}
    of_the_ticket = {
        "^attributes\\..+$": ref("compared"),
        "^opened_in\\..+$": ref("compared_flag"),
    }
    of_the_fact = {"^fact\\..+$": ref("compared"), "^at_in\\..+$": ref("compared_flag")}
    return {
        **{name: _compared(value) for name, value in compared.items()},
        "conditions": {
            "description": "What must hold of the ticket, all of it.",
            "type": "object",
            "properties": {**fields, **REMARKS},
            "patternProperties": of_the_ticket,
            "additionalProperties": False,
        },
        "conditions_at_a_fact": {
            "description": "What must hold of the ticket and of the fact at hand, all of it.",
            "type": "object",
            "properties": {**fields, **previous, **REMARKS},
            "patternProperties": {**of_the_ticket, **of_the_fact},
            "additionalProperties": False,
        },
        "fact_type": {"description": "The type of a fact.", "enum": list(FACT_TYPES)},
        "fact": {
            "description": "A kind of fact, and what must hold for it to count.",
            "anyOf": [
                ref("fact_type"),
                mapping("A fact under conditions.", ("fact",), **of_a_fact()),
            ],
        },
    }


def _compared(one: Schema) -> Schema:
    """A value, or one operator with what it compares to."""
    takes = {"in": several(one), "not_in": several(one), "exists": {"type": "boolean"}}
    operators = {operator: takes.get(operator, one) for operator in OPERATORS}
    return {
        "anyOf": [
            one,
            {
                "type": "object",
                "properties": operators,
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]
    }
