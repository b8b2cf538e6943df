"""Reports of the authority, each kept as it was made."""

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "authority_report",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("edition", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.String(400), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("content", sa.String(4_000_000), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("xlsx", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False),
        sa.Column("xlsx_sha256", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('HALF_YEARLY', 'ANNUAL')", name=op.f("ck_authority_report_kind_known")
        ),
        sa.CheckConstraint("begins < ends", name=op.f("ck_authority_report_lasts")),
        sa.PrimaryKeyConstraint("kind", "name", "edition", name=op.f("pk_authority_report")),
    )


def downgrade() -> None:
    op.drop_table("authority_report")
