"""Rule sets at the command line: what is in force, where a value is from, the next version."""

import json

import pytest

from tests.cli.conftest import Shell
from zone_service.rule_files import text_of

EXTENSION = """
[extensions.sh-icv-procedure]
valid_to = 2099-10-31
decided_by = "Li"
note = "notice 7"
"""


@pytest.fixture
def alone(shell: Shell) -> Shell:
    """Somebody with a database, and no platform that runs."""
    return shell


def file(shell: Shell, version: str, more: str = "") -> str:
    text = text_of("shanghai-default").replace('version = "2026.12"', f'version = "{version}"')
    (shell.folder / "ours.toml").write_text(text + more, "utf-8")
    return "ours.toml"


@pytest.mark.requirement("D0-6", "D0-9")
def test_the_list_tells_what_is_in_force_and_why_nothing_may_be_granted(alone: Shell) -> None:
    told = alone.zone("rules", "list", "--english")
    rows = {line.split()[0]: line for line in told.stdout.splitlines()}

    assert {"national@2026.12", "pudong@2026.12", "lingang@2026.12"} <= rows.keys()
    assert "Shanghai  " in rows["shanghai-default@2026.12"]
    assert "no    yes     yes" in rows["shanghai-default@2026.12"]
    assert "–     –       –" in rows["xiangyang@2026.12"]
    assert "ran out on 2026-10-31 and no successor or extension" in told.stderr
    chinese = alone.zone("rules", "list", LANG="zh_CN.UTF-8", LC_ALL="")
    assert "上海市" in chinese.stdout
    assert "未设定后续文件或延期" in chinese.stderr
    extended = alone.zone("rules", "list", ZONE_RULE_EXTENSIONS="sh-icv-procedure=2099-01-01")
    assert extended.stderr == ""


@pytest.mark.requirement("D0-1", "D0-3")
def test_a_value_is_shown_with_its_origin_in_both_languages_and_as_json(alone: Shell) -> None:
    words = ("rules", "show", "shanghai-default", "insurance.seat_min")
    english, chinese = alone.zone(*words, "--english"), alone.zone(*words, "--chinese")

    assert "1,000,000  CNY   comparator  xiangyang" in english.stdout
    assert "1,000,000  元    参照城市  xiangyang" in chinese.stdout
    assert "载人每座保险最低保额" in chinese.stdout
    (value,) = json.loads(alone.zone(*words, "--json").stdout)["parameters"]
    assert (value["value"], value["status"]) == (1e6, "comparator")
    text = alone.zone("rules", "show", "national@2026.12", "--text")
    assert text.stdout == text_of("national")


@pytest.mark.requirement("D0-8")
def test_a_difference_is_a_table_or_json_and_the_status_tells_that_there_is_one(
    alone: Shell,
) -> None:
    told = alone.zone("rules", "diff", "shanghai-default", "pudong", "--english")
    assert told.returncode == 1
    (driverless,) = (line for line in told.stdout.splitlines() if "driverless.allowed" in line)
    assert driverless.split("  ")[0] == "~"
    assert "false (own proposal)" in driverless
    assert "true (seen)" in driverless
    as_json = alone.zone("rules", "diff", "shanghai-default", "pudong", "--json")
    changed = {each["path"]: each for each in json.loads(as_json.stdout)["changed"]}
    assert changed["driverless.allowed"]["after"]["value"] is True
    same = alone.zone("rules", "diff", "pudong", "pudong@2026.12")
    assert (same.returncode, same.stdout) == (
        0,
        "pudong@2026.12 and pudong@2026.12 do not differ\n",
    )


@pytest.mark.requirement("D0-10")
def test_a_file_is_checked_and_all_that_is_wrong_is_listed(alone: Shell) -> None:
    name = file(alone, "1", "[alarms2]\nx = 1\n[height]\nmax_agl_m = -1\n")
    told = alone.zone("rules", "check", name, "--english")

    assert told.returncode == 1
    assert "alarms2.x is 1.0: expected no such key" in told.stderr
    assert "height.max_agl_m is -1.0: expected a number from 1 to 1000" in told.stderr
    assert "ours.toml was refused: 2 problems, nothing was changed" in told.stderr
    chinese = alone.zone("rules", "check", name, "--chinese")
    assert "height.max_agl_m 为 -1.0：应为1 至 1000 的数" in chinese.stderr


@pytest.mark.requirement("D0-4", "D0-7", "D0-11")
def test_a_version_is_tried_published_and_never_published_again(alone: Shell) -> None:
    name = file(alone, "1", EXTENSION)
    tried = alone.zone("rules", "publish", name, "--reason", "notice 7", "--dry-run")
    assert "shanghai-default@1 would be in force" in tried.stdout
    assert "shanghai-default@2026.12" in alone.zone("rules", "list").stdout

    late = alone.zone("rules", "publish", name, "--reason", "notice 7", "--after", "2026.11")
    assert "rule set shanghai-default is at 2026.12" in late.stderr
    done = alone.zone(
        "rules", "publish", name, "--reason", "notice 7", "--after", "2026.12", "--json"
    )
    assert (done.returncode, json.loads(done.stdout)["published"]) == (0, True)
    listed = alone.zone("rules", "list", "--english")
    assert "shanghai-default@1 " in listed.stdout
    assert "pudong@2026.12 does not rest on shanghai-default@1" in listed.stderr
    again = alone.zone("rules", "publish", name, "--reason", "notice 7", "--english")
    assert again.returncode == 1
    assert "shanghai-default@1 is there already and is never changed" in again.stderr


def test_a_name_that_nobody_knows_is_said(alone: Shell) -> None:
    for words in (("show", "nothing"), ("diff", "pudong", "pudong@1999")):
        told = alone.zone("rules", *words)
        assert told.returncode == 1
        assert "`zone rules list` shows those that there are" in told.stderr


def test_who_asks_for_chinese_is_told_nothing_in_english(alone: Shell) -> None:
    listed = alone.zone("rules", "list", "--chinese").stdout.splitlines()
    assert listed[0].split() == [
        "现行版本",
        "名称",
        "用途",
        "道路",
        "飞行",
        "船舶",
        "所依据的规则集",
    ]
    rows = {line.split()[0]: line.split()[2:6] for line in listed[1:]}
    assert rows["shanghai-default@2026.12"] == ["监管", "不可", "可", "可"]
    assert rows["national@2026.12"] == ["基础层", "–", "–", "–"]
    assert rows["xiangyang@2026.12"][0] == "参照城市"
    assert rows["demonstration@2026.12"][0] == "演示"

    def told(*arguments: str) -> str:
        said = alone.zone("rules", *arguments, "--chinese")
        return (said.stdout + said.stderr).strip()

    assert told("show", "national", "height").split()[:4] == ["键", "取值", "单位", "状态"]
    compared = told("diff", "national", "xiangyang").splitlines()[0].split()
    assert compared == ["键", "national@2026.12", "xiangyang@2026.12", "名称"]
    same = told("diff", "pudong", "pudong@2026.12")
    assert same == "pudong@2026.12 与 pudong@2026.12 没有差异"
    assert "没有规则集 'nothing'" in told("show", "nothing")
    tried = told("check", file(alone, "1"))
    assert "道路: " in tried
    assert "shanghai-default@1 将会生效" in tried
    refused = told("check", file(alone, "1", "[height]\nmax_agl_m = -1\n"))
    assert "ours.toml 未被接受：有 1 处问题" in refused
    done = told("publish", file(alone, "1", EXTENSION), "--reason", "notice 7")
    assert "shanghai-default@1 已生效" in done
    assert "pudong@2026.12 未以 shanghai-default@1 为依据" in told("list")
    (alone.folder / "latin.toml").write_bytes("名".encode("gb18030"))
    assert "latin.toml 不是 UTF-8 文本" in told("check", "latin.toml")
