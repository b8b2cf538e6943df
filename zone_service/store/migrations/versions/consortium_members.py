"""Who is in the consortium of a permit, and what each member brings to it.

The members of what was applied for before are those of the register now; what they brought was named by
the applicant alone, and stands as it was granted.
"""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision: str = "0045"
down_revision: str | None = "0044"
branch_labels: str | None = None
depends_on: str | None = None

_PERMIT = sa.table("permit", sa.column("number"), sa.column("holder_id"))
_APPLICATION = sa.table("application", sa.column("number"), sa.column("body"))
_ENTRY = sa.table("register_entry", sa.column("entry_id"), sa.column("particulars"))
_MEMBER = sa.table(
    "consortium_member",
    sa.column("number"),
    sa.column("organisation_id"),
    sa.column("consortium_id"),
)


def upgrade() -> None:
    op.create_table(
        "consortium_member",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("consortium_id", sa.String(64), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_consortium_member_number_permit")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_consortium_member_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["consortium_id"],
            ["register_entry.entry_id"],
            name=op.f("fk_consortium_member_consortium_id_register_entry"),
        ),
        sa.PrimaryKeyConstraint("number", "organisation_id", name=op.f("pk_consortium_member")),
    )
    op.create_index(
        op.f("ix_consortium_member_consortium_id"), "consortium_member", ["consortium_id"]
    )
    op.create_index(
        op.f("ix_consortium_member_organisation_id_number"),
        "consortium_member",
        ["organisation_id", "number"],
    )
    op.create_table(
        "brought_entry",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_brought_entry_number_permit")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["register_entry.entry_id"],
            name=op.f("fk_brought_entry_entry_id_register_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_brought_entry_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("number", "entry_id", name=op.f("pk_brought_entry")),
    )
    found = list(_of_before())
    if found:
        op.bulk_insert(_MEMBER, found)


def _of_before() -> Iterator[dict[str, str]]:
    of = op.get_bind()
    asked = sa.select(_PERMIT.c.number, _PERMIT.c.holder_id, _APPLICATION.c.body).join(
        _APPLICATION, _APPLICATION.c.number == _PERMIT.c.number
    )
    for number, holder_id, body in of.execute(asked).all():
        consortium_id = json.loads(body).get("consortium_id")
        if consortium_id is None:
            continue
        its = sa.select(_ENTRY.c.particulars).where(_ENTRY.c.entry_id == consortium_id)
        told = of.execute(its).scalar_one_or_none()
        members = json.loads(told).get("members", ()) if told else ()
        for organisation_id in {each["organisation_id"] for each in members} - {holder_id}:
            yield {
                "number": number,
                "organisation_id": organisation_id,
                "consortium_id": consortium_id,
            }


def downgrade() -> None:
    op.drop_table("brought_entry")
    op.drop_table("consortium_member")
