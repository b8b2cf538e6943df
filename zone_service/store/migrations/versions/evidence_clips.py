"""Clips of evidence. Those of what happened before the upgrade are not made: nobody noted what they need."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision: str = "0050"
down_revision: str | None = "0049"
branch_labels: str | None = None
depends_on: str | None = None

TABLE = "evidence_clip"
_COUNTS = sa.table("revision", sa.column("name", sa.String()), sa.column("value", sa.BigInteger()))
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _finite(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"{column} BETWEEN -1e300 AND 1e300", name=op.f(f"ck_{TABLE}_{column}_finite")
    )


def _texts(length: int, *names: str, nullable: bool = False) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(length), nullable=nullable) for name in names)


def _numbers(*names: str) -> tuple[sa.Column[float] | sa.CheckConstraint, ...]:
    columns: tuple[sa.Column[float], ...] = tuple(
        sa.Column(name, sa.Double(), nullable=False) for name in names
    )
    return (*columns, *map(_finite, names))


def _moments(*names: str, nullable: bool = True) -> tuple[sa.Column[datetime], ...]:
    return tuple(sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names)


def upgrade() -> None:
    op.create_table(
        TABLE,
        *_texts(80, "clip_id"),
        *_texts(16, "kind", "part"),
        *_texts(64, "key", "rule_set"),
        *_texts(64, "organisation_id", "other_organisation_id", "permit_number", nullable=True),
        *_texts(2_000_000, "device_ids"),
        *_texts(2_000, "moments"),
        *_numbers("before_s", "after_s", "from_s", "due_s"),
        sa.Column("kept_years", _BIG, nullable=False),
        *_moments("noted_at", nullable=False),
        *_moments("sealed_at", "kept_until", "held_at", "removed_at"),
        *_texts(200, "name", nullable=True),
        sa.Column("size_bytes", _BIG, nullable=True),
        sa.Column("frame_count", _BIG, nullable=True),
        *_texts(64, "sha256", "key_id", "held_by", nullable=True),
        *_texts(2_000, "held_for", nullable=True),
        sa.CheckConstraint(
            "kind IN ('violation', 'accident')", name=op.f(f"ck_{TABLE}_kind_known")
        ),
        sa.CheckConstraint("part IN ('opening', 'closing')", name=op.f(f"ck_{TABLE}_part_known")),
        sa.PrimaryKeyConstraint("clip_id", name=op.f(f"pk_{TABLE}")),
    )
    for owner in ("organisation_id", "other_organisation_id"):
        op.create_index(op.f(f"ix_{TABLE}_{owner}_clip_id"), TABLE, [owner, "clip_id"])
    op.create_index(op.f(f"ix_{TABLE}_key"), TABLE, ["key"])
    unsealed = sa.text("sealed_at IS NULL")
    op.create_index(
        f"ix_{TABLE}_unsealed", TABLE, ["due_s"], sqlite_where=unsealed, postgresql_where=unsealed
    )
    now = sa.select(_COUNTS.c.value).where(_COUNTS.c.name == "feed").scalar_subquery()
    op.execute(
        _COUNTS.insert().from_select(["name", "value"], sa.select(sa.literal("evidence"), now))
    )


def downgrade() -> None:
    op.execute(_COUNTS.delete().where(_COUNTS.c.name == "evidence"))
    op.drop_table(TABLE)
