"""Of several who do the same thing at the same time one does it, and the others are told why not."""

import threading
from collections.abc import Callable
from datetime import timedelta

from permits.opinion import OpinionKind
from permits.permit import PermitAction, PermitKind
from tests.store.city import NOON, POLICE, REVIEWER, SWIFT, UNDER, terms
from zone_service.store import accounts, permits, registry, reviews
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict
from zone_service.store.records import PLATFORM, Organisation, OrganisationKind, Role

RIVALS = 6


def told_at_once(act: Callable[[], object]) -> list[str]:
    """Let six do the same at once; return what became of each, in order."""
    outcomes: list[str] = []
    ready = threading.Barrier(RIVALS)

    def rival() -> None:
        ready.wait()
        try:
            act()
        except Conflict as refused:
            outcomes.append(str(refused))
        except Exception as fault:
            outcomes.append(repr(fault))
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=rival) for _ in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)
    return sorted(outcomes)


def test_a_name_is_given_to_one_account(store: Store) -> None:
    def open_account() -> None:
        accounts.add_user(
            store, PLATFORM, username="mei", password="a long enough password",
            role=Role.POLICE, organisation_id=POLICE.organisation_id, at=NOON,
        )  # fmt: skip

    assert told_at_once(open_account) == [*["account 'mei' is taken"] * (RIVALS - 1), "done"]


def test_a_third_party_is_asked_once_about_a_permit(store: Store) -> None:
    with store.write() as session:
        lab = Organisation("lab", "Vehicle laboratory", OrganisationKind.THIRD_PARTY)
        registry.add_organisation(session, PLATFORM, lab, NOON)
        number = permits.create(
            session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", at=NOON,
            terms=terms("car-1"),
        ).number  # fmt: skip
        permits.apply_action(session, SWIFT, number, PermitAction.SUBMIT, NOON, under=UNDER)

    def ask() -> None:
        with store.write() as session:
            reviews.ask(
                session,
                REVIEWER,
                number,
                "lab",
                OpinionKind.EXPERT,
                NOON + timedelta(1),
                under=UNDER,
            )

    told = f"'lab' is asked about permit {number} already"
    assert told_at_once(ask) == [*[told] * (RIVALS - 1), "done"]
