"""Who asks for Chinese is answered in Chinese, also by what the library says of what was typed amiss."""

import re
from errno import ENOENT
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zone_service.brokers.probe import Unreachable
from zone_service.brokers.process import BrokerError
from zone_service.commands import app
from zone_service.commands.failures import failure_in_chinese
from zone_service.data_lock import AlreadyRunning

HAN = re.compile("[一-鿿]")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with nothing in it, and somebody whose system speaks English."""
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ZONE_LANG", "en")
    assert CliRunner().invoke(app, ["db", "upgrade"]).exit_code == 0


def told(*typed: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--lang", "zh", *typed])
    plain = " ".join(done.output.replace("│", " ").split())
    return done.exit_code, plain


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("map", "imporrt"), "没有命令 'imporrt'，是否为 'import', 'export'？"),
        (("mop",), "没有命令 'mop'"),
        (("device", "add"), "缺少参数 'device_id'"),
        (("device", "add", "x-1"), "缺少选项 '--operator'"),
        (("device", "list", "a", "b"), "多余的参数：a b"),
        (("map", "list", "--foo"), "没有选项 --foo"),
        (("device", "add", "x-1", "--operator"), "选项 '--operator' 后须有值"),
        (
            ("device", "add", "x-1", "--operator", "a", "--domain", "moon"),
            "应为 'road', 'air', 'water' 之一",
        ),
        (("load", "--devices", "0"), "超出范围：应为 1 至 99 999"),
        (("map", "import", "nowhere.geojson"), "不存在"),
        (("map", "import"), "应给出区域文件或 --demo 之一"),
    ],
)
def test_what_is_typed_amiss_is_said_in_chinese(
    here: None, typed: tuple[str, ...], said: str
) -> None:
    status, output = told(*typed)
    assert (status, said in output) == (2, True), output
    assert "错误" in output
    assert not re.search(r"(Missing|No such|Invalid|Got unexpected|Error|Try)", output), output


def test_english_is_as_it_was_for_who_asks_next(here: None) -> None:
    assert "没有命令" in told("mop")[1]
    output = CliRunner().invoke(app, ["--lang", "en", "mop"]).output
    assert "No such command 'mop'" in output
    assert not HAN.search(output)


def test_a_help_text_is_framed_in_chinese(here: None) -> None:
    status, output = told("device", "add", "--help")
    assert status == 0
    assert all(each in output for each in ("选项", "参数", "[必填]", "[默认："))
    assert "命令" in told("--help")[1]


def test_lists_and_what_is_done_are_told_in_chinese(here: None) -> None:
    device = ("device", "add", "bus-1", "--operator", "acme", "--codec", "jt808")
    status, output = told(*device, "--wire-id", "13912345678")
    assert status == 0, output
    assert "运营单位 acme 尚未登记，已新建" in output
    assert "密码仅显示这一次" in output
    listed = told("device", "list")[1]
    assert listed.startswith("设备 运营单位 领域 协议 报文内编号 坐标系 凭据 名称 bus-1 acme")
    assert "13912345678 WGS84 有效 bus-1" in listed
    assert told("device", "revoke", "bus-1")[1] == "bus-1：凭据已吊销"
    person = ("zhao", "--role", "police", "--organisation", "traffic-police")
    assert "zhao 可以登录" in told("user", "add", *person, "--password", "a long password")[1]
    assert told("user", "list")[1].startswith("账户 角色 单位 部门 状态 zhao police traffic-police")
    assert "启用" in told("user", "list")[1]
    assert "账户已停用" in told("user", "close", "zhao")[1]
    assert "已停用" in told("user", "list")[1]
    assert "没有生效的区域" in told("map", "list")[1]
    assert re.search(r"[0-9]+ 个区域 已生效，版本 1", told("map", "import", "--demo")[1])
    listed = told("map", "list")[1]
    assert listed.startswith("区域 种类 空间范围 版本 生效时间 (UTC) 名称")
    assert "全部与此前相同" in told("map", "import", "--demo", "--dry-run")[1]
    assert "已撤销：现行版本为 2" in told("map", "withdraw", "area-lingang")[1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("device", "show", "no-one"), "没有设备 'no-one'"),
        (("permit", "show", "RT-2026-000009"), "没有许可 'RT-2026-000009'"),
        (("permit", "preconditions", "RT-2026-000009"), "没有许可 'RT-2026-000009'：`zone permit list`"),
        (("document", "add", "pyproject.toml", "--kind", "BILL", "--covers", "x", "--username", "a"), "'BILL'：应为"),
        (("quality", "list", "yesterday"), "DAY: 为 'yesterday'：应为"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_in_chinese(
    here: None, typed: tuple[str, ...], said: str
) -> None:
    status, output = told(*typed)
    assert (status, said in output) == (1, True), output
    assert output.startswith("错误：")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(ENOENT, "No such file or directory", "a.json"), "a.json：没有该文件或文件夹"),
        (AlreadyRunning("77", Path("data")), "data 上已有平台在运行（进程 77）：请停止它"),
        (
            Unreachable(
                "no MQTT broker answers at 127.0.0.1:1883: [Errno 111] Connection refused. "
                "Is `zone up` running? Elsewhere: ZONE_MQTT_HOST"
            ),
            "127.0.0.1:1883 没有 MQTT 消息代理应答（连接被拒绝）。`zone up` 是否在运行？",
        ),
        (
            BrokerError("no broker password in the settings or in data: run `zone up` first"),
            "设置与 data 中均无消息代理的密码：请先运行 `zone up`",
        ),
        (ValueError("something that nobody foresaw"), "something that nobody foresaw"),
    ],
)  # fmt: skip
def test_what_the_machine_refuses_is_said_in_chinese(error: Exception, said: str) -> None:
    assert failure_in_chinese(error).startswith(said)
