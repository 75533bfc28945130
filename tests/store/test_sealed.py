"""Secrets at rest: sealed, bound to what they are, opened by the right key only."""

import pytest

from app.store.sealed import CannotOpen, KeyMalformed, NoKey, Seals, is_sealed, keys_in, new_key

ABOUT, SECRET = "secret of subscription sub_1", "whsec_żółw"


def seals(*keys: str) -> Seals:
    """By these keys."""
    return Seals(keys_in("\n".join(keys)))


def test_what_is_sealed_is_opened_and_tells_nothing() -> None:
    ours = seals(new_key())
    one, other = ours.seal(SECRET, ABOUT), ours.seal(SECRET, ABOUT)
    assert ours.open(one, ABOUT) == ours.open(other, ABOUT) == SECRET
    assert one != other, "of two that are the same nobody can tell"
    assert is_sealed(one)
    assert not is_sealed(SECRET)
    assert SECRET not in one


def test_it_is_of_no_use_elsewhere_nor_altered() -> None:
    ours = seals(new_key())
    sealed = ours.seal(SECRET, ABOUT)
    with pytest.raises(CannotOpen, match="secret of subscription sub_2"):
        ours.open(sealed, "secret of subscription sub_2")
    head, _, text = sealed.rpartition(":")
    for wrong in (text[:-4] + "AAAA", text[:20], "", "é", "A" + text, text + "!"):
        with pytest.raises(CannotOpen):
            ours.open(f"{head}:{wrong}", ABOUT)
    for wrong in (SECRET, "", "sealed:v1:", "sealed:v1:x", "sealed:v2:x:y"):
        with pytest.raises(CannotOpen):
            ours.open(wrong, ABOUT)


def test_another_key_is_named_and_does_not_open_it() -> None:
    ours = seals(new_key())
    with pytest.raises(CannotOpen, match=f"the key {ours.first}, which is not here"):
        seals(new_key()).open(ours.seal(SECRET, ABOUT), ABOUT)


def test_the_first_of_several_keys_seals_and_each_opens() -> None:
    old, new = new_key(), new_key()
    before, after = seals(old), seals(new, old)
    sealed = before.seal(SECRET, ABOUT)
    assert after.open(sealed, ABOUT) == SECRET
    assert after.first == seals(new).first != before.first
    assert not after.is_current(sealed)
    anew = after.seal(SECRET, ABOUT)
    assert after.is_current(anew)
    assert seals(new).open(anew, ABOUT) == SECRET
    assert after.derived("x")[0] == seals(new).derived("x")[0] != after.derived("y")[0]


def test_without_a_key_nothing_is_sealed_nor_opened() -> None:
    none = Seals(())
    with pytest.raises(NoKey, match="ESCALATOR_SECRETS_KEY"):
        none.seal(SECRET, ABOUT)
    with pytest.raises(CannotOpen):
        none.open(seals(new_key()).seal(SECRET, ABOUT), ABOUT)
    assert none.derived("x") == ()


@pytest.mark.parametrize("text", ["hunter2hunter2", "é" * 43, "A" * 42, "A" * 45, "a" * 43 + "=="])
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KeyMalformed) as refused:
        keys_in(f"{new_key()},{text}")
    assert text not in str(refused.value)


def test_keys_are_read_in_either_alphabet_with_or_without_padding() -> None:
    key = "-_" + "A" * 41
    assert keys_in(f"{key} {key}=,{key.replace('-', '+').replace('_', '/')}=") == keys_in(key) * 3
    assert keys_in("") == []
