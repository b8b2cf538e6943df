"""An installation starts on sane defaults, and production refuses what is not safe."""

from datetime import date
from pathlib import Path

import pytest

from permits.rule_words import Language
from telemetry.service_area import ServiceArea
from tests.broker.authority import Authority
from zone_service.broker import service_access
from zone_service.settings import Environment, Settings, UnsafeSettings, load
from zone_service.supervisor import child_environment


def production(**overrides: object) -> Settings:
    good: dict[str, object] = {
        "environment": "production",
        "public_origin": "https://zone.example",
        "secure_cookies": True,
    }
    return load(**{**good, **overrides})


def test_a_development_machine_starts_with_nothing_set() -> None:
    settings = load()
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.database.startswith("sqlite:///")
    assert settings.database.endswith("data/zone.sqlite")


def test_production_starts_when_everything_is_safe() -> None:
    assert production().environment is Environment.PRODUCTION


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"demo": True}, "ZONE_DEMO=true"),
        ({"rule_set": "demonstration"}, "ZONE_RULE_SET=demonstration"),
        ({"secure_cookies": False}, "ZONE_SECURE_COOKIES=false"),
        ({"public_origin": ""}, "ZONE_PUBLIC_ORIGIN=''"),
        ({"public_origin": "http://zone.example"}, "expected the https:// address"),
        ({"broker": "external", "mqtt_password": "short"}, "has 5 characters"),
        ({"broker": "external", "mqtt_host": "10.0.0.5"}, "ZONE_MQTT_HOST=10.0.0.5 without"),
        (
            {"broker": "external", "mqtt_host": "mqtt.example"},
            "ZONE_MQTT_HOST=mqtt.example without",
        ),
        ({"mqtt_host": "0.0.0.0"}, "ZONE_MQTT_HOST=0.0.0.0 without ZONE_MQTT_TLS_CA"),
    ],
)
def test_production_refuses_an_insecure_default_by_name(
    setting: dict[str, object], named: str
) -> None:
    with pytest.raises(UnsafeSettings, match="cannot start") as refused:
        production(**setting)
    assert named in str(refused.value)
    chinese = refused.value.said(Language.CHINESE)
    assert chinese.startswith("无法启动：")
    assert "expected" not in chinese


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"web_port": "seventy"}, "ZONE_WEB_PORT=seventy：应为整数"),
        ({"rule_set": "nowhere"}, "没有该规则集"),
        ({"trusted_proxies": "::/0"}, "信任所有来源"),
        ({"service_area": "1,2"}, "应为以度计的西,南,东,北"),
        ({"rule_extensions": "soon"}, "应为文件与日期"),
        ({"jurisdictions": "nowhere"}, "不是可据以决定的规则集"),
        ({"mqtt_tls_key": "k.pem", "geoid_file": "no.tif"}, "应同时设置；ZONE_GEOID_FILE=no.tif：应为文件"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_chinese_too(setting: dict[str, object], said: str) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        load(**setting)
    assert said in refused.value.said(Language.CHINESE)
    assert "expected" in str(refused.value) or "Input should" in str(refused.value)


@pytest.mark.parametrize("typed", ["7611", "terminals:7611", "0.0.0.0:", "0.0.0.0:70000", "[::]"])
def test_where_a_gateway_listens_is_an_address_and_a_port(typed: str) -> None:
    with pytest.raises(UnsafeSettings, match="expected an address and a port"):
        load(gateway_jt808=typed)
    assert load(gateway_jt808="[::]:7611").gateway_jt808 == "[::]:7611"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.founded(tmp_path_factory.mktemp("authority") / "ours")


ELSEWHERE = {
    "broker": "external",
    "mqtt_host": "mqtt.example",
    "mqtt_password": "sixteen letters and more",
}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_production_talks_in_the_clear_on_this_machine_alone(host: str) -> None:
    assert production(mqtt_host=host).mqtt_tls is None


def test_production_talks_to_a_broker_elsewhere_over_tls(authority: Authority) -> None:
    own = authority.vouches_for("platform")
    settings = production(
        **ELSEWHERE, mqtt_tls_ca=own.authority, mqtt_tls_cert=own.certificate, mqtt_tls_key=own.key
    )
    assert settings.mqtt_tls == own
    assert service_access(settings).tls == own


def test_a_certificate_that_cannot_be_used_is_refused_by_its_file(
    authority: Authority, tmp_path: Path
) -> None:
    good, other = authority.vouches_for("platform"), authority.vouches_for("another")
    missing, nonsense = tmp_path / "missing.crt", tmp_path / "nonsense.crt"
    nonsense.write_text("not a certificate")
    refused: list[tuple[dict[str, Path | None], str]] = [
        ({"mqtt_tls_ca": missing}, f"{missing}: No such file"),
        ({"mqtt_tls_ca": nonsense}, str(nonsense)),
        ({"mqtt_tls_ca": good.authority, "mqtt_tls_cert": missing}, f"{missing}: No such file"),
        (
            {"mqtt_tls_ca": good.authority, "mqtt_tls_cert": good.certificate,
             "mqtt_tls_key": other.key},
            f"{good.certificate} and {other.key}: KEY_VALUES_MISMATCH",
        ),
        ({"mqtt_tls_ca": good.authority, "mqtt_tls_key": good.key}, "without ZONE_MQTT_TLS_CERT"),
        ({"mqtt_tls_cert": good.certificate}, "without ZONE_MQTT_TLS_CA"),
    ]  # fmt: skip
    for given, named in refused:
        with pytest.raises(UnsafeSettings) as error:
            load(**ELSEWHERE, **given)
        assert named in str(error.value)


def test_the_platforms_own_broker_takes_no_certificate(authority: Authority) -> None:
    with pytest.raises(UnsafeSettings, match=r"ZONE_BROKER=nats: expected ZONE_BROKER=external"):
        load(mqtt_tls_ca=authority.file("ca.crt"))


def test_the_worker_and_the_web_process_read_the_same_certificates(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = authority.vouches_for("platform")
    above = load(**ELSEWHERE, mqtt_tls_ca=own.authority, mqtt_tls_cert=own.certificate,
                 mqtt_tls_key=own.key)  # fmt: skip
    for name, value in child_environment(above, service_access(above)).items():
        monkeypatch.setenv(name, value)
    assert load().mqtt_tls == own


def test_a_malformed_value_is_named_with_what_was_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE_WEB_PORT", "seventy")
    with pytest.raises(
        UnsafeSettings, match="ZONE_WEB_PORT=seventy: Input should be a valid integer"
    ):
        load()


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        (
            "rule_set",
            "shangai-default",
            "expected one of demonstration, lingang, pudong, shanghai-default",
        ),
        ("rule_set", "../secrets", "no such rule set"),
        ("log_level", "verbose", "'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'"),
    ],
)
def test_a_name_that_is_none_of_those_there_are_is_refused_with_those(
    name: str, given: str, expected: str
) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        load(**{name: given})
    assert f"ZONE_{name.upper()}={given}: " in str(refused.value)
    assert expected in str(refused.value)


def test_data_that_are_to_lie_in_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UnsafeSettings, match=r"ZONE_DATA_DIR=.*notes.txt: expected a folder"):
        load(data_dir=tmp_path / "notes.txt")
    assert not load(data_dir=tmp_path / "new").data_dir.exists()


def test_a_log_level_may_be_written_small() -> None:
    assert load(log_level="warning").log_level == "WARNING"


def test_no_proxy_is_trusted_unless_it_is_named() -> None:
    assert load().proxies == ()
    named = load(trusted_proxies="127.0.0.1, 10.1.0.0/16,fd00::/8")
    assert named.proxies == ("127.0.0.1", "10.1.0.0/16", "fd00::/8")


@pytest.mark.parametrize("given", ["*", "proxy.example", "10.1.2.3/8", "0.0.0.0/0", "::/0"])
def test_a_trusted_proxy_is_an_address_or_a_network_and_never_everybody(given: str) -> None:
    with pytest.raises(UnsafeSettings, match="ZONE_TRUSTED_PROXIES"):
        load(trusted_proxies=given)


def test_a_password_never_shows_in_the_settings_text() -> None:
    assert "s3cret-and-long-enough" not in repr(load(mqtt_password="s3cret-and-long-enough"))


@pytest.mark.requirement("D0-15")
def test_rule_sets_of_other_jurisdictions_are_named_and_none_of_them_is_a_demonstration() -> None:
    assert load().beside == ("pudong", "lingang")
    assert load(rule_set="pudong").beside == ("lingang",)
    assert load(jurisdictions="").beside == ()
    for given in ("xiangyang", "pudong,demonstration", "nowhere"):
        with pytest.raises(UnsafeSettings, match="expected some of lingang, pudong, shanghai"):
            load(jurisdictions=given)


@pytest.mark.requirement("D0-7")
def test_instruments_are_extended_by_name_and_day() -> None:
    given = "sh-icv-procedure=2027-10-31, another=2026-12-01"

    assert load(rule_extensions=given).extended_instruments == {
        "sh-icv-procedure": date(2027, 10, 31),
        "another": date(2026, 12, 1),
    }
    assert load().extended_instruments == {}


@pytest.mark.parametrize("given", ["sh-icv-procedure", "sh-icv-procedure=soon", "=2027-10-31"])
def test_an_extension_that_names_no_instrument_or_no_day_is_refused(given: str) -> None:
    with pytest.raises(UnsafeSettings, match="expected an instrument and a day"):
        load(rule_extensions=given)


def test_an_area_that_is_served_is_a_box() -> None:
    assert load(service_area="120.8,30.6,122.3,31.9").served == ServiceArea(
        120.8, 30.6, 122.3, 31.9
    )
    assert load().served is None
    with pytest.raises(
        UnsafeSettings, match=r"ZONE_SERVICE_AREA=31\.9,120\.8: .*'31\.9,120\.8': expected"
    ):
        load(service_area="31.9,120.8")
