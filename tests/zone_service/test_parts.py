import pytest

from zone_service import parts, supervisor


@pytest.mark.parametrize("name", ["worker", "web", "evidence", "fences"])
def test_what_the_platform_keeps_running_begins_without_the_other_commands(name: str) -> None:
    words = supervisor.PROGRAMS[name]
    assert words[1:4] == ("-P", "-m", "zone_service")
    assert parts.part(words[4:]) is getattr(parts, name)


@pytest.mark.parametrize(
    "typed", ["", "up", "worker --help", "evidence seal", "evidence seal --follow --quiet", "fence"]
)
def test_whatever_else_is_typed_is_for_the_commands_to_understand(typed: str) -> None:
    assert parts.part(typed.split()) is None
