"""An installation starts on sane defaults, and production refuses what is not safe."""

import pytest

from zone_service.settings import Environment, Settings, UnsafeSettings, load


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
        ({"web_host": "0.0.0.0", "secure_cookies": False}, "ZONE_WEB_HOST=0.0.0.0"),
        ({"public_origin": ""}, "ZONE_PUBLIC_ORIGIN=''"),
        ({"public_origin": "http://zone.example"}, "expected the https:// address"),
        ({"broker": "external", "mqtt_password": "short"}, "has 5 characters"),
    ],
)
def test_production_refuses_an_insecure_default_by_name(
    setting: dict[str, object], named: str
) -> None:
    with pytest.raises(UnsafeSettings, match="cannot start") as refused:
        production(**setting)
    assert named in str(refused.value)


def test_a_malformed_value_is_named_with_what_was_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE_WEB_PORT", "seventy")
    with pytest.raises(
        UnsafeSettings, match="ZONE_WEB_PORT=seventy: Input should be a valid integer"
    ):
        load()


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
