"""What everything was judged by is kept, so that a replay can judge by the same.

Of devices and permits the states of now are the first that are kept.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIRST_DEVICES = """
INSERT INTO device_history (device_id, from_revision, organisation_id, domain, label, codec,
    wire_id, datum, active, let_in)
SELECT device_id, (SELECT value FROM revision WHERE name = 'registry'), organisation_id, domain,
    label, codec, wire_id, datum, active, (active AND (
        EXISTS (SELECT 1 FROM credential c WHERE c.device_id = device.device_id AND c.active)
        OR NOT EXISTS (SELECT 1 FROM credential c WHERE c.device_id = device.device_id)))
FROM device
"""
FIRST_PERMITS = """
INSERT INTO permit_history (number, from_revision, kind, state, holder_id, terms, valid_to,
    revision, changed_at)
SELECT number, (SELECT value FROM revision WHERE name = 'permits'), kind, state, holder_id, terms,
    valid_to, revision, changed_at
FROM permit
"""


def upgrade() -> None:
    op.create_table(
        "memory_mark",
        sa.Column("journal_id", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_memory_mark")),
    )
    op.create_table(
        "judged_by",
        sa.Column("journal_id", BIG, autoincrement=False, nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("as_of_s", sa.Double(), nullable=False),
        sa.Column("zone_revision", BIG, nullable=False),
        sa.Column("registry_revision", BIG, nullable=False),
        sa.Column("permit_revision", BIG, nullable=False),
        sa.Column("rule_set", sa.String(100), nullable=False),
        sa.Column("rules", sa.String(200), nullable=False),
        sa.Column("rules_digest", sa.String(64), nullable=False),
        sa.Column("is_start", sa.Boolean(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.CheckConstraint("at_s BETWEEN -1e300 AND 1e300", name=op.f("ck_judged_by_at_s_finite")),
        sa.CheckConstraint(
            "as_of_s BETWEEN -1e300 AND 1e300", name=op.f("ck_judged_by_as_of_s_finite")
        ),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_judged_by")),
    )
    op.create_table(
        "device_history",
        sa.Column("device_id", sa.String(64), nullable=False),
        *_revisions(),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("domain", sa.String(8), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("codec", sa.String(32), nullable=False),
        sa.Column("wire_id", sa.String(64), nullable=True),
        sa.Column("datum", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("let_in", sa.Boolean(), nullable=False),
        _lasts("device_history"),
        sa.PrimaryKeyConstraint("device_id", "from_revision", name=op.f("pk_device_history")),
    )
    op.create_table(
        "permit_history",
        sa.Column("number", sa.String(64), nullable=False),
        *_revisions(),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("terms", sa.String(2_000_000), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        _lasts("permit_history"),
        sa.PrimaryKeyConstraint("number", "from_revision", name=op.f("pk_permit_history")),
    )
    for name in ("device_history", "permit_history"):
        op.create_index(op.f(f"ix_{name}_until_revision"), name, ["until_revision"])
    op.execute(FIRST_DEVICES)
    op.execute(FIRST_PERMITS)


def _revisions() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("from_revision", BIG, autoincrement=False, nullable=False),
        sa.Column("until_revision", BIG, nullable=True),
    )


def _lasts(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint("until_revision > from_revision", name=op.f(f"ck_{table}_lasts"))


def downgrade() -> None:
    for table in ("permit_history", "device_history", "judged_by", "memory_mark"):
        op.drop_table(table)
