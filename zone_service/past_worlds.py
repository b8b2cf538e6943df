"""By what was judged, noted so that it can be made again: zones, devices, permits and rules of then."""

from dataclasses import replace

from permits.ruleset import RuleSet
from zone_service.episode_record import moment
from zone_service.settings import Settings
from zone_service.store import history, permits, rule_sets
from zone_service.store.engine import Store
from zone_service.store.records import JudgedBy
from zone_service.world import Revisions, World, digest_of
from zone_service.world_loader import Devices, build_world


def noted(world: World, at_s: float, *, is_start: bool, is_cut: bool = False) -> JudgedBy:
    """Return the note of a world that was taken over at a time."""
    return JudgedBy(
        at_s=at_s,
        as_of_s=world.as_of_s,
        zone_revision=world.revisions.zones,
        registry_revision=world.revisions.registry,
        permit_revision=world.revisions.permits,
        rule_set=world.rules.rule_set_id,
        rules=world.rules.label,
        rules_digest=world.rules_digest,
        is_start=is_start,
        is_cut=is_cut,
        beside=world.told_beside,
    )


class PastWorlds:
    """Worlds of the past, each made from the one before as far as they agree."""

    def __init__(self, store: Store, settings: Settings, rules: RuleSet | None = None) -> None:
        """``rules``: judge by these, whatever was judged by."""
        self._store = store
        self._settings = settings
        self._rules = rules
        self._named: dict[str, RuleSet] = {}

    def world(self, by: JudgedBy, like: World | None = None) -> World:
        """Return what was judged by; of ``like`` everything is used that is the same.

        Raises:
            NoSuchRuleSet: its rule set neither ships nor was published here.
        """
        revisions = Revisions(by.zone_revision, by.registry_revision, by.permit_revision)
        beside = self._beside(by)
        same = like is not None and like.revisions == revisions and like.as_of_s == by.as_of_s
        if like is not None and same and like.beside == beside:
            return replace(like, rules=self.rules(by))
        with self._store.read() as session:
            return build_world(
                session,
                self._settings,
                revisions,
                by.as_of_s,
                lambda: Devices(history.devices_at(session, by.registry_revision)),
                lambda _: permits.grants_at(session, by.permit_revision, moment(by.as_of_s)),
                like=like,
                rules=self.rules(by),
                beside=lambda _: beside,
            )

    def rules(self, by: JudgedBy) -> RuleSet:
        """Return the rule set by its name and version, or the one that is wanted instead."""
        if self._rules is not None:
            return self._rules
        return self._by_label(by.rules)

    def is_other_rules(self, by: JudgedBy) -> bool:
        """Whether the rules are no longer those that were judged by."""
        if digest_of(self.rules(by)) != by.rules_digest:
            return True
        # Rules that are wanted instead are everybody's.
        return (self._rules is not None and bool(by.beside)) or any(
            digest_of(self._by_label(label)) != digest for _, label, digest in by.beside
        )

    def _beside(self, by: JudgedBy) -> dict[str, RuleSet]:
        if self._rules is not None:
            return {}
        return {name: self._by_label(label) for name, label, _ in by.beside}

    def _by_label(self, label: str) -> RuleSet:
        if label not in self._named:
            with self._store.read() as session:
                self._named[label] = rule_sets.rules_of(session, label)
        return self._named[label]
