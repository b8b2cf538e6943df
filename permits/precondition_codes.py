"""What must hold before a permit is handed in, accepted or granted: one code for each condition.

Which of them is asked of which kind of permit, at which step, and what it takes to meet it, is in the
rule set; here are their names alone.
"""

from enum import StrEnum


class PreconditionCode(StrEnum):
    """One thing that must hold. The numbers in some names are those of the law as it was first read."""

    # --- insurance and papers of vehicles
    INS_COVER_GE_5M = "INS_COVER_GE_5M"
    INS_END_GE_PERMIT_END = "INS_END_GE_PERMIT_END"
    SEAT_INS_IF_PASSENGER = "SEAT_INS_IF_PASSENGER"
    COMPULSORY_INS = "COMPULSORY_INS"
    """交强险"""
    INSPECTION_VALID = "INSPECTION_VALID"
    THIRD_PARTY_REPORT_VALID = "THIRD_PARTY_REPORT_VALID"
    # --- what was driven before
    TEST_HOURS_GE_240_OR_KM_GE_1000 = "TEST_HOURS_GE_240_OR_KM_GE_1000"
    FLEET_KM_GE = "FLEET_KM_GE"
    VEHICLE_KM_GE = "VEHICLE_KM_GE"
    ROUTE_COVERAGE_100 = "ROUTE_COVERAGE_100"
    SUPERVISED_RIDES_GE = "SUPERVISED_RIDES_GE"
    ZERO_TAKEOVER_RIDES = "ZERO_TAKEOVER_RIDES"
    NO_AT_FAULT_ACCIDENT = "NO_AT_FAULT_ACCIDENT"
    NO_TRAFFIC_VIOLATION = "NO_TRAFFIC_VIOLATION"
    # --- stages, roads, areas
    SEGMENTS_SUBSET_TESTED = "SEGMENTS_SUBSET_TESTED"
    SEGMENT_CLASS_ALLOWED_FOR_STAGE = "SEGMENT_CLASS_ALLOWED_FOR_STAGE"
    STAGE_ORDER = "STAGE_ORDER"
    """道路测试 → 示范应用 → 示范运营 → 商业化运营"""
    RISK_ORDER = "RISK_ORDER"
    DRIVERLESS_AREA = "DRIVERLESS_AREA"
    # --- people
    OFFICER_LICENCE_3Y = "OFFICER_LICENCE_3Y"
    OFFICER_CLEAN_RECORD = "OFFICER_CLEAN_RECORD"
    OFFICER_TRAINING_40H = "OFFICER_TRAINING_40H"
    REMOTE_OPS_100H = "REMOTE_OPS_100H"
    OFFICER_RATIO = "OFFICER_RATIO"
    # --- fleets and systems
    SAME_CONFIG = "SAME_CONFIG"
    VEHICLE_CAP = "VEHICLE_CAP"
    DATA_LINK_TEST_PASSED = "DATA_LINK_TEST_PASSED"
    NETSEC_ASSESSED = "NETSEC_ASSESSED"
    DATA_STORED_IN_CHINA = "DATA_STORED_IN_CHINA"
    NO_DANGEROUS_GOODS = "NO_DANGEROUS_GOODS"
    TRANSPORT_LICENCE = "TRANSPORT_LICENCE"
    # --- aircraft
    REALNAME_ACTIVE = "REALNAME_ACTIVE"
    """实名登记"""
    UA_CLASS_MATCH = "UA_CLASS_MATCH"
    OPERATOR_CERT = "OPERATOR_CERT"
    PILOT_LICENCE = "PILOT_LICENCE"
    LIABILITY_INS = "LIABILITY_INS"
    REMOTE_ID_OK = "REMOTE_ID_OK"
    """运行识别"""
    FENCE_DATA_FRESH = "FENCE_DATA_FRESH"
    LOG_ON_BOARD = "LOG_ON_BOARD"
    """机载记录"""
    AIRSPACE_CAPACITY = "AIRSPACE_CAPACITY"
    NO_4D_CONFLICT = "NO_4D_CONFLICT"
    CUTOFF_12H = "CUTOFF_12H"
    ALT_LE_120_OR_APPROVED = "ALT_LE_120_OR_APPROVED"
    IN_TEST_BASE = "IN_TEST_BASE"
    """试验基地"""
    ART31_ESCALATORS_ABSENT = "ART31_ESCALATORS_ABSENT"
    ART31_EXEMPT = "ART31_EXEMPT"
    """免申请飞行: who flies, and where; a department alone can tell."""
    IN_SUITABLE_AIRSPACE = "IN_SUITABLE_AIRSPACE"
    """适飞空域"""
    PERIOD_LE_CAP = "PERIOD_LE_CAP"
    # --- vessels
    AIS_ON = "AIS_ON"
    MSA_NOTICE_10WD = "MSA_NOTICE_10WD"
    WARNING_ID = "WARNING_ID"
    """航行警告"""
    LENGTH_BAND = "LENGTH_BAND"
    CHART_EDITION_CURRENT = "CHART_EDITION_CURRENT"
    # --- all
    TIME_WINDOW = "TIME_WINDOW"
    WEATHER_LIMITS = "WEATHER_LIMITS"
    RULESET_IN_FORCE = "RULESET_IN_FORCE"


ROOM = frozenset({PreconditionCode.AIRSPACE_CAPACITY, PreconditionCode.NO_4D_CONFLICT})
"""What depends on who else is in the air, and is asked again of a flight that was suspended."""


class Gate(StrEnum):
    """A step before which preconditions are asked; at a later one those of the earlier again."""

    SUBMIT = "submit"
    """An application is handed in, a trial notified."""
    ACCEPT = "accept"
    """受理"""
    GRANT = "grant"
    """Something is approved, issued, or put on record."""
