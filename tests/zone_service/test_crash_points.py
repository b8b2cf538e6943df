"""Steps at which a test lets the worker die, and nobody else does."""

import pytest

from zone_service.crash_points import STEPS, VARIABLE, CrashPoint
from zone_service.settings import Environment, UnsafeSettings


def test_production_refuses_to_be_told_to_die(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "before_commit")
    with pytest.raises(UnsafeSettings) as refused:
        CrashPoint.of_environment(Environment.PRODUCTION)
    assert str(refused.value) == (
        "cannot start: ZONE_CRASH_AT=before_commit lets the worker die in the midst of its work: "
        "expected nothing in production"
    )


@pytest.mark.parametrize("where", [None, ""])
@pytest.mark.parametrize("environment", list(Environment))
def test_where_nothing_is_named_nothing_happens_anywhere(
    monkeypatch: pytest.MonkeyPatch, environment: Environment, where: str | None
) -> None:
    if where is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, where)
    point = CrashPoint.of_environment(environment)
    for step in STEPS:
        point.reach(step)


@pytest.mark.parametrize("where", ["before", "before_commit:", "before_commit:x", ":3", "9"])
def test_a_step_that_there_is_not_is_refused_with_those_that_there_are(where: str) -> None:
    with pytest.raises(UnsafeSettings, match="expected STEP or STEP:N, a step of before_read"):
        CrashPoint(where)
