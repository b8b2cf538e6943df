"""Clips of evidence may come beside another: what came after it was sealed, and times that were asked for."""

import sqlalchemy as sa
from alembic import op

revision: str = "0062"
down_revision: str | None = "0061"
branch_labels: str | None = None
depends_on: str | None = None

TABLE = "evidence_clip"
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CLIP = sa.table(TABLE, sa.column("first_id"))
PART = f"ck_{TABLE}_part_known"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as clip:
        clip.add_column(sa.Column("serial", _WHOLE, nullable=False, server_default="0"))
        clip.add_column(sa.Column("first_id", sa.String(80), nullable=True))
        clip.add_column(sa.Column("asked_by", sa.String(64), nullable=True))
        clip.add_column(sa.Column("asked_for", sa.String(2_000), nullable=True))
        clip.drop_constraint(op.f(PART), type_="check")
        clip.create_check_constraint(
            op.f(PART), "part IN ('opening', 'closing', 'supplement', 'further')"
        )
    with op.batch_alter_table(TABLE) as clip:
        clip.alter_column("serial", server_default=None)
    op.create_index(op.f(f"ix_{TABLE}_first_id"), TABLE, ["first_id"])
    op.create_index(op.f(f"ix_{TABLE}_due_s"), TABLE, ["due_s"])


def downgrade() -> None:
    op.drop_index(op.f(f"ix_{TABLE}_due_s"), TABLE)
    op.drop_index(op.f(f"ix_{TABLE}_first_id"), TABLE)
    # Their files stay, and nothing knows of them: the program of before has no word for what they are.
    op.execute(_CLIP.delete().where(_CLIP.c.first_id.is_not(None)))
    with op.batch_alter_table(TABLE) as clip:
        clip.drop_constraint(op.f(PART), type_="check")
        clip.create_check_constraint(op.f(PART), "part IN ('opening', 'closing')")
        for name in ("asked_for", "asked_by", "first_id", "serial"):
            clip.drop_column(name)
