"""Certificates, plates and keys as requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, StringConstraints

from zone_service.certificate_status import Status
from zone_service.certificate_token import MOST_CHARACTERS, Verified
from zone_service.schemas.fields import Given
from zone_service.store.records import KeptCertificate, KeptPlate


class TokenShown(BaseModel):
    """The signed token of a certificate."""

    number: str
    confirmation: str
    edition: int
    token: str
    key_id: str
    sha256: str
    """Of the certificate's file."""

    @classmethod
    def of(cls, kept: KeptCertificate) -> Self:
        """Return what a client sees."""
        return cls(
            number=kept.certificate.number,
            confirmation=kept.certificate.confirmation,
            edition=kept.certificate.edition,
            token=kept.token or "",
            key_id=kept.key_id or "",
            sha256=kept.sha256 or "",
        )


class PlateShown(BaseModel):
    """A temporary plate."""

    number: str
    vin: str
    device_id: str
    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""
    cut_by: str
    """What it ends with: declaration, cap, insurance, inspection or police."""
    state: str
    ended_at: datetime | None
    notice: str | None

    @classmethod
    def of(cls, plate: KeptPlate) -> Self:
        """Return what a client sees."""
        return cls(
            number=plate.number,
            vin=plate.vin,
            device_id=plate.device_id,
            valid_from=plate.valid_from,
            valid_to=plate.valid_to,
            cut_by=plate.cut_by,
            state=plate.state,
            ended_at=plate.ended_at,
            notice=plate.notice,
        )


class KeyShown(BaseModel):
    """A public key as a JWK (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class KeySetShown(BaseModel):
    """The public keys that certificates were ever signed with, the newest last."""

    keys: list[KeyShown]


class StatusAsked(Given):
    """A token, as it is read off a certificate."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS)]


class StatusShown(BaseModel):
    """Whether a token is genuine and in its time, and how its permit stands now."""

    verdict: str
    standing: str | None
    """``None`` where the token is not to be believed."""
    since: datetime | None
    edition: int | None
    """The one that counts."""

    @classmethod
    def of(cls, verified: Verified, status: Status | None) -> Self:
        """Return what a client sees."""
        return cls(
            verdict=verified.verdict,
            standing=None if status is None else status.standing,
            since=None if status is None else status.since,
            edition=None if status is None else status.edition,
        )
