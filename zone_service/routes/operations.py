"""For whoever runs the platform: what it is, how it is."""

from http import HTTPStatus
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from zone_service.auth import PUBLIC
from zone_service.demo_accounts import ACCOUNTS
from zone_service.health import checks
from zone_service.metrics import DISTRIBUTION
from zone_service.schemas.about import About, DemoAccount
from zone_service.services import Services, services_of

router = APIRouter(dependencies=[Depends(PUBLIC)])
Served = Annotated[Services, Depends(services_of)]


@router.get("/api/about", tags=["about"])
def about(services: Served) -> About:
    """Return what anybody may know, before signing in."""
    settings = services.settings
    return About(
        name="Test zone platform",
        version=version(DISTRIBUTION),
        environment=settings.environment.value,
        default_language="zh",
        demo_accounts=_demo_accounts() if settings.demo else None,
    )


def _demo_accounts() -> list[DemoAccount]:
    return [
        DemoAccount(username=each.username, password=each.password, role=each.role)
        for each in ACCOUNTS
    ]


@router.get("/api/openapi.json", include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """Return the description of this API."""
    described: dict[str, Any] = request.app.openapi()
    return described


@router.get("/livez", include_in_schema=False)
async def livez() -> dict[str, str]:
    """Answer: that this process can is the whole answer."""
    return {"status": "ok"}


@router.get("/readyz", include_in_schema=False)
def readyz(services: Served) -> JSONResponse:
    """Return each check; 503 when one fails."""
    found = checks(services)
    ok = all(each.ok for each in found)
    return JSONResponse(
        {
            "status": "ok" if ok else "not ready",
            "checks": {each.name: each.as_json() for each in found},
        },
        HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE,
        {"Cache-Control": "no-store"},
    )


@router.get("/metrics", include_in_schema=False)
def metrics(services: Served) -> Response:
    """Return the figures for Prometheus; none of them is about one device or one person."""
    return Response(services.metrics.text(), media_type=CONTENT_TYPE_LATEST)
