"""A WHERE clause of the conditions that a question names; every value is bound, none written."""

from collections.abc import Sequence


class Where:
    """Conditions that must all hold, and the values of their placeholders."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        """Adds a condition; each ``{}`` in it stands for the next of the values."""
        self._conditions.append(condition.format(*map(self.bind, values)))

    def given(self, condition: str, value: object) -> None:
        """Adds a condition on a value unless that is None."""
        if value is not None:
            self.add(condition, value)

    def among(self, column: str, values: Sequence[str]) -> None:
        """Adds that a column is one of these values, if there are any.

        One value is compared by ``=``: an index on the column then gives its rows in order.
        """
        if len(values) == 1:
            self.add(f"{column} = {{}}", values[0])
        elif values:
            self.add(f"{column} = ANY ({{}}::text[])", list(values))

    def bind(self, value: object) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"${len(self.values)}"

    def __str__(self) -> str:
        return " AND ".join(self._conditions)
