"""What lies under the zones: a schematic land and water that says so itself."""

import hashlib
from functools import cache
from http import HTTPStatus

import msgspec
from fastapi import Response

from maps.demo_map import backdrop
from zone_service.auth import Anybody
from zone_service.problems import errors
from zone_service.routes.geojson_answer import ANSWERS, KnownTags, geojson_answer
from zone_service.routes.submitting import Router

router = Router(prefix="/api/backdrop", tags=["zones"])


@router.get(
    "",
    response_class=Response,
    responses=errors(HTTPStatus.UNAUTHORIZED) | ANSWERS,
)
def get_backdrop(_: Anybody, if_none_match: KnownTags = None) -> Response:
    """Return land, water, roads and places: for orientation, never for navigation."""
    content, etag = _packed()
    return geojson_answer(content, etag, if_none_match)


@cache
def _packed() -> tuple[bytes, str]:
    content = msgspec.json.encode(backdrop())
    return content, f'"backdrop-{hashlib.sha256(content).hexdigest()[:16]}"'
