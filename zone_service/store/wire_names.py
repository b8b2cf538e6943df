"""Whose a name on the wire is: one device's in service, that which had it first."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from telemetry.wire_names import OWN_NAMES, unsaid_form
from zone_service.store.errors import Conflict, InvalidValue
from zone_service.store.records import Device
from zone_service.store.tables import DeviceRow


def named(session: Session, codec: str) -> tuple[tuple[str, str], ...]:
    """Return the devices of a codec that are in service with their wire ids, first registered first."""
    asked = (
        select(DeviceRow.device_id, _wire_id())
        .where(DeviceRow.codec == codec, col(DeviceRow.active))
        .order_by(col(DeviceRow.created_at), col(DeviceRow.device_id))
    )
    return tuple((device_id, wire_id) for device_id, wire_id in session.exec(asked))


def require_sayable(devices: Iterable[Device]) -> None:
    """Let devices through whose units can say the names by which they would be known.

    Raises:
        InvalidValue: one has a name that no unit of its codec can say; names the form.
    """
    for each in devices:
        form = unsaid_form(each.codec, each.device_id, each.wire_id)
        if form is not None:
            named = (each.wire_id or each.device_id)[:80]
            raise InvalidValue(why="not sayable", found=named, codec=each.codec, expected=form)


def require_own_names(session: Session, devices: Sequence[Device]) -> None:
    """Let devices through whose names on the wire nobody else has: who has it is believed to be it.

    Belongs behind what locks the registry, so that two who come at once do not both find it free.

    Raises:
        Conflict: another device in service is called so, or two of these are.
    """
    for codec, called in OWN_NAMES.items():
        new = Counter(
            called(each.wire_id or each.device_id) for each in devices if each.codec == codec
        )
        twice = {name for name, count in new.items() if count > 1}
        alike = twice | _taken(session, codec, called, new.keys(), [d.device_id for d in devices])
        if alike:
            raise Conflict(why="called alike", codec=codec, name=min(alike))


def _taken(
    session: Session,
    codec: str,
    called: Callable[[str], str],
    names: Collection[str],
    own: Collection[str],
) -> set[str]:
    """Return those of the names that devices in service have, other than their ``own`` devices."""
    if not names:
        return set()
    # Zeros are what spellings of one name differ in; what is found too much is looked at again below.
    bare = func.ltrim(_wire_id(), "0")
    asked = select(_wire_id()).where(
        DeviceRow.codec == codec,
        col(DeviceRow.active),
        col(DeviceRow.device_id).not_in(own),
        bare.in_(sorted({each.lstrip("0") for each in names})),
    )
    return {called(each) for each in session.exec(asked)} & set(names)


def _wire_id() -> Any:
    return func.coalesce(func.nullif(col(DeviceRow.wire_id), ""), col(DeviceRow.device_id))
