"""Driving records and records of training say what the law asks of them; those from before say nothing of it."""

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | None = None
depends_on: str | None = None

COLUMNS = ("clean_cycles", "clean_years", "experience_h", "item_experience_h")


def upgrade() -> None:
    with op.batch_alter_table("document") as document:
        for name in COLUMNS:
            document.add_column(sa.Column(name, sa.Double(), nullable=True))
        for name in COLUMNS:
            is_finite = f"{name} BETWEEN -1e300 AND 1e300"
            document.create_check_constraint(op.f(f"ck_document_{name}_finite"), is_finite)


def downgrade() -> None:
    with op.batch_alter_table("document") as document:
        for name in COLUMNS:
            document.drop_constraint(op.f(f"ck_document_{name}_finite"), type_="check")
            document.drop_column(name)
