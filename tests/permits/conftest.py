"""The rule sets as they ship, and one day to drive on."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from permits.life_cycle import PermitKind, PermitState
from permits.ruleset import RuleSet, parse
from permits.terms import Terms


def shipped(name: str) -> str:
    folder, (rule_set_id, _, version) = files("permits").joinpath("rulesets"), name.partition("@")
    text = folder.joinpath(f"{rule_set_id}.toml").read_text(encoding="utf-8")
    if version and f'version = "{version}"' not in text:
        return folder.joinpath("past", f"{name}.toml").read_text(encoding="utf-8")
    return text


@pytest.fixture(scope="session")
def load() -> Callable[[str], str]:
    return shipped


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return parse(shipped("shanghai-default"), shipped)


@pytest.fixture(scope="session")
def demonstration() -> RuleSet:
    return parse(shipped("demonstration"), shipped)


@pytest.fixture(scope="session")
def terms() -> Terms:
    """A year on one segment, and by hand on the way there."""
    return Terms(
        device_ids=frozenset({"car-1"}),
        zone_ids=frozenset({"segment"}),
        transfer_zone_ids=frozenset({"transfer"}),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=datetime(2027, 1, 1, tzinfo=UTC),
    )


@pytest.fixture(scope="session", params=list(PermitKind))
def kind(request: pytest.FixtureRequest) -> PermitKind:
    return PermitKind(request.param)


@pytest.fixture(scope="session", params=list(PermitState))
def state(request: pytest.FixtureRequest) -> PermitState:
    return PermitState(request.param)
