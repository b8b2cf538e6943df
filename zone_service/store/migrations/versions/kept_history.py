"""What devices told, in segments and files."""

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0043"
branch_labels: str | None = None
depends_on: str | None = None


def _finite(column: str, table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"{column} BETWEEN -1e300 AND 1e300", name=op.f(f"ck_{table}_{column}_finite")
    )


def _span(table: str) -> tuple[sa.Column[float] | sa.CheckConstraint, ...]:
    return (
        sa.Column("first_received_s", sa.Double(), nullable=False),
        sa.Column("last_received_s", sa.Double(), nullable=False),
        _finite("first_received_s", table),
        _finite("last_received_s", table),
    )


def _whole(*names: str) -> tuple[sa.Column[int], ...]:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return tuple(sa.Column(name, big, nullable=False) for name in names)


def upgrade() -> None:
    op.create_table(
        "history_progress",
        *_whole("one", "segmented_to", "sealed_to"),
        sa.CheckConstraint("one = 1", name=op.f("ck_history_progress_one_row")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_history_progress")),
    )
    op.create_table(
        "history_segment",
        *_whole("last_journal_id", "first_journal_id", "from_ms", "to_ms", "row_count"),
        *_span("history_segment"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("last_journal_id", name=op.f("pk_history_segment")),
    )
    op.create_table(
        "history_file",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        *_whole(
            "first_journal_id", "last_journal_id", "from_ms", "to_ms", "row_count", "size_bytes"
        ),
        *_span("history_file"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('reports', 'raw')", name=op.f("ck_history_file_kind_known")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_history_file")),
    )
    op.create_index(op.f("ix_history_file_kind_to_ms"), "history_file", ["kind", "to_ms"])


def downgrade() -> None:
    op.drop_table("history_file")
    op.drop_table("history_segment")
    op.drop_table("history_progress")
