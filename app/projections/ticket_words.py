"""The words by which tickets are found: of the id, the title and the customer, whatever the case.

A ticket is found by how its words begin. A word begins wherever a letter or a digit follows
something else, so ``T-4711`` is found by ``t-47`` and by ``4711``; of the scripts of East Asia,
which are written without spaces, every character begins one.
"""

import re
from collections.abc import Iterator, Sequence
from unicodedata import normalize

import msgspec

from app.domain.ticket import Ticket
from app.projections.tickets import ALL_BUCKETS
from app.store.database import Connection, bucket_of, query

LONGEST = 40
"""Characters of a word that are kept, and looked for."""

MOST = 100
"""Words of a ticket that are kept: the id's first, then the customer's."""

LOOKED_AT = 2000
"""Characters of a title or a customer that words are taken from."""

SURE = 4
"""An estimate that is so many times too high is believed."""

_CHUNK = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_BEGIN = re.compile(r"(?<![^\W_])[^\W_]|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TAIL = re.compile(r"[\W_]+\Z")


def words_of(ticket: Ticket) -> list[str]:
    """The words of a ticket, each once."""
    return words_in(ticket.ticket_id, ticket.customer, ticket.title)


def words_in(*texts: str | None) -> list[str]:
    """Where words begin in these texts, each with what follows up to a space."""
    found: dict[str, None] = {}
    for text in texts:
        for chunk in _chunks(text or ""):
            for begin in _BEGIN.finditer(chunk):
                if len(found) < MOST:
                    found[_cut(chunk[begin.start() :])] = None
    return list(found)


def query_of(text: str) -> str | None:
    """A question for tickets with all these words, for PostgreSQL; None if there is no word."""
    wanted = []
    for chunk in _chunks(text):
        begin = _BEGIN.search(chunk)
        if begin is not None:
            wanted.append(_term(_cut(chunk[begin.start() :])))
    return " & ".join(dict.fromkeys(wanted)) or None


def _chunks(text: str) -> Iterator[str]:
    """Parts between spaces, spelt alike whatever the case, without what ends them."""
    text = text[:LOOKED_AT]
    alike = text.lower() if text.isascii() else normalize("NFKC", text).casefold()
    return map(_trim, _CHUNK.findall(alike))


def _cut(word: str) -> str:
    return _trim(word[:LONGEST])


def _trim(word: str) -> str:
    return word if word[-1:].isalnum() else _TAIL.sub("", word)


def _term(word: str) -> str:
    """One letter or digit begins too many words: it has to be the whole of one."""
    quoted = word.replace("\\", r"\\").replace("'", "''")
    return f"'{quoted}'" if len(word) == 1 and word.isascii() else f"'{quoted}':*"


def row_of(ticket: Ticket) -> tuple[object, ...]:
    """What a ticket is found by, in the order of the type ``words_row``."""
    return bucket_of(ticket.ticket_id), ticket.ticket_id, " ".join(words_of(ticket))


async def save(connection: Connection, tickets: Sequence[Ticket]) -> None:
    """Writes the words of tickets, whether they are there or not."""
    if tickets:
        await connection.execute(query("save_words"), [row_of(each) for each in tickets])


async def are_few(connection: Connection, wanted: str, few: int) -> bool:
    """Whether at most so many tickets are found; what is believed to be far more is not counted."""
    (plan,) = msgspec.json.decode(
        await connection.fetchval(query("estimate_found"), wanted, ALL_BUCKETS)
    )
    if plan["Plan"]["Plan Rows"] > SURE * few:
        return False
    found: int = await connection.fetchval(query("count_found"), wanted, ALL_BUCKETS, few + 1)
    return found <= few
