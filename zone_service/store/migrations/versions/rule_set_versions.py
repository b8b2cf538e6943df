"""Rule sets are published as versions that are never changed; each step of a permit names its own."""

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None

TABLE = "rule_set_version"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("rule_set", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("body", sa.String(500_000), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("rule_set", "number", name=op.f("pk_rule_set_version")),
        sa.UniqueConstraint(
            "rule_set", "version", name=op.f("uq_rule_set_version_rule_set_version")
        ),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {TABLE}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_refuses_{change.lower()} BEFORE {change} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
    # Not by a copy of the table, which would leave its own triggers behind.
    op.add_column("permit_event", sa.Column("rules", sa.String(400), nullable=True))


def downgrade() -> None:
    op.drop_column("permit_event", "rules")
    op.drop_table(TABLE)
