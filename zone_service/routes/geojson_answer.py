"""A map as an answer: GeoJSON with an entity tag, sent again only when it has changed."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Header, Response

GEOJSON: Final = "application/geo+json"
KnownTags = Annotated[str | None, Header(alias="If-None-Match", max_length=1000)]

ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A GeoJSON FeatureCollection, WGS 84.", "content": {GEOJSON: {}}},
    304: {"description": "The map has not changed."},
}


def geojson_answer(content: bytes, etag: str, known_tags: str | None) -> Response:
    """Return the map, or 304 to a client that says it holds this one."""
    headers = {"ETag": etag, "Cache-Control": "no-cache, private"}
    known = [tag.strip().removeprefix("W/") for tag in (known_tags or "").split(",")]
    if etag in known or known == ["*"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, media_type=GEOJSON, headers=headers)
