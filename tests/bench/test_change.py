"""The benchmark of changes judges by plain geometry, and does not call good what was not judged so."""

import json
from collections.abc import Iterator
from functools import partial

import pytest

from bench.change import NEW, REACH, Measured, main, pairs, told
from bench.change_site import Site, keep_out

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("change"), 60, 100)
    yield made
    made.end()
    made.close()


def test_a_change_that_is_not_judged_as_plain_geometry_says_is_a_problem(site: Site) -> None:
    done = Measured(site)
    area = site.around(3)
    inside = site.within(area)
    assert "car-00003" in inside
    done.change("publish", partial(site.put, keep_out(NEW, area)), pairs(inside))
    done.holds("publish", inside, inside=True)
    assert done.problems == []
    done.holds("publish", {"car-00099"}, inside=True)
    assert len(done.problems) == 1
    done.change("withdraw", partial(site.withdraw, NEW), pairs(inside))
    assert "withdraw: opened [], expected" in done.problems[1]
    done.holds("withdraw", (), inside=False)
    assert len(done.problems) == 2
    assert done.verdicts == len(inside)


def test_a_change_that_nobody_makes_is_waited_for_and_is_a_problem(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.change.LONGEST_S", 0.05)
    done = Measured(site)
    done.change("publish", lambda: None, ())
    assert done.problems == ["publish: opened [], expected []"]


def test_a_small_run_is_sound_and_ends_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--json", "--zones", "60", "--devices", "100", "--changes", "2"])
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    of_it = measured["zones"]["60"]
    assert of_it["problems"] == []
    assert status == 0
    assert set(of_it["kinds"]) == {
        "publish", "edit", "withdraw", "permit", "rules", "map", "hours to come", "hours",
    }  # fmt: skip
    assert of_it["verdicts"] >= 6
    assert 0.0 < measured["visible_ms_p50"] <= measured["visible_ms_p99"]
    assert measured["start_s_10k_from_cache"] is None
    assert set(measured["met"]) == set(REACH)


def test_the_worst_map_counts_and_what_was_not_measured_is_not_reached() -> None:
    good = {
        "visible_ms_p50": 9.0,
        "visible_ms_p99": 20.0,
        "pause_ms_max": 4.0,
        "added_core_ms_max": 3.0,
    }
    bad = {
        "visible_ms_p50": 8.0,
        "visible_ms_p99": 51.0,
        "pause_ms_max": 3.0,
        "added_core_ms_max": 6.0,
    }
    of_both = told({1_000: good, 10_000: bad | {"start_s_from_cache": 2.0}})
    assert of_both["visible_ms_p50"] == 9.0
    assert of_both["met"] == {
        "visible_ms_p99": False,
        "pause_ms_max": True,
        "added_core_ms_max": False,
        "start_s_10k_from_cache": True,
    }
    assert not told({1_000: good})["met"]["start_s_10k_from_cache"]
