"""Departments vote on permits, third parties give opinions: rounds, ballots, assignments, opinions."""

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None

KINDS = "'operator', 'department', 'police', {}'platform'"
ROLES = "'operator', 'reviewer', 'police', {}'administrator'"
OPINIONS = "kind IN ('third_party', 'expert')"
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _allow("organisation", "kind", KINDS.format("'third_party', "))
    _allow("account", "role", ROLES.format("'assessor', "))
    op.create_table(
        "review_round",
        _number(),
        sa.Column("round", _WHOLE, nullable=False),
        sa.Column("rules", sa.String(400), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opinions_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('APPROVED', 'RETURNED', 'REJECTED')",
            name=op.f("ck_review_round_outcome_known"),
        ),
        _of_permit("review_round"),
        sa.PrimaryKeyConstraint("number", "round", name=op.f("pk_review_round")),
    )
    op.create_table(
        "ballot",
        _number(),
        sa.Column("round", _WHOLE, nullable=False),
        sa.Column("department", sa.String(32), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("choice", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(2000), nullable=True),
        sa.Column("conditions", sa.String(100_000), nullable=True),
        sa.Column("missing", sa.String(100_000), nullable=True),
        sa.Column("voter", sa.String(64), nullable=True),
        sa.Column("organisation_id", sa.String(64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "choice IN ('APPROVE', 'APPROVE_WITH_CONDITIONS', 'RETURN', 'REJECT')",
            name=op.f("ck_ballot_choice_known"),
        ),
        _of_permit("ballot"),
        sa.PrimaryKeyConstraint("number", "round", "department", name=op.f("pk_ballot")),
    )
    where = sa.text("choice IS NULL")
    op.create_index(
        "ix_ballot_awaited", "ballot", ["department", "number"],
        sqlite_where=where, postgresql_where=where,
    )  # fmt: skip
    op.create_table(
        "assignment",
        _number(),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.CheckConstraint(OPINIONS, name=op.f("ck_assignment_kind_known")),
        _of_permit("assignment"),
        _of_organisation("assignment"),
        sa.PrimaryKeyConstraint("number", "organisation_id", name=op.f("pk_assignment")),
    )
    op.create_index(
        op.f("ix_assignment_organisation_id_number"), "assignment", ["organisation_id", "number"]
    )
    op.create_table(
        "opinion",
        sa.Column("opinion_id", _WHOLE, autoincrement=True, nullable=False),
        _number(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("said", sa.String(20_000), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(OPINIONS, name=op.f("ck_opinion_kind_known")),
        sa.CheckConstraint(
            "verdict IN ('favourable', 'with_reservations', 'unfavourable')",
            name=op.f("ck_opinion_verdict_known"),
        ),
        _of_permit("opinion"),
        _of_organisation("opinion"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.document_id"],
            name=op.f("fk_opinion_document_id_document"),
        ),
        sa.PrimaryKeyConstraint("opinion_id", name=op.f("pk_opinion")),
    )  # fmt: skip
    op.create_index(op.f("ix_opinion_number"), "opinion", ["number"])
    _refuse_change("opinion")
    _refuse_change("ballot", "OLD.choice IS NOT NULL")


def downgrade() -> None:
    for name in ("opinion", "assignment", "ballot", "review_round"):
        op.drop_table(name)
    # The words of before have no place for them: they are kept, and can do nothing.
    op.execute("UPDATE account SET role = 'operator', active = false WHERE role = 'assessor'")
    op.execute("UPDATE organisation SET kind = 'operator' WHERE kind = 'third_party'")
    _allow("account", "role", ROLES.format(""))
    _allow("organisation", "kind", KINDS.format(""))


def _allow(name: str, column: str, words: str) -> None:
    with op.batch_alter_table(name) as table:
        table.drop_constraint(op.f(f"ck_{name}_{column}_known"), type_="check")
        table.create_check_constraint(op.f(f"ck_{name}_{column}_known"), f"{column} IN ({words})")


def _number() -> sa.Column[str]:
    return sa.Column("number", sa.String(64), nullable=False)


def _of_permit(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["number"], ["permit.number"], name=op.f(f"fk_{name}_number_permit")
    )


def _of_organisation(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id"], ["organisation.organisation_id"],
        name=op.f(f"fk_{name}_organisation_id_organisation"),
    )  # fmt: skip


def _refuse_change(name: str, condition: str = "") -> None:
    """What is written stays; with a condition, only of the rows of which it is true."""
    when = f"WHEN ({condition}) " if condition else ""
    for change in ("UPDATE", "DELETE"):
        trigger = f"CREATE TRIGGER {name}_refuses_{change.lower()} BEFORE {change} ON {name} "
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"{trigger} FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()")
        else:
            op.execute(f"{trigger} {when}BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END")
