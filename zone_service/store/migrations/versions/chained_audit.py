"""Each entry of the audit carries the hash of the one before; those of before are in no chain."""

import sqlalchemy as sa
from alembic import op

revision: str = "0046"
down_revision: str | None = "0045"
branch_labels: str | None = None
depends_on: str | None = None

_COUNTS = sa.table("revision", sa.column("name", sa.String()), sa.column("value", sa.BigInteger()))


def upgrade() -> None:
    # Not as a batch, which makes the table anew without the triggers that keep it as it is.
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("audit", sa.Column("seq", big, nullable=True))
    op.add_column("audit", sa.Column("previous", sa.String(64), nullable=True))
    op.create_index("ix_audit_seq", "audit", ["seq"], unique=True)
    op.execute(_COUNTS.insert().values(name="audit", value=0))


def downgrade() -> None:
    op.execute(_COUNTS.delete().where(_COUNTS.c.name == "audit"))
    op.drop_index("ix_audit_seq", "audit")
    op.drop_column("audit", "previous")
    op.drop_column("audit", "seq")
