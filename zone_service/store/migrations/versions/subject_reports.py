"""Reports of operators: each stage, and in the end."""

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | None = None
depends_on: str | None = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "subject_report",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("stage", _WHOLE, nullable=False),
        sa.Column("edition", _WHOLE, nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("said", sa.String(200_000), nullable=False),
        sa.Column("automated_km", sa.Double(), nullable=True),
        sa.Column("automated_h", sa.Double(), nullable=True),
        sa.Column("takeovers", _WHOLE, nullable=True),
        sa.Column("document_ids", sa.String(4000), nullable=False),
        sa.Column("rules", sa.String(400), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.CheckConstraint("kind IN ('STAGE', 'FINAL')", name=op.f("ck_subject_report_kind_known")),
        sa.CheckConstraint("begins < ends", name=op.f("ck_subject_report_lasts")),
        sa.CheckConstraint(
            "automated_km BETWEEN 0 AND 1e12", name=op.f("ck_subject_report_automated_km_range")
        ),
        sa.CheckConstraint(
            "automated_h BETWEEN 0 AND 1e9", name=op.f("ck_subject_report_automated_h_range")
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_subject_report_number_permit")
        ),
        sa.PrimaryKeyConstraint(
            "number", "kind", "stage", "edition", name=op.f("pk_subject_report")
        ),
    )


def downgrade() -> None:
    op.drop_table("subject_report")
