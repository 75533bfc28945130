"""A client that gets one thing again and again, on one connection."""

import http.client
import json
import time
from statistics import median

PAGE = 500
"""Events of the log, as many as a page may have."""


class Refused(Exception):
    """An answer that was no success: the figure would mean nothing."""


def ask(port: int, path: str, times: int) -> dict[str, float]:
    """Seconds until the whole answer is there: the median; how many items the last had."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = _get(connection, path)  # the connection is made, and what can be remembered is
    seconds = []
    for _ in range(times):
        since = time.perf_counter()
        body = _get(connection, path)
        seconds.append(time.perf_counter() - since)
    connection.close()
    return {"median": median(seconds), "items": len(json.loads(body).get("items", ()))}


def ask_each(ports: list[int], paths: list[str], times: int) -> dict[str, list[dict[str, float]]]:
    """The same of several paths, each asked of one service after the other."""
    found: dict[str, list[dict[str, float]]] = {path: [] for path in paths}
    for path in paths:
        for port in ports:
            found[path].append(ask(port, path, times))
    return found


def page(port: int, pages: int) -> dict[str, float]:
    """Reads the log in its order from the beginning, so many pages at most, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    _get(connection, f"/v1/events?limit={PAGE}")
    since, items, place = time.perf_counter(), 0, "0"
    for _ in range(pages):
        answer = json.loads(_get(connection, f"/v1/events?limit={PAGE}&after={place}"))
        items += len(answer["items"])
        if answer["next_cursor"] is None:
            break
        place = answer["next_cursor"]
    elapsed = time.perf_counter() - since
    connection.close()
    return {"items": items, "elapsed": elapsed}


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise Refused(f"{path}: {answer.status}: {body[:500]!r}")
    return body
