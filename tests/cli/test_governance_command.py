"""Graded governance at the command line."""

import json
from datetime import timedelta

import pytest

from permits.issuing import legal_day
from tests.cli.conftest import Shell
from zone_service.clock import now

PASSWORD = "a long password"


@pytest.mark.requirement("D0-13", "D4d-43")
def test_it_is_applied_for_reviewed_and_refused_by_name_in_both_languages(shell: Shell) -> None:
    for name, role in (("olga", "operator"), ("rita", "reviewer"), ("paul", "police")):
        office = () if role != "reviewer" else ("--department", "industry")
        made = shell.zone(
            "user",
            "add",
            name,
            "--role",
            role,
            "--organisation",
            name,
            "--password",
            PASSWORD,
            *office,
        )
        assert made.returncode == 0, made.stderr
    today = legal_day(now())
    given = {
        "title": "Taxi", "scenario": "by night", "items": ["DRIVERLESS_PASSENGERS"], "terms": "one road",
        "begins": f"{today}", "ends": f"{today + timedelta(days=30)}",
    }  # fmt: skip
    (shell.folder / "ours.json").write_text(json.dumps(given))

    def typed(*words: str, who: str, language: str = "--english") -> tuple[int, str]:
        done = shell.zone("governance", *words, "--username", who, "--password", PASSWORD, language)
        return done.returncode, done.stdout + done.stderr

    status, said = typed("apply", "ours.json", who="olga")
    assert status == 0, said
    file_id = said.partition(":")[0]
    status, said = typed(
        "act", file_id, "DISCLOSE", "--reason", "x", who="olga", language="--chinese"
    )
    assert (status, "含高风险清单事项 DRIVERLESS_PASSENGERS" in said) == (1, True)
    assert typed("act", file_id, "START_REVIEW", "--reason", "x", who="rita")[0] == 0
    seen = {
        "organisation_id": "olga",
        "code": "OVERSPEED",
        "severity": "major",
        "seen_at": now().isoformat(),
    }
    (shell.folder / "seen.json").write_text(json.dumps(seen))
    status, said = typed("breach", "seen.json", who="paul", language="--chinese")
    assert (status, "已立案" in said) == (0, True)
    breach_id = said.partition(":")[0]
    (shell.folder / "met.json").write_text(
        json.dumps({"interview": {"held_on": f"{today}", "people": ["paul"], "document_id": "D-9"}})
    )
    asked = ("act", breach_id, "INTERVIEW", "--reason", "x")
    status, said = typed(*asked, who="paul", language="--chinese")
    assert (status, "须随附 interview" in said) == (1, True)
    status, said = typed(*asked, "--said", "met.json", who="paul", language="--chinese")
    assert (status, "约谈记录" in said) == (1, True)
    status, said = typed("list", who="paul", language="--chinese")
    assert [line.split()[1] for line in said.splitlines()[1:]] == ["BREACH", "SANDBOX"]
    assert "合规审查中" in said
