"""Several checkpoints instead of one: where the newest cannot be read, the one before serves."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.rename_table("checkpoint", "checkpoint_before")
    _rename_key("pk_checkpoint", "pk_checkpoint_before")
    op.create_table(
        "checkpoint",
        sa.Column("journal_id", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_checkpoint")),
    )
    op.execute(
        "INSERT INTO checkpoint (journal_id, body) SELECT journal_id, body FROM checkpoint_before"
    )
    op.drop_table("checkpoint_before")


def downgrade() -> None:
    op.rename_table("checkpoint", "checkpoint_after")
    _rename_key("pk_checkpoint", "pk_checkpoint_after")
    op.create_table(
        "checkpoint",
        sa.Column("one", BIG, autoincrement=False, nullable=False),
        sa.Column("journal_id", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_checkpoint_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_checkpoint")),
    )
    op.execute(
        "INSERT INTO checkpoint (one, journal_id, body) SELECT 1, journal_id, body"
        " FROM checkpoint_after ORDER BY journal_id DESC LIMIT 1"
    )
    op.drop_table("checkpoint_after")


def _rename_key(before: str, after: str) -> None:
    """In PostgreSQL the name of a key is one of the whole schema, and stays with its table."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {before} RENAME TO {after}")
