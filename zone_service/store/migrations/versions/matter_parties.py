"""Whose vehicles a matter is about, and whether it concerns all that hold its permit.

Of the matters of before both follow from what each is about and from whose its devices are.
"""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision: str = "0052"
down_revision: str | None = "0051"
branch_labels: str | None = None
depends_on: str | None = None

_MATTER = sa.table("matter", sa.column("matter_id"), sa.column("about"), sa.column("of_all"))
_DEVICE = sa.table("device", sa.column("device_id"), sa.column("organisation_id"))
_STEP = sa.table("matter_event", sa.column("event_id"), sa.column("details"))
_PARTY = sa.table("matter_party", sa.column("matter_id"), sa.column("organisation_id"))


def upgrade() -> None:
    op.create_table(
        "matter_party",
        sa.Column("matter_id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["matter.matter_id"], name=op.f("fk_matter_party_matter_id_matter")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_matter_party_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("matter_id", "organisation_id", name=op.f("pk_matter_party")),
    )
    op.create_index(
        op.f("ix_matter_party_organisation_id_matter_id"),
        "matter_party",
        ["organisation_id", "matter_id"],
    )
    op.add_column(
        "matter", sa.Column("of_all", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    found = list(_of_before())
    if found:
        op.bulk_insert(_PARTY, found)
    with op.batch_alter_table("matter") as matters:
        matters.alter_column("of_all", server_default=None)


def _of_before() -> Iterator[dict[str, str]]:
    of = op.get_bind()
    for matter_id, about in of.execute(sa.select(_MATTER.c.matter_id, _MATTER.c.about)).all():
        told = json.loads(about)
        devices, zones = told.get("device_ids", ()), told.get("zone_ids", ())
        if not devices:
            continue
        if not zones:
            its = sa.update(_MATTER).where(_MATTER.c.matter_id == matter_id)
            of.execute(its.values(of_all=sa.false()))
        asked = sa.select(_DEVICE.c.organisation_id).where(_DEVICE.c.device_id.in_(devices))
        for organisation_id in of.execute(asked.distinct()).scalars().all():
            yield {"matter_id": matter_id, "organisation_id": organisation_id}


def downgrade() -> None:
    _forget_what_was_gone()
    with op.batch_alter_table("matter") as matters:
        matters.drop_column("of_all")
    op.drop_table("matter_party")


def _forget_what_was_gone() -> None:
    """The program of before refuses to read a step that says more of itself than it knows; the reason stays."""
    of, said = op.get_bind(), _STEP.c.details
    asked = sa.select(_STEP.c.event_id, said).where(said.like('%"gone"%'))
    for event_id, details in of.execute(asked).all():
        left = {name: each for name, each in json.loads(details).items() if name != "gone"}
        its = sa.update(_STEP).where(_STEP.c.event_id == event_id)
        of.execute(its.values(details=json.dumps(left) if left else None))
