"""The public halves of the keys that sign certificates: kept for ever, the newest last."""

from datetime import datetime

from sqlmodel import Session, col, select

from zone_service.store.tables import IssuerKeyRow


def keep(session: Session, key_id: str, public: str, at: datetime) -> None:
    """Keep a key that signs from now on; one that is known stays as it is."""
    if session.get(IssuerKeyRow, key_id) is None:
        session.add(IssuerKeyRow(key_id=key_id, public=public, since=at))
        session.flush()


def public_halves(session: Session) -> tuple[tuple[str, str], ...]:
    """Return id and public half of each key, in the order in which they came."""
    asked = select(IssuerKeyRow).order_by(col(IssuerKeyRow.since), col(IssuerKeyRow.key_id))
    return tuple((row.key_id, row.public) for row in session.exec(asked))
