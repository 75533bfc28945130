"""How a sender proves itself: published vectors, and whatever is not quite right."""

import pytest

from app.intake.verifying import NotProven, SharedSecret, Signed, verify

GITHUB = Signed("sha256", "X-Hub-Signature-256", "sha256=")
VECTOR_SECRET = "It's a Secret to Everybody"
VECTOR = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
TIMED = Signed("sha256", "X-S", "", "base64", "{timestamp}{body}", "X-T")
NOW = 1788249600


def why_not(
    proof: Signed | SharedSecret, headers: dict[str, str], body: bytes = b"Hello, World!"
) -> NotProven:
    """Why a request is not believed."""
    with pytest.raises(NotProven) as refused:
        verify(proof, [VECTOR_SECRET], headers, body, NOW)
    return refused.value


def test_githubs_published_vector() -> None:
    assert GITHUB.signature(VECTOR_SECRET, b"Hello, World!") == VECTOR
    verify(GITHUB, [VECTOR_SECRET], {"x-hub-signature-256": VECTOR}, b"Hello, World!", NOW)
    upper = VECTOR.replace("757107ea", "757107EA")
    verify(GITHUB, [VECTOR_SECRET], {"x-hub-signature-256": upper}, b"Hello, World!", NOW)


def test_rfc_2202_sha1() -> None:
    proof = Signed("sha1", "X-Hub-Signature", "sha1=")
    signature = proof.signature("Jefe", b"what do ya want for nothing?")
    assert signature == "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"


def test_while_a_sender_is_moved_to_another_secret_both_count() -> None:
    for secret in ("new", VECTOR_SECRET):
        headers = {"x-hub-signature-256": GITHUB.signature(secret, b"x")}
        verify(GITHUB, ["new", VECTOR_SECRET], headers, b"x", NOW)


@pytest.mark.parametrize(
    "offered",
    [
        VECTOR.removeprefix("sha256="),
        VECTOR.replace("sha256", "sha1"),
        VECTOR[:-1],
        VECTOR + "0",
        "sha256=",
        "\u00fc" * 64,
    ],
)
def test_a_wrong_signature(offered: str) -> None:
    refused = why_not(GITHUB, {"x-hub-signature-256": offered})
    assert str(refused) == "the signature in X-Hub-Signature-256 is not right for this body"
    assert not refused.absent


def test_another_body_or_another_secret() -> None:
    why_not(GITHUB, {"x-hub-signature-256": VECTOR}, b"Hello, World?")
    with pytest.raises(NotProven):
        verify(GITHUB, ["other"], {"x-hub-signature-256": VECTOR}, b"Hello, World!", NOW)
    with pytest.raises(NotProven):
        verify(GITHUB, [], {"x-hub-signature-256": VECTOR}, b"Hello, World!", NOW)


@pytest.mark.parametrize("headers", [{}, {"x-hub-signature-256": ""}])
def test_no_signature_at_all(headers: dict[str, str]) -> None:
    refused = why_not(GITHUB, headers)
    assert str(refused) == "the header X-Hub-Signature-256 is missing"
    assert refused.absent


@pytest.mark.parametrize(
    "timestamp",
    ["2026-09-01T08:00:00Z", "2026-09-01T10:04:59+02:00", f"{NOW - 300}", f"{NOW + 300}000"],
)
def test_a_timestamp_is_signed_too(timestamp: str) -> None:
    headers = {"x-s": TIMED.signature(VECTOR_SECRET, b"{body}", timestamp), "x-t": timestamp}
    verify(TIMED, [VECTOR_SECRET], headers, b"{body}", NOW)
    moved = {**headers, "x-t": f"{NOW - 1}"}
    assert "is not right" in str(why_not(TIMED, moved, b"{body}"))


@pytest.mark.parametrize(
    ("timestamp", "says"),
    [
        (f"{NOW - 301}", "is 301 s old"),
        (f"{NOW + 301}", "is 301 s ahead"),
        ("2026-09-01T07:00:00Z", "is 3600 s old"),
        ("0001-01-01T00:00:00+23:59", "s old"),
        ("yesterday", "is none"),
        ("{body}", "is none"),
        ("\u0663\u0663", "is none"),
        ("", "the header X-T is missing"),
    ],
)
def test_a_timestamp_out_of_its_time(timestamp: str, says: str) -> None:
    headers = {"x-s": TIMED.signature(VECTOR_SECRET, b"x", timestamp), "x-t": timestamp}
    assert says in str(why_not(TIMED, headers, b"x"))


def test_a_secret_in_a_header() -> None:
    proof = SharedSecret("X-Secret")
    verify(proof, [VECTOR_SECRET], {"x-secret": VECTOR_SECRET}, b"", NOW)
    assert (
        str(why_not(proof, {"x-secret": "guess"})) == "the secret in X-Secret is not the right one"
    )
    assert why_not(proof, {}).absent
