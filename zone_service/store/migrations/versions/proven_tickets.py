"""A ticket for the live feed says what its holder proved who they are with."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    _made_anew(
        sa.Column("proof_kind", sa.String(16), nullable=False),
        sa.Column("proof_key", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "proof_kind IN ('session', 'token')", name=op.f("ck_socket_ticket_proof_kind_known")
        ),
    )


def downgrade() -> None:
    _made_anew()


def _made_anew(*more: sa.Column[str] | sa.CheckConstraint) -> None:
    """Make the table anew: no ticket in it is older than half a minute, and a new one is free."""
    op.drop_table("socket_ticket")
    op.create_table(
        "socket_ticket",
        sa.Column("ticket_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        *more,
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.user_id"], name=op.f("fk_socket_ticket_user_id_account")
        ),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_socket_ticket")),
    )
    op.create_index(
        op.f("ix_socket_ticket_expires_at"), "socket_ticket", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_socket_ticket_user_id"), "socket_ticket", ["user_id"], unique=False)
