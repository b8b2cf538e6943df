"""Departments answer the plan of each day: who is to, until when, and what was answered.

Plans of before wait for air traffic management, as the national rules have it: that nobody was asked is
no consent.
"""

from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from alembic import op

revision: str = "0049"
down_revision: str | None = "0048"
branch_labels: str | None = None
depends_on: str | None = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SILENCE = "silence IN ('no_take_off', 'refused')"
NINE_IN_THE_EVENING = time(13, tzinfo=UTC)
"""Of Shanghai, on the day before."""


def upgrade() -> None:
    with op.batch_alter_table("daily_plan") as plan:
        plan.add_column(sa.Column("filing", _WHOLE, nullable=False, server_default="1"))
        plan.add_column(sa.Column("rules", sa.String(400), nullable=False, server_default=""))
        plan.add_column(sa.Column("answer_until", MOMENT, nullable=True))
        plan.add_column(
            sa.Column("silence", sa.String(16), nullable=False, server_default="no_take_off")
        )
    op.create_table(
        "plan_answer",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("filing", _WHOLE, nullable=False),
        sa.Column("department", sa.String(32), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("choice", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(2000), nullable=True),
        sa.Column("conditions", sa.String(100_000), nullable=True),
        sa.Column("voter", sa.String(64), nullable=True),
        sa.Column("organisation_id", sa.String(64), nullable=True),
        sa.Column("at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "choice IN ('APPROVE', 'APPROVE_WITH_CONDITIONS', 'REJECT')",
            name=op.f("ck_plan_answer_choice_known"),
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_plan_answer_number_permit")
        ),
        sa.PrimaryKeyConstraint(
            "number", "day", "filing", "department", name=op.f("pk_plan_answer")
        ),
    )
    where = sa.text("choice IS NULL")
    op.create_index(
        "ix_plan_answer_awaited", "plan_answer", ["department", "day", "number"],
        sqlite_where=where, postgresql_where=where,
    )  # fmt: skip
    _ask_of_those_there()
    with op.batch_alter_table("daily_plan") as plan:
        for name in ("filing", "rules", "silence"):
            plan.alter_column(name, server_default=None)
        plan.alter_column("answer_until", existing_type=MOMENT, nullable=False)
        plan.create_check_constraint(op.f("ck_daily_plan_silence_known"), SILENCE)
    _refuse_change()


def downgrade() -> None:
    op.drop_table("plan_answer")
    with op.batch_alter_table("daily_plan") as plan:
        plan.drop_constraint(op.f("ck_daily_plan_silence_known"), type_="check")
        for name in ("silence", "answer_until", "rules", "filing"):
            plan.drop_column(name)


def _ask_of_those_there() -> None:
    plan = sa.table(
        "daily_plan", sa.column("number"), sa.column("day", sa.Date()),
        sa.column("answer_until", MOMENT),
    )  # fmt: skip
    answer = sa.table(
        "plan_answer", sa.column("number"), sa.column("day", sa.Date()), sa.column("filing"),
        sa.column("department"), sa.column("mandatory", sa.Boolean()),
    )  # fmt: skip
    connection = op.get_bind()
    for number, day in connection.execute(sa.select(plan.c.number, plan.c.day)).all():
        until = datetime.combine(day - timedelta(days=1), NINE_IN_THE_EVENING)
        its = (plan.c.number == number, plan.c.day == day)
        connection.execute(sa.update(plan).where(*its).values(answer_until=until))
        connection.execute(
            sa.insert(answer).values(
                number=number, day=day, filing=1, department="atm", mandatory=True
            )
        )


def _refuse_change() -> None:
    """What was answered stays."""
    for change in ("UPDATE", "DELETE"):
        trigger = (
            f"CREATE TRIGGER plan_answer_refuses_{change.lower()} BEFORE {change} ON plan_answer "
        )
        when = "WHEN (OLD.choice IS NOT NULL) "
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"{trigger} FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()")
        else:
            op.execute(
                f"{trigger} {when}BEGIN SELECT RAISE(ABORT, 'plan_answer is append-only'); END"
            )
