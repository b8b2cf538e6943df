"""An entry of the audit that is in no chain is refused: a process of before would go on writing such.

They stand among the chained ones as what somebody has put in would, and whoever verifies is told so for good.
"""

from alembic import op

revision: str = "0048"
down_revision: str | None = "0047"
branch_labels: str | None = None
depends_on: str | None = None

TRIGGER = "audit_refuses_unchained"
WHY = "audit takes no entry outside its chain, stop what is of an older version"


def upgrade() -> None:
    if _is_sqlite():
        op.execute(
            f"CREATE TRIGGER {TRIGGER} BEFORE INSERT ON audit WHEN NEW.seq IS NULL "
            f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_unchained() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{WHY}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {TRIGGER} BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.seq IS NULL) "
        "EXECUTE FUNCTION refuse_unchained()"
    )


def downgrade() -> None:
    if _is_sqlite():
        op.execute(f"DROP TRIGGER {TRIGGER}")
        return
    op.execute(f"DROP TRIGGER {TRIGGER} ON audit")
    op.execute("DROP FUNCTION refuse_unchained()")


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
