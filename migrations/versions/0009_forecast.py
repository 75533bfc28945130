"""Placeholder of a migration in the making."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    """Nothing yet."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Nothing yet."""
