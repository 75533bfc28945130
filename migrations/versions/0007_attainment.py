"""Placeholder of a migration in the making."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS: tuple[str, ...] = ()


def upgrade() -> None:
    """Nothing yet."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Nothing yet."""
