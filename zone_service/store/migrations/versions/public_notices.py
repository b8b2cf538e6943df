"""Notices that everybody may read, and what the public says."""

import sqlalchemy as sa
from alembic import op

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "'ROAD_OPENED', 'ROAD_CLOSED', 'PLATE_VOID', 'REPORT_PUBLISHED', 'SUSPENSION', 'ANSWER', 'OTHER'"


def upgrade() -> None:
    op.create_table(
        "public_notice",
        sa.Column("notice_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("body", sa.String(4000), nullable=False),
        sa.Column("body_zh", sa.String(4000), nullable=False),
        sa.Column("about_kind", sa.String(16), nullable=True),
        sa.Column("about_key", sa.String(100), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.String(64), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(2000), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_public_notice_kind_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_public_notice_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_public_notice")),
    )
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.String(32), nullable=False),
        sa.Column("receipt_hash", sa.String(64), nullable=False),
        sa.Column("about_kind", sa.String(16), nullable=False),
        sa.Column("about_key", sa.String(100), nullable=False),
        sa.Column("said", sa.String(2000), nullable=True),
        sa.Column("contact", sa.String(200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(2000), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(64), nullable=True),
        sa.Column("organisation_id", sa.String(64), nullable=True),
        sa.Column("notice_id", sa.String(32), nullable=True),
        sa.CheckConstraint(
            "about_kind IN ('notice', 'place', 'permit')", name=op.f("ck_feedback_about_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_feedback_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["public_notice.notice_id"],
            name=op.f("fk_feedback_notice_id_public_notice"),
        ),
        sa.PrimaryKeyConstraint("feedback_id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_feedback_receipt_hash")),
    )
    op.create_table(
        "feedback_try",
        sa.Column("try_id", BIG, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("try_id", name=op.f("pk_feedback_try")),
    )
    op.create_index(op.f("ix_feedback_try_at"), "feedback_try", ["at"])
    op.create_index(op.f("ix_feedback_try_subject_at"), "feedback_try", ["subject", "at"])
    op.execute("INSERT INTO revision (name, value) VALUES ('notices', 0), ('feedback', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM revision WHERE name IN ('notices', 'feedback')")
    op.drop_table("feedback_try")
    op.drop_table("feedback")
    op.drop_table("public_notice")
