"""What clips are noted of a stretch of the feed, and how short the store is held for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from tests.clips.scene import Scene, at, exit_of
from tests.history.journal import NOON_S, told
from zone_service.clips.noting import AT_ONCE, Noting
from zone_service.store import clips
from zone_service.store.errors import Conflict
from zone_service.store.records import PLATFORM, ViolationChange

MANY = AT_ONCE + 20


def at_second(number: int, **changes: Any) -> ViolationChange:
    """The car leaves its road at a second after noon."""
    opened = {"opened_at": at(float(number)), "detected_at": at(float(number))}
    return exit_of(**opened | {"updated_at": at(float(number))} | changes)


@contextmanager
def written(scene: Scene) -> Iterator[list[str]]:
    """What is asked and said of the store while others wait."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement.split()[0])

    event.listen(scene.store.writer, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(scene.store.writer, "before_cursor_execute", hear)


@pytest.mark.requirement("D4e-2")
def test_however_many_are_noted_others_wait_for_two_statements_of_each_stretch(
    scene: Scene,
) -> None:
    scene.receive(told(), changes=[at_second(each) for each in range(MANY)], judged=True)
    noting = Noting(scene.store, "demonstration")
    with written(scene) as said:
        counts = [noting.note(at(200.0)) for _ in range(3)]
    assert counts == [AT_ONCE, MANY - AT_ONCE, 0]
    with scene.store.read() as session:
        assert len(clips.page(session, PLATFORM, limit=MANY)) == MANY
    updates = [place for place, each in enumerate(said) if each == "UPDATE"]
    assert [said[place + 1] for place in updates] == ["INSERT"] * 2
    assert said.count("INSERT") == 2
    if scene.store.is_sqlite:  # Elsewhere readers use the same connections.
        assert "SELECT" not in said


def test_what_opens_and_closes_in_one_stretch_is_one_clip_around_both(scene: Scene) -> None:
    closed = at_second(0, closed_at=at(40.0), updated_at=at(41.0))
    scene.receive(told(), changes=[at_second(0)], judged=True)
    scene.receive(told(after_s=41.0, seq=2), changes=[closed])
    Noting(scene.store, "demonstration").note(at(50.0))
    (clip,) = scene.clips().values()
    assert clip.moments_s == (NOON_S, NOON_S + 40.0, NOON_S + 41.0)


def test_a_stretch_that_is_told_twice_is_noted_once(scene: Scene) -> None:
    scene.receive(told(), changes=[at_second(0), at_second(5)], judged=True)
    noting = Noting(scene.store, "demonstration")
    assert noting.note(at(50.0)) == 2
    before = scene.clips()
    assert Noting(scene.store, "demonstration").note(at(60.0)) == 0
    assert scene.clips() == before


def test_what_somebody_else_has_sealed_meanwhile_is_not_taken_for_longer(scene: Scene) -> None:
    scene.receive(told(), changes=[at_second(0)], judged=True)
    Noting(scene.store, "demonstration").note(at(50.0))
    (opening,) = scene.clips().values()
    done = replace(opening, sealed_at=at(91.0), kept_until=at(9e6), name="a.zip", size_bytes=1)
    with scene.store.write() as session:
        seq = clips.followed(session)
        assert clips.sealed(session, done, at(91.0))
    with pytest.raises(Conflict), scene.store.begin_unsynced() as connection:
        clips.follow(connection, seq, seq + 1, [], [replace(opening, moments_s=(NOON_S + 50.0,))])
    with scene.store.read() as session:
        assert clips.followed(session) == seq
