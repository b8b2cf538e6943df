"""What the doctor says has its Chinese: every sentence, every name, every state."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from string import Formatter

import pytest
from rich.console import Console

from permits.rule_words import Language
from zone_service.broker import free_port
from zone_service.doctor import examine, render
from zone_service.doctor_findings import Finding, State, Words
from zone_service.doctor_words import CHINESE, finding_said
from zone_service.settings import Settings

SOURCES = sorted(
    path
    for path in (Path(__file__).parents[2] / "zone_service").glob("doctor*.py")
    if path.name not in {"doctor_words.py", "doctor_findings.py"}
)
NO_SENTENCES = {"", "evidence.network_logs_months", "CN", "CN-HK", "CN-MO", "CN-TW"}


def sentences() -> Iterator[str]:
    """Yield the templates of all sentences, and what findings are given as it stands."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = {"Words": node.args[:1], "Finding": node.args}.get(node.func.id, [])
            yield from (
                each.value
                for each in given
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


def constants() -> Iterator[str]:
    """Yield what is kept by a name, and may become part of a finding."""
    for path in SOURCES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                yield str(node.value.value)


def test_every_sentence_has_its_chinese_with_the_same_things_in_it() -> None:
    known = {*sentences(), *map(str, State)}
    assert len(known) > 100
    assert sorted(known - CHINESE.keys() - NO_SENTENCES) == []
    advice = {each for each in constants() if " " in each}
    assert sorted(advice - CHINESE.keys()) == []
    for english, chinese in CHINESE.items():
        assert places(chinese) == places(english), english


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_a_sentence_within_another_is_said_in_its_language_too() -> None:
    law = Words(
        "{months:g} months ({instrument} {article})", months=6, instrument="CSL", article="21"
    )
    found = Words("kept for {kept:g} days: expected {law}", kept=30, law=law)
    assert found == "kept for 30 days: expected 6 months (CSL 21)"
    assert finding_said(found, Language.CHINESE) == "保存 30 天：应为 6 个月（CSL 21）"
    assert finding_said("what Mosquitto says", Language.CHINESE) == "what Mosquitto says"


def test_the_table_of_a_machine_with_nothing_started_is_chinese_to_who_asks(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", mqtt_port=free_port(), web_port=free_port())
    console = Console(width=400, record=True, file=StringIO())
    findings = [*examine(settings), Finding("store", State.FAIL, "no", "run `zone db upgrade`")]
    console.print(render(findings, Language.CHINESE))
    shown = console.export_text()
    assert all(
        each in shown for each in ("项目", "情况", "建议", "正常", "注意", "故障", "平台未运行")
    )
    assert "请执行 `zone db upgrade`" in shown
    assert not re.search(r"\b(the|is|not|with|what)\b", shown)


@pytest.mark.parametrize("language", Language)
def test_a_command_that_is_to_be_typed_is_the_same_in_both(language: Language) -> None:
    assert finding_said("chmod go-rwx data/secrets.json", language).startswith("chmod")
