"""The demonstration's city in the store: its map, its people, its devices and their permits.

Every permit goes through its whole life cycle, each step by somebody who may take it.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from maps.demo_map import demo_zones
from permits.acts import ACT_OF, Act
from permits.competence import competent
from permits.department import Department
from permits.issuing import Ruling
from permits.life_cycle import ACTORS, FAMILY_OF, Family, PermitAction, PermitKind, PermitState, way
from permits.permit import Permit
from permits.terms import DailyHours, Terms
from permits.transition import Detail
from simulators.scenario import PermitPlan, Scenario
from zone_service.demo_accounts import ACCOUNTS
from zone_service.demo_votes import approved_by_all, reviewer_of
from zone_service.provision import KIND_OF_ROLE, ensure_organisation
from zone_service.settings import DEMONSTRATION
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import accounts, permits, registry, zones
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Device,
    Organisation,
    OrganisationKind,
    Principal,
    Role,
)

GOALS = {
    Family.ROAD: PermitState.ACTIVE,
    Family.FLIGHT: PermitState.AIRBORNE,
    Family.VESSEL: PermitState.ACTIVE,
}
VALID_FOR = timedelta(days=180)
APPLIED_BEFORE = timedelta(days=40)
"""More than any notice takes, holidays among it."""
_WHEN_VALID = frozenset({PermitAction.ACTIVATE, PermitAction.TAKE_OFF})
_VOTED_ON = frozenset({PermitAction.APPROVE, PermitAction.PUBLISH_WARNING})


def build_city(store: Store, scenario: Scenario, at: datetime) -> dict[str, str]:
    """Fill an empty store; return the secret of each device, which nobody can read again."""
    with store.write() as session:
        zones.publish(session, PLATFORM, demo_zones(), at)
        for operator in scenario.operators:
            registry.add_organisation(
                session,
                PLATFORM,
                Organisation(operator.organisation_id, operator.name, OrganisationKind.OPERATOR),
                at,
            )
    _open_accounts(store, scenario, at)
    secrets = _register(store, scenario, at)
    for plan in scenario.permits:
        _grant(store, plan, at)
    return secrets


def _open_accounts(store: Store, scenario: Scenario, at: datetime) -> None:
    for account in ACCOUNTS:
        organisation_id = account.organisation_id
        if account.role is Role.OPERATOR:
            organisation_id = scenario.operators[0].organisation_id
        with store.write() as session:
            kind = KIND_OF_ROLE[account.role]
            ensure_organisation(session, organisation_id, kind, account.department)
        accounts.add_user(
            store,
            PLATFORM,
            username=account.username,
            password=account.password,
            role=account.role,
            organisation_id=organisation_id,
            department=account.department,
            at=at,
        )


def _register(store: Store, scenario: Scenario, at: datetime) -> dict[str, str]:
    devices = [
        Device(
            each.device_id,
            each.organisation_id,
            each.domain,
            each.label,
            each.codec,
            each.wire_id,
        )
        for each in scenario.devices
    ]
    return dict(registry.add_devices(store, PLATFORM, devices, at).secrets)


def _grant(store: Store, plan: PermitPlan, at: datetime) -> Permit:
    """Apply for a permit and take it to where its devices may move."""
    kind = PermitKind(plan.kind)
    goal = GOALS[FAMILY_OF[kind]]
    with store.write() as session:
        permit = permits.create(
            session,
            PLATFORM,
            kind=kind,
            holder_id=plan.organisation_id,
            terms=terms_of(plan, at),
            at=at,
            number=plan.number,
        )
        return lead_to(session, permit, goal, at, Ruling(shipped_sheet(DEMONSTRATION)))


def lead_to(
    session: Session, permit: Permit, goal: PermitState, at: datetime, under: Ruling
) -> Permit:
    """Take a permit along its life to a state, each step by somebody who may take it.

    What has to be done in time was done in time, before its validity; it begins, and takes off, ``at``.
    """
    early = permit.terms.valid_from - APPLIED_BEFORE
    for action in way(permit.family, permit.state, goal):
        who, when = (
            actor(action, permit.holder_id, permit.kind),
            at if action in _WHEN_VALID else early,
        )
        if action in _VOTED_ON:
            permit, who = approved_by_all(session, permit.number, when, under)
        if action is PermitAction.APPROVE:
            continue
        permit = permits.apply_action(
            session,
            who,
            permit.number,
            action,
            when,
            reason="demonstration",
            under=under,
            details=_said(action, permit),
        )
    return permit


def _said(action: PermitAction, permit: Permit) -> dict[Detail, str] | None:
    """What is said with a step: a flight is reported to last as long as its permit."""
    match action:
        case PermitAction.PUBLISH_WARNING:
            return {Detail.WARNING_ID: "demonstration"}
        case PermitAction.REPORT_PRE_TAKEOFF:
            return {Detail.LANDING_AT: permit.terms.valid_to.isoformat()}
        case _:
            return None


def terms_of(plan: PermitPlan, at: datetime) -> Terms:
    """Return the terms of a planned permit, valid from a day before."""
    return Terms(
        device_ids=frozenset(plan.device_ids),
        zone_ids=frozenset(plan.zone_ids),
        valid_from=at - timedelta(days=1),
        valid_to=at + VALID_FOR,
        hours=tuple(DailyHours(start, end) for start, end in plan.hours),
        max_speed_mps=plan.max_speed_mps,
        max_height_agl_m=plan.max_height_agl_m,
        control_modes=frozenset(plan.control_modes),
    )


def actor(
    action: PermitAction, holder_id: str, kind: PermitKind = PermitKind.ROAD_TEST
) -> Principal:
    """Return somebody who may take a step: the first of these that the table allows."""
    actors = {
        "applicant": Principal("demo-applicant", "demo-applicant", Role.OPERATOR, holder_id),
        "reviewer": reviewer_of(_office(action, kind)),
        "police": Principal("demo-police", "demo-police", Role.POLICE, "demo-police"),
        "departments": PLATFORM,
        "system": PLATFORM,
        "administrator": PLATFORM,
    }
    return next(actors[part] for part in actors if part in ACTORS[action])


def _office(action: PermitAction, kind: PermitKind) -> Department:
    """Return a department that is competent for a step: that of the roads before others."""
    act = ACT_OF.get(action, Act.HANDLE)
    offices = competent(shipped_sheet(DEMONSTRATION), act, kind)
    return Department.TRANSPORT if Department.TRANSPORT in offices else offices[0]
