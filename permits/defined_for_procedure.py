"""Parameters of the procedure: offices, deadlines and what silence means."""

from permits.definition import choice, flag, number, texts
from permits.department import Department
from permits.first_check_items import ITEMS, WITHIN, items_key
from permits.hearing import BEFORE, GRAVE
from permits.opinion_kinds import OpinionKind
from permits.remedy_kinds import (
    AGAINST,
    AGAINST_OF_MATTERS,
    DECISIONS,
    DECISIONS_OF_MATTERS,
    RemedyKind,
    length_key,
)
from permits.suspension_grounds import AUTOMATIC, BY_ITSELF
from permits.termination_grounds import TerminationGround

DEFINED = (
    texts("review.{reviewed}.mandatory", "Departments that must vote ({reviewed})", "须参加表决的审查部门({reviewed})", of=Department, used=True),
    texts("review.{reviewed}.advisory", "Departments that give an opinion ({reviewed})", "提出审核建议的部门({reviewed})", of=Department, used=True),
    texts("review.{reviewed}.opinions", "Opinions without which a file does not go on ({reviewed})", "继续审查所须的意见({reviewed})", of=OpinionKind, used=True),
    texts("review.daily_plan.mandatory", "Departments that must answer the plan of a day", "须答复飞行计划的部门", of=Department, used=True),
    texts("review.daily_plan.advisory", "Departments that give an opinion on it", "对飞行计划提出审核建议的部门", of=Department, used=True),
    texts("competent.{act}.{reviewed}", "Departments that may do this ({act}, {reviewed})", "有权办理的部门({act}，{reviewed})", of=Department, used=True),
    number("deadlines.intake_wd", "working days", 0, 365, "Time for the intake office", "受理期限", used=True),
    choice("deadlines.intake_silence", ("accepted", "open"), "What its silence means", "逾期不告知的效果", used=True),
    number("deadlines.third_party_wd", "working days", 0, 365, "Time for the opinion of the third party", "第三方意见期限", used=True),
    flag("deadlines.reviews_pause", "Whether the clock stands still during third-party and expert review", "第三方和专家评审时间是否不计入期限", used=True),
    number("deadlines.decision_wd", "working days", 0, 365, "Time for a decision of one department", "单部门决定期限", used=True),
    number("deadlines.decision_extension_wd", "working days", 0, 365, "By how much it may be extended", "单部门决定可延长期限", used=True),
    number("deadlines.joint_wd", "working days", 0, 365, "Time for a joint decision", "联合办理期限", used=True),
    number("deadlines.joint_extension_wd", "working days", 0, 365, "By how much it may be extended", "联合办理可延长期限", used=True),
    number("deadlines.delivery_wd", "working days", 0, 365, "Time to deliver plate and certificate", "颁发送达期限", used=True),
    number("deadlines.hearing_request_wd", "working days", 0, 365, "Time to ask for a hearing", "申请听证期限", used=True),
    number("deadlines.hearing_held_wd", "working days", 0, 365, "Time in which it is held", "组织听证期限", used=True),
    number("deadlines.renewal_before_days", "days", 0, 365, "How long before its end a renewal is applied for", "延续申请提前期", used=True),
    choice("deadlines.renewal_silence", ("extended", "ended"), "What no decision by the end means", "届期未作决定的效果", used=True),
    flag("resume.third_party_accepts", "Whether a third party must accept before what was suspended goes on", "恢复是否须经第三方同意", used=True),
    texts(AUTOMATIC, "Grounds that suspend by themselves", "自动暂停事由", of=sorted(BY_ITSELF), used=True),
    texts(BEFORE, "What is not done before its holder could be heard", "须告知听证权利的决定", of=GRAVE, used=True),
    texts(AGAINST, "Decisions against which something can be done", "可申请复议、提起诉讼的决定", of=DECISIONS, used=True),
    texts(AGAINST_OF_MATTERS, "The same in matters under a permit", "可申请复议、提起诉讼的事项决定", of=DECISIONS_OF_MATTERS, used=True),
    number(length_key(RemedyKind.RECONSIDERATION), "days", 1, 3650, "Time to ask for reconsideration", "申请行政复议期限", used=True),
    number(length_key(RemedyKind.LITIGATION), "months", 1, 120, "Time to go to court", "提起行政诉讼期限", used=True),
    texts("remedies.{remedy}.body.{family}", "To whom one goes ({remedy}, {family})", "受理机关({remedy}，{family})", used=True),
    texts("termination.{family}", "Grounds on which it may be terminated ({family})", "终止事由({family})", of=TerminationGround, used=True),
    number("deregistration.after_days", "days", 0, 3650, "Time after which what is over is struck off", "到期、终止等之后的注销期限", used=True),
    number(WITHIN, "min", 1, 1440, "How lately a device was heard that is online when its permit comes into force", "许可生效时设备在线的最近上线时限", used=True),
    texts(items_key("{family}"), "What the first self-check of a device shows before its permit is in force ({family})", "许可生效前设备首次自检须具备的内容({family})", of=ITEMS, used=True),
    number("deadlines.rectification_days", "days", 0, 365, "Time for rectification", "整改期限", used=True),
)  # fmt: skip
