"""What everybody may read without signing in: opened places, permits in force, disclosures."""

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Response

from permits.permit import PermitKind
from zone_service.auth import PUBLIC
from zone_service.public_lists import PlaceKind, part, permits_of, places_of
from zone_service.routes.geojson_answer import GEOJSON, KnownTags
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.public_answer import UNCHANGED, headers_of, is_known, unchanged
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.public import (
    DisclosureShown,
    PlaceFeatures,
    PlaceShown,
    PublicPermitShown,
)
from zone_service.services import Services, services_of

router = Router(prefix="/api/public", tags=["public"], dependencies=[Depends(PUBLIC)])
Served = Annotated[Services, Depends(services_of)]
Kind = Annotated[PlaceKind | None, Query(description="Roads, routes or areas alone.")]
Domain = Annotated[Literal["road", "air", "water"] | None, Query(description="For whom.")]
Permits = Annotated[PermitKind | None, Query(description="Permits of one kind alone.")]
At = Annotated[str | None, Query(max_length=100, description="Permits that name this place.")]

AS_GEOJSON: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {"content": {GEOJSON: {}}, "description": "Features in WGS 84."}
}


@router.get("/places", response_model=Page[PlaceShown], responses=UNCHANGED)
def list_places(
    services: Served,
    response: Response,
    kind: Kind = None,
    domain: Domain = None,
    after: After = "",
    limit: Limit = 100,
    if_none_match: KnownTags = None,
) -> Page[PlaceShown] | Response:
    """Return the opened roads, routes and areas in the order of their ids, with their permits."""
    held = services.public.current()
    if is_known(held.etag, if_none_match):
        return unchanged(held.etag)
    chosen = places_of(held.places, kind, domain)
    found = part(chosen, lambda each: each.zone_id, after, limit)
    response.headers.update(headers_of(held.etag))
    return Page(
        items=[PlaceShown.of(each) for each in found],
        next=following([each.zone_id for each in found], limit),
    )


@router.get("/places.geojson", response_class=Response, responses=UNCHANGED | AS_GEOJSON)
def map_places(
    services: Served,
    kind: Kind = None,
    domain: Domain = None,
    after: After = "",
    limit: Limit = 100,
    if_none_match: KnownTags = None,
) -> Response:
    """Return the same places with their outlines as GeoJSON; ``limit`` counts places."""
    held = services.public.current()
    if is_known(held.etag, if_none_match):
        return unchanged(held.etag)
    chosen = places_of(held.places, kind, domain)
    found = part(chosen, lambda each: each.zone_id, after, limit)
    told = PlaceFeatures(
        features=[feature for each in found for feature in held.features[each.zone_id]],
        next=following([each.zone_id for each in found], limit),
    )
    return Response(told.model_dump_json(), media_type=GEOJSON, headers=headers_of(held.etag))


@router.get("/permits", response_model=Page[PublicPermitShown], responses=UNCHANGED)
def list_public_permits(
    services: Served,
    response: Response,
    kind: Permits = None,
    zone_id: At = None,
    after: After = "",
    limit: Limit = 100,
    if_none_match: KnownTags = None,
) -> Page[PublicPermitShown] | Response:
    """Return the permits in force in the order of their numbers, without anything of a person."""
    held = services.public.current()
    if is_known(held.etag, if_none_match):
        return unchanged(held.etag)
    chosen = permits_of(held.permits, kind, zone_id)
    found = part(chosen, lambda each: each.number, after, limit)
    response.headers.update(headers_of(held.etag))
    return Page(
        items=[PublicPermitShown.of(each) for each in found],
        next=following([each.number for each in found], limit),
    )


@router.get("/disclosures", response_model=Page[DisclosureShown], responses=UNCHANGED)
def list_disclosures(
    services: Served,
    response: Response,
    after: After = "",
    limit: Limit = 100,
    if_none_match: KnownTags = None,
) -> Page[DisclosureShown] | Response:
    """Return what was disclosed before it was tried, and what came of looking at it later."""
    held = services.public.disclosed()
    if is_known(held.etag, if_none_match):
        return unchanged(held.etag)
    found = part(held.files, lambda each: each.file_id, after, limit)
    response.headers.update(headers_of(held.etag))
    return Page(
        items=[DisclosureShown.of(each) for each in found],
        next=following([each.file_id for each in found], limit),
    )
