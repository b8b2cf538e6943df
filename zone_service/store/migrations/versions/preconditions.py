"""What departments have attested, and the attested figures of what vehicles have driven."""

import sqlalchemy as sa
from alembic import op

revision: str = "0034"
down_revision: str | None = "0033"
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attestation",
        sa.Column("attestation_id", BIG, nullable=False, autoincrement=True),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(2000), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _to("attestation", "number", "permit.number"),
        _to("attestation", "document_id", "document.document_id"),
        sa.PrimaryKeyConstraint("attestation_id", name=op.f("pk_attestation")),
    )
    op.create_index(op.f("ix_attestation_number"), "attestation", ["number"])
    op.create_table(
        "driven_figure",
        sa.Column("figure_id", BIG, nullable=False, autoincrement=True),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("zone_id", sa.String(100), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("automated_h", sa.Double(), nullable=True),
        sa.Column("automated_km", sa.Double(), nullable=True),
        *(
            sa.Column(name, BIG, nullable=True)
            for name in (
                "supervised_rides",
                "loaded_rides",
                "takeovers",
                "at_fault_accidents",
                "traffic_violations",
            )
        ),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("declared_by", sa.String(64), nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("attested_by", sa.String(64), nullable=True),
        sa.Column("attested_at", MOMENT, nullable=True),
        sa.CheckConstraint("begins <= ends", name=op.f("ck_driven_figure_lasts")),
        *(
            sa.CheckConstraint(
                f"{name} BETWEEN -1e300 AND 1e300", name=op.f(f"ck_driven_figure_{name}_finite")
            )
            for name in ("automated_h", "automated_km")
        ),
        _to("driven_figure", "entry_id", "register_entry.entry_id"),
        _to("driven_figure", "document_id", "document.document_id"),
        sa.PrimaryKeyConstraint("figure_id", name=op.f("pk_driven_figure")),
    )
    op.create_index(op.f("ix_driven_figure_entry_id"), "driven_figure", ["entry_id"])


def downgrade() -> None:
    op.drop_table("driven_figure")
    op.drop_table("attestation")


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
    return sa.ForeignKeyConstraint([column], [other], name=name)
