"""WHERE clauses: conditions are written, values never."""

from app.projections.where import Where


def test_each_value_has_a_placeholder_of_its_own() -> None:
    where = Where()
    where.add("a = {} AND b < {}", 1, 2)
    where.given("c = {}", 3)
    where.given("d = {}", None)
    assert str(where) == "a = $1 AND b < $2 AND c = $3"
    assert where.values == [1, 2, 3]


def test_one_of_several_values_may_be_one_or_any() -> None:
    where = Where()
    where.among("a", [])
    where.among("b", ["x"])
    where.among("c", ["y", "z"])
    assert str(where) == "b = $1 AND c = ANY ($2::text[])"
    assert where.values == ["x", ["y", "z"]]


def test_what_is_false_is_given_too() -> None:
    where = Where()
    where.given("a = {}", value=False)
    assert where.values == [False]
