"""A violation may be found late, when it is over; of those from before none was."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None

CHECK = "ck_violation_event_event_known"
BEFORE = ("opened", "updated", "closed", "acknowledged", "resolved")
NOW = ("opened", "updated", "closed", "late", "acknowledged", "resolved")


def upgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.add_column(
            sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("violation") as violation:
        violation.alter_column("late", server_default=None)
    _allow(NOW)


def downgrade() -> None:
    _let_changes_be(yes=True)
    op.execute("UPDATE violation_event SET event = 'closed' WHERE event = 'late'")
    _let_changes_be(yes=False)
    _allow(BEFORE)
    with op.batch_alter_table("violation") as violation:
        violation.drop_column("late")


def _allow(kinds: tuple[str, ...]) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("violation_event") as event:
        event.drop_constraint(op.f(CHECK), type_="check")
        event.create_check_constraint(op.f(CHECK), f"event IN ({words})")
    if _is_sqlite():
        # The table was made anew there, and what refuses changes of it went with the old one.
        _let_changes_be(yes=False)


def _let_changes_be(*, yes: bool) -> None:
    """Take away what keeps lines of the feed as they were told, or put it back."""
    if not _is_sqlite():
        word = "DISABLE" if yes else "ENABLE"
        op.execute(f"ALTER TABLE violation_event {word} TRIGGER violation_event_refuses_change")
        return
    for change in ("UPDATE", "DELETE"):
        name = f"violation_event_refuses_{change.lower()}"
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
        if not yes:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON violation_event "
                "BEGIN SELECT RAISE(ABORT, 'violation_event is append-only'); END"
            )


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
