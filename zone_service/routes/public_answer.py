"""Answers for everybody: kept for some seconds by whoever asks, and not sent again while nothing has changed."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import Response

from zone_service.public_lists import FRESH_FOR_S

UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.NOT_MODIFIED.value: {"description": "Nothing has changed."}
}


def headers_of(etag: str) -> dict[str, str]:
    """Return the headers of what everybody may read and keep for some seconds."""
    return {
        "ETag": etag,
        "Cache-Control": f"public, max-age={FRESH_FOR_S:.0f}",
        # It is everybody's: pages of others may show it.
        "Access-Control-Allow-Origin": "*",
    }


def is_known(etag: str, known_tags: str | None) -> bool:
    """Tell whether who asks has it as it is."""
    tags = [tag.strip().removeprefix("W/") for tag in (known_tags or "").split(",")]
    return etag in tags or tags == ["*"]


def unchanged(etag: str) -> Response:
    """Return that nothing has changed."""
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers_of(etag))
