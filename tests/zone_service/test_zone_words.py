"""What is wrong with a zone is said in both languages: every sentence that the rooms have of it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from geofence.said import Said
from geofence.validity import WHY, wrong
from maps.feature_file import NO_SUCH_FILE
from maps.geojson import LIMITS, read_zones
from maps.geojson_limits import HEIGHT, SCHEDULE, WINDOW
from permits.rule_words import Language
from zone_service.zone_words import CHINESE, zone_said

ROOT = Path(__file__).parents[2]
SOURCES = (
    *sorted((ROOT / "geofence").glob("*.py")),
    *sorted((ROOT / "maps").glob("*.py")),
    ROOT / "zone_service" / "zone_import.py",
)
SENTENCE_AT = {"wrong": 1, "error": 1, "warning": 1, "Said": 0, "_bad": 0}
"""Where a call that says what is wrong has its sentence."""
HAN = re.compile("[一-鿿]")


def sentences() -> Iterator[str]:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            at = SENTENCE_AT.get(name)
            if at is not None and len(node.args) > at and isinstance(node.args[at], ast.Constant):
                yield str(ast.literal_eval(node.args[at]))


def test_every_sentence_about_a_zone_has_its_chinese_with_the_same_things_in_it() -> None:
    known = {*sentences(), *WHY.values(), *NO_SUCH_FILE.values()}
    assert len(known) > 70
    assert sorted(known - CHINESE.keys()) == []
    meanings = {*LIMITS.values(), *HEIGHT.values(), *SCHEDULE.values(), *WINDOW.values()}
    assert CHINESE.keys() - known - meanings == set(), "nobody says it any more"
    for english, chinese in CHINESE.items():
        assert filled(chinese) == filled(english), english
        assert HAN.search(chinese) or english == "{reason}", english


def filled(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_a_sentence_within_another_is_said_in_its_language_too() -> None:
    bow_tie = wrong("shape", "its outline on the ground is not valid: {why}", why=Said(WHY["Self-intersection"]))  # fmt: skip
    assert bow_tie.message.endswith("not valid: the outline crosses or touches itself")
    assert zone_said(bow_tie.said, Language.CHINESE) == "其地面轮廓无效：轮廓自相交或自相接"
    (found,) = read_zones(b"{}", None).problems
    assert found.message == "missing, expected one of FeatureCollection"
    assert zone_said(found.said, Language.CHINESE) == "缺失：应为 FeatureCollection 之一"
