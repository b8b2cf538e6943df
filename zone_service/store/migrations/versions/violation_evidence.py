"""A violation tells how sure its place was and how high the aircraft; those from before do not."""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.add_column(sa.Column("inside_probability", sa.Double(), nullable=True))
        violation.add_column(sa.Column("height_agl_m", sa.Double(), nullable=True))
        violation.create_check_constraint(
            op.f("ck_violation_inside_probability_range"), "inside_probability BETWEEN 0 AND 1"
        )
        violation.create_check_constraint(
            op.f("ck_violation_height_agl_m_finite"), "height_agl_m BETWEEN -1e300 AND 1e300"
        )


def downgrade() -> None:
    with op.batch_alter_table("violation") as violation:
        violation.drop_constraint(op.f("ck_violation_height_agl_m_finite"), type_="check")
        violation.drop_constraint(op.f("ck_violation_inside_probability_range"), type_="check")
        violation.drop_column("height_agl_m")
        violation.drop_column("inside_probability")
