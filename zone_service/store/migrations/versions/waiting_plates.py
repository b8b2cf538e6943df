"""A plate may wait beside the one that its vehicle bears, of the permit whose place its own takes."""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision: str = "0053"
down_revision: str | None = "0052"
branch_labels: str | None = None
depends_on: str | None = None

_WAITS = ("ISSUED", "WARNING_PUBLISHED")
_OVER = ("TERMINATED", "ANNULLED", "WITHDRAWN_BY_AUTHORITY", "REVOKED", "EXPIRED", "CLOSED", "DEREGISTERED")  # fmt: skip
_PERMIT = sa.table("permit", sa.column("number"), sa.column("state"))
_STEP = sa.table(
    "permit_event", sa.column("event_id"), sa.column("number"), sa.column("action"), sa.column("details")
)  # fmt: skip
_VALID = "state = 'valid' AND vin <> ''"


def _only_one(name: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "plate", ["vin"], unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.add_column(
        "plate", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("plate") as plates:
        plates.alter_column("waits", server_default=None)
    op.drop_index("uq_plate_vin", table_name="plate")
    _only_one("uq_plate_vin", f"{_VALID} AND NOT waits")
    _only_one("uq_plate_vin_waiting", f"{_VALID} AND waits")


def downgrade() -> None:
    """Refuse while a permit waits for the end of another.

    The program of before ended that at the issue, and would let both be in force. To end it is a step in
    law with its place in the audit, which is not for a migration to take.
    """
    if waiting := sorted(_waiting()):
        msg = f"{', '.join(waiting)} wait to take the place of permits that stand: expected none"
        raise RuntimeError(msg)
    op.drop_index("uq_plate_vin_waiting", table_name="plate")
    op.drop_index("uq_plate_vin", table_name="plate")
    # Of two of one vehicle the program of before knows the one that is borne: the other is to be given anew.
    op.execute("UPDATE plate SET state = 'to recall' WHERE waits AND state = 'valid'")
    with op.batch_alter_table("plate") as plates:
        plates.drop_column("waits")
    _only_one("uq_plate_vin", _VALID)


def _waiting() -> Iterator[str]:
    of, states = op.get_bind(), _PERMIT.c.state
    standing = sa.select(_PERMIT.c.number).where(states.not_in(_OVER))
    stand = frozenset(of.execute(standing).scalars().all())
    asked = (
        sa.select(_STEP.c.number, _STEP.c.details)
        .join_from(_STEP, _PERMIT, _STEP.c.number == _PERMIT.c.number)
        .where(states.in_(_WAITS), _STEP.c.action.in_(("SUBMIT", "NOTIFY")))
    )
    # The last word of each counts: a file that came back may name another, or none.
    last = dict(map(tuple, of.execute(asked.order_by(_STEP.c.event_id)).all()))
    for number, details in last.items():
        if json.loads(details or "{}").get("replaces") in stand:
            yield number
