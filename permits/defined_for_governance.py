"""Parameters of graded governance: the high-risk list, the ladder, the no-penalty list."""

from permits.definition import choice, number, texts
from permits.department import Department
from permits.governance_states import LADDER, RiskItem
from permits.violation import Severity, ViolationCode

DEFINED = (
    texts("sandbox.high_risk_items", "What makes a product or scenario one of high risk", "高风险清单", of=RiskItem, used=True),
    texts("sandbox.departments", "Departments that review compliance", "合规审查部门", of=Department, used=True),
    number("sandbox.cap_months", "months", 1, 120, "Longest period in the sandbox", "沙盒最长期限", used=True),
    choice("ladder.begins_at.{severity}", LADDER, "Gravest step that may be taken at once ({severity})", "可直接采取的最重处置({severity})", used=True),
    texts("no_penalty.codes", "Breaches that are spared when first, minor and corrected in time", "轻微违法不罚清单", of=ViolationCode, used=True),
    texts("no_penalty.severities", "How grave they may be at most", "不罚的严重程度", of=Severity, used=True),
    number("no_penalty.corrected_within_days", "days", 0, 365, "Time to put such a breach right", "及时改正期限", used=True),
    number("no_penalty.first_within_months", "months", 1, 240, "How long an earlier breach of the kind counts", "初次违法的回溯期", used=True),
)  # fmt: skip
