"""The kinds of refusals that rules and store know; each can be said in both languages."""

from typing import Final

from permits.governance import GovernanceRefused
from permits.matter_refusals import MatterError
from permits.paper_words import PapersRefused
from permits.permit import PermitError
from permits.recognition_words import BundleRefused
from permits.report_periods import ReportRefused
from permits.rule_words import RuleSetError
from permits.value_words import ValueRefused
from zone_service.rule_files import NoSuchRuleSet
from zone_service.store.errors import StoreError

REFUSALS: Final[tuple[type[Exception], ...]] = (
    StoreError,
    PermitError,
    MatterError,
    GovernanceRefused,
    PapersRefused,
    BundleRefused,
    ReportRefused,
    RuleSetError,
    NoSuchRuleSet,
    ValueRefused,
)
"""The roots: each of them, and whatever is one, has words in both languages."""
