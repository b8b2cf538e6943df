"""The first answers to what was sent with an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("operation", sa.String(300), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("claim", sa.String(32), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("status", BIG, nullable=True),
        sa.Column("headers", sa.String(20_000), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.user_id"], name=op.f("fk_kept_answer_user_id_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_kept_answer")),
    )
    op.create_index(op.f("ix_kept_answer_begun_at"), "kept_answer", ["begun_at"])


def downgrade() -> None:
    op.drop_table("kept_answer")
