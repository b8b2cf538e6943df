import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from permits.matter import Matter, MatterChanged, Suspension
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.permit import PermitKind
from tests.store import city
from tests.store.test_authority_reports import attest
from zone_service.store import checkpoints, engine, matter_rows, permits
from zone_service.store.engine import Store, newest_revision, open_store
from zone_service.store.errors import InvalidValue, SchemaMismatch
from zone_service.store.records import Checkpoint
from zone_service.store.tables import Row

ROOT = Path(__file__).parents[2]


def migrated_checks(store: Store) -> dict[str, dict[str, str]]:
    found = inspect(store.reader)
    return {
        name: {str(each["name"]): each["sqltext"] for each in found.get_check_constraints(name)}
        for name in Row.metadata.tables
    }


def test_the_migrations_make_exactly_the_tables_of_the_program(newest_store: Store) -> None:
    with engine._migrating(newest_store.url) as connection:
        config = engine.migration_config()
        config.attributes["connection"] = connection
        command.check(config)  # raises where a migration is missing


def test_the_migrations_make_every_check_of_the_program(
    newest_store: Store, tmp_path: Path
) -> None:
    declared = {
        name: {str(each.name) for each in table.constraints if hasattr(each, "sqltext")}
        for name, table in Row.metadata.tables.items()
    }
    assert {name: set(checks) for name, checks in migrated_checks(newest_store).items()} == declared


def test_checks_say_the_same_in_the_migrations_and_in_the_program(tmp_path: Path) -> None:
    migrated = open_store(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    created = open_store(f"sqlite:///{tmp_path / 'created.sqlite'}")
    migrated.upgrade()
    with created.begin() as connection:
        Row.metadata.create_all(connection)
    assert migrated_checks(migrated) == migrated_checks(created)
    migrated.close()
    created.close()


def test_the_newest_revision_is_read_as_alembic_finds_it() -> None:
    script = ScriptDirectory.from_config(engine.migration_config())
    assert newest_revision() == script.get_current_head()


def test_tables_go_up_down_and_up_again(empty_store: Store) -> None:
    empty_store.upgrade()
    empty_store.downgrade("base")
    assert empty_store.revision_of_schema() is None
    assert inspect(empty_store.reader).get_table_names() == ["alembic_version"]
    empty_store.upgrade()
    empty_store.require_schema()


def test_a_figure_from_before_is_given_the_device_that_its_vehicle_has(newest_store: Store) -> None:
    city.settle(newest_store)
    attest(newest_store)
    newest_store.downgrade("0046")
    newest_store.upgrade()
    with newest_store.begin() as connection:
        found = connection.execute(sql("SELECT device_id FROM driven_figure")).scalar_one()
    assert found == "car-1"


def test_a_matter_from_before_is_given_the_owners_of_its_vehicles(newest_store: Store) -> None:
    city.settle(newest_store)
    with newest_store.write() as session:
        permit = permits.create(
            session, city.SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift",
            terms=city.terms("car-1"), at=city.NOON, number="RT-1",
        )  # fmt: skip
        for which, about in enumerate((
            Suspension(frozenset({"car-1", "drone-1"})),
            Suspension(frozenset({"car-1"}), frozenset({"road-1"})),
            Suspension(frozenset(), frozenset({"road-1"})),
        )):  # fmt: skip
            new = Matter(
                f"SU-{which}", permit.number, MatterKind.SUSPENSION, MatterState.SUSPENDED,
                "swift", about, 1,
            )  # fmt: skip
            first = MatterChanged(
                new.matter_id, MatterAction.SUSPEND, MatterState.NEW, new.state, city.NOON, "rui",
                "?", 1,
            )  # fmt: skip
            matter_rows.write(session, city.REVIEWER, new, first, None, "")

    def told() -> tuple[object, object]:
        with newest_store.begin() as connection:
            parties = connection.execute(
                sql("SELECT matter_id, organisation_id FROM matter_party ORDER BY 1, 2")
            ).all()
            of_all = connection.execute(sql("SELECT of_all FROM matter ORDER BY matter_id"))
            return list(map(tuple, parties)), [bool(each) for each in of_all.scalars()]

    before = told()
    assert before == (
        [("SU-0", "kite"), ("SU-0", "swift"), ("SU-1", "swift")],
        [False, True, True],
    )
    newest_store.downgrade("0051")
    newest_store.upgrade()
    assert told() == before


def test_a_checkpoint_goes_through_an_upgrade_and_back(empty_store: Store) -> None:
    empty_store.upgrade("0001")
    with empty_store.begin() as connection:
        connection.execute(
            sql("INSERT INTO checkpoint (one, journal_id, body) VALUES (1, 7, :body)"),
            {"body": b"a"},
        )
    empty_store.upgrade()
    assert checkpoints.newest(empty_store) == Checkpoint(7, b"a")
    empty_store.downgrade("0001")
    with empty_store.begin() as connection:
        kept = connection.execute(sql("SELECT one, journal_id FROM checkpoint")).one()
    assert tuple(kept) == (1, 7)


def test_a_zone_from_before_there_were_restrictions_keeps_everybody_out(empty_store: Store) -> None:
    empty_store.upgrade("0003")
    with empty_store.begin() as connection:
        connection.execute(
            sql(
                "INSERT INTO zone (zone_id, from_revision, digest, kind, name, domains, category,"
                " source, legal_effect)"
                " VALUES ('z', 1, 'd', 'keep_out', 'Z', 'air', '', '', :no)"
            ),
            {"no": False},
        )
    empty_store.upgrade()
    with empty_store.begin() as connection:
        found = connection.execute(sql("SELECT zone_id, restriction FROM zone")).all()
    assert [tuple(row) for row in found] == [("z", "PROHIBITED")]
    empty_store.downgrade("0003")
    with empty_store.begin() as connection:
        assert connection.execute(sql("SELECT zone_id FROM zone")).scalar_one() == "z"


def test_a_violation_of_two_from_before_is_given_its_second_operator(empty_store: Store) -> None:
    empty_store.upgrade("0009")
    when = "'2026-05-04 12:00:00'"
    kite = f"('kite', 'Kite', 'operator', {when})"
    drone = f"('uav-2', 'kite', 'air', 'K', 'canonical', 'WGS84', :yes, {when})"
    seen = (
        f"('v', 1, 'SEPARATION_LOSS', 'critical', 'uav-1', 'uav-2', {when}, {when}, {when},"
        " 'r', 1, 'new', 1)"
    )
    device = "device_id, organisation_id, domain, label, codec, datum, active, created_at"
    violation = (
        "id, opened_seq, code, severity, device_id, other_device_id, opened_at, detected_at,"
        " updated_at, rule_version, zone_revision, handling, revision"
    )
    with empty_store.begin() as connection:
        for into, values in (
            ("organisation (organisation_id, name, kind, created_at)", kite),
            (f"device ({device})", drone),
            (f"violation ({violation})", seen),
        ):
            bound = sql(f"INSERT INTO {into} VALUES {values}")
            connection.execute(bound, {"yes": True} if ":yes" in values else {})
    empty_store.upgrade()
    with empty_store.begin() as connection:
        found = connection.execute(sql("SELECT other_organisation_id FROM violation")).scalar_one()
    assert found == "kite"
    empty_store.downgrade("0009")
    empty_store.upgrade()


def test_a_line_of_the_feed_stays_as_it_was_told_after_an_upgrade_and_back(
    newest_store: Store,
) -> None:
    when = "'2026-05-04 12:00:00'"
    with newest_store.begin() as connection:
        connection.execute(
            sql(
                "INSERT INTO violation (id, opened_seq, code, severity, device_id, opened_at,"
                " detected_at, updated_at, rule_version, zone_revision, handling, revision, late, unfounded)"
                f" VALUES ('v', 1, 'OVERSPEED', 'major', 'car-1', {when}, {when}, {when}, 'r', 1,"
                " 'new', 1, :late, :unfounded)"
            ),
            {"late": True, "unfounded": False},
        )
        connection.execute(
            sql(
                "INSERT INTO violation_event (seq, event, violation_id, snapshot)"
                " VALUES (1, 'late', 'v', '{}')"
            )
        )
    newest_store.downgrade("0013")
    with newest_store.begin() as connection:
        found = connection.execute(sql("SELECT event FROM violation_event")).scalar_one()
    assert found == "closed"
    for upgraded in (False, True):
        if upgraded:
            newest_store.upgrade()
        with pytest.raises(DBAPIError, match="append-only"), newest_store.begin() as connection:
            connection.execute(sql("UPDATE violation_event SET snapshot = ''"))


def test_an_upgrade_of_a_new_database_is_harmless(store: Store) -> None:
    store.upgrade()
    store.require_schema()


def test_a_database_without_tables_is_refused_with_what_to_run(empty_store: Store) -> None:
    with pytest.raises(SchemaMismatch, match=r"has no tables yet.*run `zone db upgrade`"):
        empty_store.require_schema()


def test_a_database_of_another_age_is_refused(newest_store: Store) -> None:
    with newest_store.begin() as connection:
        connection.execute(sql("UPDATE alembic_version SET version_num = '0000'"))
    expected = f"is at schema 0000, this program needs schema {newest_revision()}"
    with pytest.raises(SchemaMismatch, match=expected):
        newest_store.require_schema()


def test_an_upgrade_that_fails_leaves_nothing_behind(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        msg = "the power went"
        raise RuntimeError(msg)

    monkeypatch.setattr("alembic.operations.Operations.bulk_insert", broken)
    with pytest.raises((RuntimeError, AttributeError)):
        empty_store.upgrade()
    assert "journal" not in inspect(empty_store.reader).get_table_names()


def test_the_migrations_are_found_from_any_folder(tmp_path: Path) -> None:
    program = (
        "from zone_service.store.engine import open_store;"
        "s = open_store('sqlite:///a folder/x.sqlite'); s.upgrade(); print(s.revision_of_schema())"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == newest_revision()
    assert (tmp_path / "a folder" / "x.sqlite").exists()


def test_an_installed_wheel_brings_its_migrations(tmp_path: Path) -> None:
    wheel = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(wheel, cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as packed:
        packed.extractall(tmp_path / "installed")
    program = (
        f"import sys; sys.path = [p for p in sys.path if p != {str(ROOT)!r}];"
        f"sys.path.insert(0, {str(tmp_path / 'installed')!r});"
        "from zone_service.store import engine;"
        "s = engine.open_store('sqlite:///x.sqlite'); s.upgrade();"
        "print(engine.__file__); print(s.revision_of_schema())"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    file, revision = done.stdout.split()
    assert Path(file).is_relative_to(tmp_path)
    assert revision == newest_revision()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidValue, match="expected"):
        open_store(url)


def test_a_commit_survives_a_loss_of_power(store: Store) -> None:
    asked = ["PRAGMA synchronous", "PRAGMA journal_mode", "PRAGMA foreign_keys"]
    with store.begin() as connection:
        if store.is_sqlite:
            found = [connection.execute(sql(each)).scalar_one() for each in asked]
            assert found == [2, "wal", 1]
        else:
            assert connection.execute(sql("SHOW synchronous_commit")).scalar_one() == "on"
