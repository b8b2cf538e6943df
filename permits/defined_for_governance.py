"""Parameters of graded governance: the high-risk list, the ladder, the no-penalty list."""

from permits.definition import choice, condition, number, texts
from permits.department import Department
from permits.governance_states import LADDER, RiskItem
from permits.violation import Severity, ViolationCode

DEFINED = (
    texts("sandbox.high_risk_items", "What makes a product or scenario one of high risk", "高风险清单", of=RiskItem, used=True),
    condition("sandbox.follows.{item}", "What of a permit makes it {item}", "由许可内容认定 {item} 的条件", used=True),
    texts("sandbox.classes.{item}", "Classes of zones that make it {item}", "认定 {item} 的区域类别", used=True),
    number("sandbox.fast_kmh", "km/h", 1, 400, "Speed from which a road counts as a fast one", "视为快速通行的速度", used=True),
    number("sandbox.sight_m", "m", 1, 100000, "Distance up to which an aircraft is in sight", "视距内飞行的最大距离", used=True),
    texts("sandbox.departments", "Departments that review compliance", "合规审查部门", of=Department, used=True),
    number("sandbox.cap_months", "months", 1, 120, "Longest period in the sandbox", "沙盒最长期限", used=True),
    number("sandbox.control_within_wd", "working days", 1, 400, "Time within which what was disclosed is controlled", "事后控制期限", used=True),
    number("ladder.rectification_wd", "working days", 1, 400, "Time to put right what was ordered", "责令整改期限", used=True),
    choice("ladder.begins_at.{severity}", LADDER, "Gravest step that may be taken at once ({severity})", "可直接采取的最重处置({severity})", used=True),
    texts("no_penalty.codes", "Breaches that are spared when first, minor and corrected in time", "轻微违法不罚清单", of=ViolationCode, used=True),
    texts("no_penalty.severities", "How grave they may be at most", "不罚的严重程度", of=Severity, used=True),
    number("no_penalty.corrected_within_days", "days", 0, 365, "Time to put such a breach right", "及时改正期限", used=True),
    number("no_penalty.first_within_months", "months", 1, 240, "How long an earlier breach of the kind counts", "初次违法的回溯期", used=True),
)  # fmt: skip
