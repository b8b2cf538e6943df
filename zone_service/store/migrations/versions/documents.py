"""Documents of organisations, their vehicles, people and permits; the files lie beside the store."""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None

NUMBERS = ("amount_cny", "training_h", "remote_h")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("covers_kind", sa.String(16), nullable=False),
        sa.Column("covers_key", sa.String(64), nullable=False),
        sa.Column("serial", sa.String(100), nullable=True),
        sa.Column("issued_by", sa.String(200), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=True) for name in NUMBERS),
        sa.Column("grade", sa.String(100), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("media_type", sa.String(100), nullable=True),
        sa.Column(
            "size_bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.CheckConstraint(
                f"{name} BETWEEN -1e300 AND 1e300", name=op.f(f"ck_document_{name}_finite")
            )
            for name in NUMBERS
        ),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_document_lasts")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_document_has_content")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_document_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document")),
    )
    for columns in (
        ("organisation_id", "document_id"),
        ("covers_kind", "covers_key"),
        ("sha256",),
    ):
        op.create_index(op.f(f"ix_document_{'_'.join(columns)}"), "document", list(columns))
    op.execute("INSERT INTO revision (name, value) VALUES ('documents', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM revision WHERE name = 'documents'")
    op.drop_table("document")
