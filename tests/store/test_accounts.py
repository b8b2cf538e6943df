import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text as sql

from tests.store.city import ADMINISTRATOR, KITE, NOON, POLICE, SWIFT, later
from zone_service.store import accounts, tokens
from zone_service.store.engine import Store
from zone_service.store.errors import (
    Conflict,
    InvalidValue,
    NotAllowed,
    NotFound,
    TooManyAttempts,
    WrongCredentials,
)
from zone_service.store.password import is_password, password_hash
from zone_service.store.records import Principal, Role, User

PASSWORD = "correct horse battery"
HERE = "192.0.2.7"


@pytest.fixture
def sam(store: Store) -> User:
    """An account of Swift's."""
    return open_account(store)


def open_account(
    store: Store,
    username: str = "sam",
    role: Role = Role.OPERATOR,
    organisation_id: str = "swift",
    *,
    password: str = PASSWORD,
    by: Principal = ADMINISTRATOR,
) -> User:
    return accounts.add_user(
        store,
        by,
        username=username,
        password=password,
        role=role,
        organisation_id=organisation_id,
        at=NOON,
    )


def log_in(store: Store, at: datetime = NOON, password: str = PASSWORD) -> str:
    return accounts.log_in(store, "sam", password, HERE, at).cookie


def test_a_person_logs_in_and_is_known_until_logging_out(store: Store, sam: User) -> None:
    begun = accounts.log_in(store, "sam", PASSWORD, HERE, NOON)
    expected = Principal(sam.user_id, "sam", Role.OPERATOR, "swift")
    assert begun.principal == expected
    assert begun.expires_at == NOON + accounts.SESSION_LASTS
    assert accounts.by_session(store, begun.cookie, later(5)) == expected
    accounts.log_out(store, begun.cookie)
    with pytest.raises(WrongCredentials):
        accounts.by_session(store, begun.cookie, later(6))


@pytest.mark.parametrize(
    ("username", "password"),
    [("sam", "wrong"), ("nobody", PASSWORD), ("sam\x00", PASSWORD), ("sam", "x" * 100_000)],
)
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody(
    store: Store, sam: User, username: str, password: str
) -> None:
    with pytest.raises(WrongCredentials, match=r"^the name or the password is wrong$"):
        accounts.log_in(store, username, password, HERE, NOON)


def test_a_name_that_nobody_has_takes_a_hash_of_time_too() -> None:
    assert not is_password(None, PASSWORD)
    kept = password_hash(PASSWORD)
    assert is_password(kept, PASSWORD)
    assert not is_password(kept, PASSWORD + "!")
    assert PASSWORD not in kept
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_session_ends_when_idle_and_stays_while_in_use(store: Store, sam: User) -> None:
    cookie = log_in(store)
    for minutes in (20, 40, 60):
        accounts.by_session(store, cookie, NOON + timedelta(minutes=minutes))
    with pytest.raises(WrongCredentials):
        accounts.by_session(store, cookie, NOON + timedelta(minutes=90))


def test_a_session_ends_after_twelve_hours_even_in_use(store: Store, sam: User) -> None:
    cookie = log_in(store)
    for minutes in range(0, 12 * 60, 25):
        accounts.by_session(store, cookie, NOON + timedelta(minutes=minutes))
    with pytest.raises(WrongCredentials):
        accounts.by_session(store, cookie, NOON + accounts.SESSION_LASTS)


def test_no_cookie_token_or_ticket_is_kept_as_it_is(store: Store, sam: User) -> None:
    who = accounts.by_session(store, cookie := log_in(store), NOON)
    with store.write() as session:
        token = tokens.create_token(session, who, "script", NOON, later(60))
        ticket = tokens.issue_ticket(session, who, accounts.session_proof(cookie), NOON)
    with store.begin() as connection:
        for table in ("login_session", "api_token", "socket_ticket"):
            kept = str(connection.execute(sql(f"SELECT * FROM {table}")).all())
            for secret in (cookie, token.rpartition("_")[2], ticket):
                assert secret not in kept


def test_five_wrong_passwords_close_the_door_for_a_minute(store: Store, sam: User) -> None:
    for second in range(5):
        with pytest.raises(WrongCredentials):
            log_in(store, later(second), "wrong")
    with pytest.raises(TooManyAttempts) as refused:
        log_in(store, later(10))
    assert refused.value.retry_after_s == 50.0
    accounts.log_in(store, "sam", PASSWORD, "192.0.2.8", later(10))
    log_in(store, later(61))


def test_a_right_password_forgets_the_wrong_ones(store: Store, sam: User) -> None:
    for second in range(12):
        right = second % 4 == 3
        if right:
            log_in(store, later(second))
        else:
            with pytest.raises(WrongCredentials):
                log_in(store, later(second), "wrong")


def test_one_address_cannot_try_a_list_of_names(store: Store) -> None:
    for number in range(accounts.ATTEMPTS_OF_ADDRESS):
        with pytest.raises(WrongCredentials):
            accounts.log_in(store, f"name-{number}", "x" * 300, HERE, NOON)
    with pytest.raises(TooManyAttempts):
        accounts.log_in(store, "another", PASSWORD, HERE, NOON)


def test_tries_at_once_all_count(store: Store, sam: User) -> None:
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            accounts.log_in(store, "sam", "x" * 300, HERE, NOON)
        except (WrongCredentials, TooManyAttempts) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("WrongCredentials") == accounts.ATTEMPTS_OF_ACCOUNT
    assert outcomes.count("TooManyAttempts") == 3


def test_a_closed_account_is_out_at_once_everywhere(store: Store, sam: User) -> None:
    who = accounts.by_session(store, cookie := log_in(store), NOON)
    with store.write() as session:
        token = tokens.create_token(session, who, "script", NOON, later(9999))
        ticket = tokens.issue_ticket(session, who, accounts.session_proof(cookie), NOON)
        accounts.close_account(session, ADMINISTRATOR, "sam", NOON)

    def redeem() -> None:
        with store.write() as session:
            tokens.redeem_ticket(session, ticket, NOON)

    def look_again() -> None:
        with store.read() as session:
            accounts.current(session, sam.user_id)

    ways: list[Callable[[], object]] = [
        lambda: accounts.by_session(store, cookie, NOON),
        lambda: tokens.by_token(store, token, NOON),
        redeem,
        look_again,
        lambda: log_in(store),
    ]
    for way in ways:
        with pytest.raises(WrongCredentials):
            way()


def test_a_new_password_ends_the_sessions(store: Store, sam: User) -> None:
    who = accounts.by_session(store, cookie := log_in(store), NOON)
    accounts.set_password(store, who, "sam", "another password", NOON)
    with pytest.raises(WrongCredentials):
        accounts.by_session(store, cookie, NOON)
    assert log_in(store, password="another password")
    with pytest.raises(NotAllowed):
        accounts.set_password(store, KITE, "sam", "stolen password", NOON)
    with pytest.raises(NotFound):
        accounts.set_password(store, ADMINISTRATOR, "nobody", "some password", NOON)


@pytest.mark.parametrize(
    ("role", "organisation_id"),
    [
        (Role.POLICE, "swift"),
        (Role.ADMINISTRATOR, "swift"),
        (Role.OPERATOR, "traffic-police"),
        (Role.REVIEWER, "platform"),
    ],
)
def test_a_role_belongs_into_its_kind_of_organisation(
    store: Store, role: Role, organisation_id: str
) -> None:
    with pytest.raises(InvalidValue, match="expected one of kind"):
        open_account(store, role=role, organisation_id=organisation_id)


def test_an_account_is_opened_by_administrators_once_and_with_a_password(store: Store) -> None:
    assert open_account(store, "rui", Role.REVIEWER, "transport").department == "transport"
    with pytest.raises(Conflict):
        open_account(store, "rui", Role.REVIEWER, "transport")
    with pytest.raises(NotAllowed):
        open_account(store, by=POLICE)
    with pytest.raises(NotFound):
        open_account(store, organisation_id="gone")
    with pytest.raises(InvalidValue, match="8 to 256"):
        open_account(store, password="short")


def test_only_administrators_see_who_else_is_there(store: Store, sam: User) -> None:
    kim = open_account(store, "kim", organisation_id="kite")
    as_kim = Principal(kim.user_id, "kim", Role.OPERATOR, "kite")
    with store.read() as session:
        assert accounts.users(session, ADMINISTRATOR) == (kim, sam)
        assert accounts.users(session, ADMINISTRATOR, after="kim", limit=1) == (sam,)
        assert accounts.users(session, as_kim) == (kim,)


def test_a_token_acts_for_its_owner_until_it_is_over_or_revoked(store: Store, sam: User) -> None:
    who = accounts.by_session(store, log_in(store), NOON)
    with store.write() as session:
        token = tokens.create_token(session, who, "script", NOON, later(60))
        (kept,) = tokens.tokens_of(session, who)
    assert token.startswith(f"zk_{kept.token_id}_")
    assert tokens.by_token(store, token, later(59)) == who
    with pytest.raises(WrongCredentials):
        tokens.by_token(store, token, later(60))
    with pytest.raises(NotFound), store.write() as session:
        tokens.revoke_token(session, KITE, kept.token_id, NOON)
    with store.write() as session:
        tokens.revoke_token(session, who, kept.token_id, NOON)
        assert tokens.tokens_of(session, who)[0].revoked
    with pytest.raises(WrongCredentials):
        tokens.by_token(store, token, NOON)


@pytest.mark.parametrize(
    "token", ["", "zk", "zk__", "zk_x_y", "zk_\x00_y", "x" * 9999, "zk_\ud800_"]
)
def test_anything_else_is_no_token(store: Store, sam: User, token: str) -> None:
    with pytest.raises(WrongCredentials):
        tokens.by_token(store, token, NOON)


def test_a_token_with_another_secret_or_prefix_is_refused(store: Store, sam: User) -> None:
    who = accounts.by_session(store, log_in(store), NOON)
    with store.write() as session:
        token = tokens.create_token(session, who, "script", NOON, later(60))
        with pytest.raises(InvalidValue):
            tokens.create_token(session, who, "script", NOON, NOON)
    for wrong in (token + "x", token[:-1], "zz" + token[2:], token.replace("_", "-")):
        with pytest.raises(WrongCredentials):
            tokens.by_token(store, wrong, NOON)


def test_a_ticket_opens_once_within_half_a_minute(store: Store, sam: User) -> None:
    who = accounts.by_session(store, cookie := log_in(store), NOON)
    proof = accounts.session_proof(cookie)
    with store.write() as session:
        ticket, old = (tokens.issue_ticket(session, who, proof, NOON) for _ in range(2))
    with store.write() as session:
        assert tokens.redeem_ticket(session, ticket, later(29)) == (who, proof)
    for each, at in ((ticket, later(29)), (old, later(30)), ("made up", NOON)):
        with pytest.raises(WrongCredentials), store.write() as session:
            tokens.redeem_ticket(session, each, at)


def test_what_is_over_is_removed(store: Store, sam: User) -> None:
    who = accounts.by_session(store, cookie := log_in(store), NOON)
    with store.write() as session:
        tokens.issue_ticket(session, who, accounts.session_proof(cookie), NOON)
    assert accounts.prune(store, NOON) == 0
    # The session, the ticket and the try of this address.
    assert accounts.prune(store, NOON + accounts.SESSION_LASTS) == 3
    assert accounts.prune(store, NOON + accounts.SESSION_LASTS) == 0


def test_another_organisations_principal_is_nobody_here(store: Store) -> None:
    with pytest.raises(WrongCredentials), store.read() as session:
        accounts.current(session, SWIFT.user_id)


@pytest.mark.parametrize(
    "name", ["", " ", "two words", "-first", "a\tb", "a\nb", "n" * 65, "<b>", "a/b"]
)
def test_a_name_that_nobody_could_type_or_read_is_refused(closed_city: Store, name: str) -> None:
    with pytest.raises(InvalidValue, match="expected 1 to 64 letters, digits"):
        open_account(closed_city, name)


@pytest.mark.parametrize("name", ["o", "olga.petrova", "olga@kites", "王芳", "_build", "n" * 64])
def test_people_are_called_as_they_are(store: Store, name: str) -> None:
    assert open_account(store, name).username == name


def test_a_department_that_does_not_exist_is_refused_with_those_that_do(store: Store) -> None:
    with pytest.raises(InvalidValue, match="'nonsense': expected one of industry, transport"):
        accounts.add_user(
            store,
            ADMINISTRATOR,
            username="rita",
            password=PASSWORD,
            role=Role.REVIEWER,
            organisation_id="transport",
            department="nonsense",
            at=NOON,
        )
