"""A version of a policy as it is answered: its content, and what in it is an assumption."""

from collections.abc import Iterator

import msgspec

from app.store.database import Row

Json = dict[str, object]


def view(row: Row) -> Json:
    """The version of a row; ``current_since`` is None for one that is in force no more."""
    content = msgspec.json.decode(row["content"])
    said = content if isinstance(content, dict) else {}  # of one that cannot be loaded
    return {
        "id": row["policy_id"],
        "version": row["version"],
        "name": said.get("name"),
        "source": said.get("source"),
        "registered_at": row["registered_at"],
        "current": row["current_since"] is not None,
        "current_since": row["current_since"],
        "assumptions": _remarks(content, "assumed"),
        "notes": _remarks(content, "note"),
        "content": content,
    }


def _remarks(content: object, word: str) -> list[Json]:
    """Every remark of one kind, with the path of what it is about, as error messages write it."""
    return [{"path": path, word: remark} for path, remark in _find(content, word, "")]


def _find(value: object, word: str, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        for index, child in enumerate(value):
            yield from _find(child, word, f"{path}[{index}]")
    elif isinstance(value, dict):
        if word in value:
            yield path, value[word]
        for key, child in value.items():
            if key != "data":  # what is carried to a role means nothing here
                yield from _find(child, word, f"{path}.{key}" if path else key)
