"""Parameters of the procedure: offices, deadlines and what silence means."""

from permits.definition import choice, flag, number, texts
from permits.department import Department

DEFINED = (
    texts("review.{reviewed}.mandatory", "Departments that must vote ({reviewed})", "须参加表决的审查部门({reviewed})", of=Department, used=True),
    texts("review.{reviewed}.advisory", "Departments that give an opinion ({reviewed})", "提出审核建议的部门({reviewed})", of=Department, used=True),
    number("deadlines.intake_wd", "working days", 0, 365, "Time for the intake office", "受理期限", used=True),
    choice("deadlines.intake_silence", ("accepted", "open"), "What its silence means", "逾期不告知的效果", used=True),
    number("deadlines.third_party_wd", "working days", 0, 365, "Time for the opinion of the third party", "第三方意见期限", used=True),
    flag("deadlines.reviews_pause", "Whether the clock stands still during third-party and expert review", "第三方和专家评审时间是否不计入期限", used=True),
    number("deadlines.decision_wd", "working days", 0, 365, "Time for a decision of one department", "单部门决定期限", used=True),
    number("deadlines.decision_extension_wd", "working days", 0, 365, "By how much it may be extended", "单部门决定可延长期限", used=True),
    number("deadlines.joint_wd", "working days", 0, 365, "Time for a joint decision", "联合办理期限", used=True),
    number("deadlines.joint_extension_wd", "working days", 0, 365, "By how much it may be extended", "联合办理可延长期限", used=True),
    number("deadlines.delivery_wd", "working days", 0, 365, "Time to deliver plate and certificate", "颁发送达期限", used=True),
    number("deadlines.hearing_request_wd", "working days", 0, 365, "Time to ask for a hearing", "申请听证期限"),
    number("deadlines.hearing_held_wd", "working days", 0, 365, "Time in which it is held", "组织听证期限"),
    number("deadlines.renewal_before_days", "days", 0, 365, "How long before its end a renewal is applied for", "延续申请提前期", used=True),
    choice("deadlines.renewal_silence", ("extended", "ended"), "What no decision by the end means", "届期未作决定的效果", used=True),
    flag("resume.third_party_accepts", "Whether a third party must accept before what was suspended goes on", "恢复是否须经第三方同意", used=True),
    number("deadlines.rectification_days", "days", 0, 365, "Time for rectification", "整改期限", used=True),
)  # fmt: skip
