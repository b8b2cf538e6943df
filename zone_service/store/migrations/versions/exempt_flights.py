"""Flights that nobody applies for are a kind of permit, which the program of before does not know."""

import sqlalchemy as sa
from alembic import op

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: str | None = None
depends_on: str | None = None

_PERMIT = sa.table("permit", sa.column("number"), sa.column("kind"))


def upgrade() -> None:
    """Nothing in the tables changes."""


def downgrade() -> None:
    """Refuse while there is one: the program of before reads no permit of a page that has it.

    What is on record, and was flown, is not for a migration to take away.
    """
    asked = sa.select(_PERMIT.c.number).where(_PERMIT.c.kind == "EXEMPT_FLIGHT")
    if found := op.get_bind().execute(asked.order_by(_PERMIT.c.number)).scalars().all():
        msg = f"{', '.join(found)} are of kind EXEMPT_FLIGHT: expected none"
        raise RuntimeError(msg)
