"""Standard Webhooks signatures, beside the published vector and an independent verifier."""

import base64
import time

import pytest
import standardwebhooks

from app.webhooks.signing import (
    SignatureRefused,
    SigningError,
    headers,
    new_secret,
    public_key,
    sign,
    verify,
)

# The vector of https://github.com/standard-webhooks/standard-webhooks
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
PRIVATE = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SIGNATURE_A = (
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
)


def test_the_published_vector() -> None:
    assert sign([SECRET], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY) == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


def test_the_published_vector_of_ed25519() -> None:
    assert sign([PRIVATE], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE_A
    assert public_key(PRIVATE) == PUBLIC
    signed = headers([PRIVATE], MESSAGE_ID, TIMESTAMP, BODY)
    assert signed["webhook-signature"] == SIGNATURE_A
    verify(PUBLIC, signed, BODY, TIMESTAMP)
    with pytest.raises(SignatureRefused, match="no signature"):
        verify(PUBLIC, signed, BODY + b" ", TIMESTAMP)
    with pytest.raises(SignatureRefused, match="no signature"):
        verify(SECRET, signed, BODY, TIMESTAMP)


def test_new_pairs_of_keys_sign_and_verify() -> None:
    private, other = new_secret("v1a"), new_secret("v1a")
    signed = headers([private], "evt-1", TIMESTAMP, BODY)
    verify(str(public_key(private)), signed, BODY, TIMESTAMP)
    with pytest.raises(SignatureRefused):
        verify(str(public_key(other)), signed, BODY, TIMESTAMP)
    assert public_key(new_secret()) is None


def test_while_rotating_between_versions_each_verifies_by_its_own() -> None:
    signed = headers([PRIVATE, SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    assert signed["webhook-signature"] == f"{SIGNATURE_A} {SIGNATURE}"
    for secret in (PUBLIC, SECRET):
        verify(secret, signed, BODY, TIMESTAMP)


@pytest.mark.parametrize(
    "offered",
    [
        "v1a,",
        "v1a,AAAA",
        "v1a,é",
        "v1a",
        "",
        SIGNATURE_A.replace("v1a", "v1"),
        f"v1a,,{SIGNATURE_A}",
    ],
)
def test_what_is_no_ed25519_signature_is_refused(offered: str) -> None:
    signed = headers([PRIVATE], MESSAGE_ID, TIMESTAMP, BODY) | {"webhook-signature": offered}
    with pytest.raises(SignatureRefused):
        verify(PUBLIC, signed, BODY, TIMESTAMP)


@pytest.mark.parametrize("body", [BODY, b"", "Zażółć gęślą jaźń".encode(), b"{}\n"])
def test_an_independent_verifier_takes_what_we_sign(body: bytes) -> None:
    secret = new_secret()
    signed = headers([secret], "evt-1", int(time.time()), body)
    standardwebhooks.Webhook(secret).verify(body, signed, json_parse=False)


def test_we_take_what_an_independent_signer_signs() -> None:
    secret, now = new_secret(), int(time.time())
    signed = headers([secret], "evt-1", now, BODY)
    verify(secret, {name.title(): value for name, value in signed.items()}, BODY, now)


def test_new_secrets_are_32_random_bytes() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}


def test_while_rotating_both_secrets_verify() -> None:
    old, new = new_secret(), new_secret()
    signed = headers([new, old], "evt-1", TIMESTAMP, BODY)
    for secret in (old, new):
        verify(secret, signed, BODY, TIMESTAMP)
    with pytest.raises(SignatureRefused, match="no signature"):
        verify(new_secret(), signed, BODY, TIMESTAMP)


def test_signatures_of_other_versions_are_passed_over() -> None:
    signed = headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    signed["webhook-signature"] = f"v1a,AAAA garbage é {SIGNATURE}"
    verify(SECRET, signed, BODY, TIMESTAMP)
    signed["webhook-signature"] = SIGNATURE.replace("v1,", "v1a,")
    with pytest.raises(SignatureRefused):
        verify(SECRET, signed, BODY, TIMESTAMP)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "msg_other"),
        ("webhook-timestamp", str(TIMESTAMP + 1)),
        ("webhook-timestamp", f"{TIMESTAMP}.0"),
        ("webhook-timestamp", f"0{TIMESTAMP}"),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-signature", SIGNATURE.swapcase()),
        ("webhook-signature", "v1,"),
        ("webhook-signature", ""),
        ("webhook-id", ""),
    ],
)
def test_a_tampered_header_is_refused(header: str, value: str) -> None:
    signed = headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY) | {header: value}
    with pytest.raises(SignatureRefused):
        verify(SECRET, signed, BODY, TIMESTAMP)


def test_a_tampered_body_and_a_missing_header_are_refused() -> None:
    signed = headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    with pytest.raises(SignatureRefused, match="no signature"):
        verify(SECRET, signed, BODY + b" ", TIMESTAMP)
    for name in signed:
        left = {other: value for other, value in signed.items() if other != name}
        with pytest.raises(SignatureRefused, match=name):
            verify(SECRET, left, BODY, TIMESTAMP)


def test_a_request_out_of_its_time_is_refused() -> None:
    signed = headers([SECRET], MESSAGE_ID, TIMESTAMP, BODY)
    for now in (TIMESTAMP - 300, TIMESTAMP + 300):
        verify(SECRET, signed, BODY, now)
    with pytest.raises(SignatureRefused, match="301 s old"):
        verify(SECRET, signed, BODY, TIMESTAMP + 301)
    with pytest.raises(SignatureRefused, match="301 s ahead"):
        verify(SECRET, signed, BODY, TIMESTAMP - 301)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!",
        "whsec_éfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_" + base64.b64encode(bytes(32)).decode(),
        "whsk_" + base64.b64encode(bytes(64)).decode(),  # the public half is that of no seed
        PUBLIC,
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_a_malformed_secret_is_named_but_never_repeated(secret: str) -> None:
    with pytest.raises(SigningError) as raised:
        sign([secret], MESSAGE_ID, TIMESTAMP, BODY)
    assert secret.removeprefix("whsec_")[:8] not in str(raised.value) or not secret
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "é", "a\r\nx: y", "x" * 257])
def test_an_id_that_cannot_stand_in_the_header_is_refused(message_id: str) -> None:
    with pytest.raises(SigningError, match="message id"):
        sign([SECRET], message_id, TIMESTAMP, BODY)


def test_signing_without_a_secret_is_refused() -> None:
    with pytest.raises(SigningError, match="no secret"):
        sign([], MESSAGE_ID, TIMESTAMP, BODY)
