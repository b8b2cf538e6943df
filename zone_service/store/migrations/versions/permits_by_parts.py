"""Permits are found by the devices and zones that they name, and by their plates, past ones too."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: str | None = None
depends_on: str | None = None

AT_ONCE = 500
ZONES = ("zone_ids", "transfer_zone_ids", "exempt_zone_ids")


def upgrade() -> None:
    parts = op.create_table(
        "permit_part",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_permit_part_number_permit")
        ),
        sa.PrimaryKeyConstraint("kind", "key", "number", name=op.f("pk_permit_part")),
    )
    op.create_index(op.f("ix_permit_part_number"), "permit_part", ["number"])
    op.create_index(op.f("ix_plate_plate"), "plate", ["plate"])
    op.create_index(op.f("ix_plate_vin"), "plate", ["vin"])
    connection = op.get_bind()
    permits = sa.table("permit", sa.column("number"), sa.column("terms"))
    after = ""
    while found := connection.execute(
        sa.select(permits).where(permits.c.number > after).order_by(permits.c.number).limit(AT_ONCE)
    ).all():
        rows = [row for number, terms in found for row in _rows(number, json.loads(terms))]
        if rows:
            connection.execute(sa.insert(parts), rows)
        after = found[-1].number


def _rows(number: str, terms: dict[str, Any]) -> Iterator[dict[str, str]]:
    named = {
        "device": set(terms.get("device_ids", ())),
        "zone": {each for name in ZONES for each in terms.get(name, ())},
    }
    for kind, keys in named.items():
        yield from ({"kind": kind, "key": key, "number": number} for key in sorted(keys))


def downgrade() -> None:
    op.drop_index(op.f("ix_plate_vin"), "plate")
    op.drop_index(op.f("ix_plate_plate"), "plate")
    op.drop_table("permit_part")
