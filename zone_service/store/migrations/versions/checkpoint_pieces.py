"""A checkpoint may come in pieces, so that writing it keeps nobody waiting."""

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "checkpoint_piece",
        sa.Column("journal_id", BIG, autoincrement=False, nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("journal_id", "number", name=op.f("pk_checkpoint_piece")),
    )


def downgrade() -> None:
    # What is left of those that came in pieces is not a checkpoint.
    op.execute(
        "DELETE FROM checkpoint WHERE journal_id IN (SELECT journal_id FROM checkpoint_piece)"
    )
    op.execute(
        "DELETE FROM memory_mark WHERE journal_id IN (SELECT journal_id FROM checkpoint_piece)"
    )
    op.drop_table("checkpoint_piece")
