"""What lies ahead, on the screens of those who may see the device."""

from typing import Any

import pytest

from tests.web_service.test_live_hub import looks_on, new_hub
from zone_service.live_forecasts import Forecasts
from zone_service.live_viewer import Limits, Resume


def alarm(at: str = "2026-11-23T04:00:04.900Z") -> dict[str, Any]:
    return {"code": "KEEP_OUT_BREACH", "state": "ahead", "zone_id": "wall", "at": at}


@pytest.mark.requirement("D4d-42")
def test_a_forecast_is_told_at_once_to_its_operator_and_to_the_police() -> None:
    hub = new_hub()
    _, police = looks_on(hub)
    _, operator = looks_on(hub, "beta", box=(0.0, 0.0, 1.0, 1.0))
    _, other = looks_on(hub, "alpha")
    hub.foresee({"drone-1": [alarm()]}, 1.0)
    assert police.screen.ahead == operator.screen.ahead == {"drone-1": [alarm()]}
    assert other.screen.heard == ["snap", "full"]
    assert police.screen.told == []  # no violation


def test_it_is_taken_back_and_not_repeated() -> None:
    hub = new_hub()
    _, paper = looks_on(hub)
    hub.foresee({"drone-1": [alarm()]}, 1.0)
    hub.foresee({"drone-1": [alarm()], "car-1": []}, 2.0)
    assert paper.screen.heard == ["snap", "full", "forecast"]
    hub.foresee({"drone-1": []}, 3.0)
    assert paper.screen.ahead == {}


def test_who_comes_later_is_told_what_stands() -> None:
    hub = new_hub()
    hub.foresee({"drone-1": [alarm()]}, 1.0)
    _, paper = looks_on(hub)
    _, other = looks_on(hub, "alpha")
    assert paper.screen.ahead == {"drone-1": [alarm()]}
    assert other.screen.ahead == {}
    _, back = looks_on(hub, screen=paper.screen, resume=Resume("epoch", 0))
    assert back.screen.ahead == {"drone-1": [alarm()]}


def test_what_the_worker_does_not_say_again_is_taken_back() -> None:
    hub = new_hub(Limits(forecast_kept_s=4.0))
    _, paper = looks_on(hub)
    hub.foresee({"drone-1": [alarm()]}, 1.0)
    hub.heartbeat(4.0)
    assert paper.screen.ahead == {"drone-1": [alarm()]}
    hub.heartbeat(5.1)
    assert paper.screen.ahead == {}


def test_a_forecast_that_is_said_again_stays() -> None:
    forecasts = Forecasts(4.0)
    assert forecasts.take({"drone-1": [alarm()]}, 0.0) == {"drone-1": [alarm()]}
    assert forecasts.take({"drone-1": [alarm()]}, 3.0) == {}
    assert forecasts.forget_old(6.9) == {}
    assert forecasts.forget_old(7.1) == {"drone-1": ()}
    assert forecasts.standing() == {}
