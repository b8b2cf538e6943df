"""What is logged of a database that refuses repeats neither its password nor what was stored."""

import logging

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from zone_service.logs import without_secrets
from zone_service.settings import Settings
from zone_service.store.engine import Store

ADDRESS = "postgresql://zone:kept-to-ourselves@db.example/zone"


def test_settings_that_are_printed_do_not_show_the_password_of_the_database() -> None:
    settings = Settings(store_url=ADDRESS, mqtt_password=SecretStr("said-to-nobody"))
    assert "kept-to-ourselves" not in f"{settings} {settings!r}"
    assert "said-to-nobody" not in f"{settings} {settings!r}"
    assert settings.database == ADDRESS


def test_an_insert_that_fails_is_logged_without_what_was_to_be_inserted(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    stored = {"secret": "kept-to-ourselves"}  # not on a line that the traceback quotes
    statement = text("INSERT INTO no_such_table (secret) VALUES (:secret)")
    try:
        with store.begin() as connection:
            connection.execute(statement, stored)
    except DBAPIError:
        logging.getLogger("worker").exception("commit_failed")
    assert "no_such_table" in caplog.text
    assert "kept-to-ourselves" not in caplog.text


def test_secrets_are_blotted_out_of_a_log_line_however_deep_they_lie() -> None:
    said = {
        "device_id": "car-1",
        "mqtt_password": "a",
        "request": {"Authorization": "b", "path": "/", "asked": [{"client_secret": "c"}]},
        "set-cookie": "d",
        "tokens_left": 3,
    }
    assert without_secrets(None, "", said) == {
        "device_id": "car-1",
        "mqtt_password": "***",
        "request": {"Authorization": "***", "path": "/", "asked": [{"client_secret": "***"}]},
        "set-cookie": "***",
        "tokens_left": 3,
    }
