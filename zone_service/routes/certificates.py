"""What is issued with a permit: certificate, token, plates; and the keys to verify them by."""

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Response

from zone_service.auth import PUBLIC, Anybody
from zone_service.certificate_drawing import certificate_of, first_key
from zone_service.certificate_status import status_of
from zone_service.certificate_token import verify
from zone_service.clock import now
from zone_service.issuer_key import key_set, public_keys
from zone_service.problems import errors
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.certificates import (
    KeySetShown,
    PlateShown,
    StatusAsked,
    StatusShown,
    TokenShown,
)
from zone_service.schemas.fields import Page
from zone_service.services import Services, services_of
from zone_service.store import issuer_keys, plates

router = Router(prefix="/api", tags=["certificates"])
Served = Annotated[Services, Depends(services_of)]
Number = Annotated[str, Path(max_length=64)]
PDF = "application/pdf"
_SIGNS = re.compile(r"[^A-Za-z0-9.-]")
"""What a name of a file in a header does without."""

FOUND = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get(
    "/permits/{number}/certificate",
    responses=FOUND | {HTTPStatus.OK.value: {"content": {PDF: {}}}},
    response_class=Response,
)
def get_certificate(number: Number, principal: Anybody, services: Served) -> Response:
    """Return the certificate of a permit as a PDF: always the file that was first handed out."""
    kept = certificate_of(services.store, services.settings.data_dir, principal, number)
    name = f"{_SIGNS.sub('_', kept.certificate.number)}-{kept.certificate.edition}.pdf"
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "ETag": f'"{kept.sha256}"',
        "Cache-Control": "private, no-cache",
    }
    return Response(kept.pdf, media_type=PDF, headers=headers)


@router.get("/permits/{number}/token", responses=FOUND)
def get_token(number: Number, principal: Anybody, services: Served) -> TokenShown:
    """Return the token of a permit's certificate, as its QR code has it."""
    data_dir = services.settings.data_dir
    return TokenShown.of(certificate_of(services.store, data_dir, principal, number))


@router.get("/permits/{number}/plates", responses=FOUND)
def list_plates(
    number: Number, principal: Anybody, services: Served, after: After = "", limit: Limit = 100
) -> Page[PlateShown]:
    """Return every temporary plate that a permit ever had, in the order in which they were given."""
    begin = int(after) if after.isascii() and after.isdigit() else 0
    with services.store.read() as session:
        found = plates.of_permit(session, principal, number)[begin : begin + limit]
    # Plates are only ever added: a place in their order stays what it is.
    places = [str(begin + at) for at in range(1, len(found) + 1)]
    return Page(items=[PlateShown.of(each) for each in found], next=following(places, limit))


@router.get("/certificates/keys", dependencies=[Depends(PUBLIC)])
def list_keys(services: Served) -> KeySetShown:
    """Return the public keys as a JWK set, those too that sign no more."""
    with services.store.read() as session:
        found = issuer_keys.public_halves(session)
    if not found:
        first_key(services.store, services.settings.data_dir)
        with services.store.read() as session:
            found = issuer_keys.public_halves(session)
    return KeySetShown.model_validate(key_set(found))


@router.post("/certificates/status", dependencies=[Depends(PUBLIC)])
def ask_status(asked: StatusAsked, services: Served) -> StatusShown:
    """Tell whoever holds a certificate how its permit stands now; a token that is not ours tells nothing."""
    with services.store.read() as session:
        keys = public_keys(issuer_keys.public_halves(session))
        verified = verify(asked.token.strip(), keys, now())
        status = None if verified.claims is None else status_of(session, verified.claims)
    return StatusShown.of(verified, status)
