"""Parameters of preconditions: which are asked of what and when, what meets them, who may attest them."""

from permits.defined_for_air_and_water import CLASSES
from permits.defined_for_roads import RISKS
from permits.definition import choice, condition, count, number, texts
from permits.document_kinds import DocumentKind
from permits.precondition_codes import Gate, PreconditionCode

_CODES = PreconditionCode

DEFINED = (
    texts("preconditions.refuse_at", "Steps that are refused while a precondition is not met", "前置条件未满足时拒绝的步骤", of=Gate, used=True),
    texts("preconditions.{asked}.submit", "Preconditions of handing in ({asked})", "提交前置条件({asked})", of=_CODES, used=True),
    texts("preconditions.{asked}.accept", "Preconditions of acceptance ({asked})", "受理前置条件({asked})", of=_CODES, used=True),
    texts("preconditions.{asked}.grant", "Preconditions of granting ({asked})", "准予前置条件({asked})", of=_CODES, used=True),
    texts("preconditions.{asked}.unknown_refuses_at", "Steps that are refused while a precondition is unknown ({asked})", "前置条件不明时拒绝的步骤({asked})", of=Gate, used=True),
    texts("preconditions.{asked}.shown", "Preconditions that are shown and refuse no step ({asked})", "仅提示而不拒绝的前置条件({asked})", of=_CODES, used=True),
    condition("requires.{precondition}", "What meets {precondition}", "满足 {precondition} 的条件", used=True),
    condition("requires.{met_by}.{precondition}", "What meets {precondition} ({met_by})", "满足 {precondition} 的条件({met_by})", used=True),
    texts("attested_by.{precondition}", "Documents by which {precondition} may be attested", "可据以核验 {precondition} 的文件", of=DocumentKind, used=True),
    texts("segments.open_to.{kind}", "Classes of roads and areas that are open to a stage ({kind})", "各阶段开放的道路和区域类别({kind})", used=True),
    choice("segments.risk.{class_of_road}", RISKS, "Risk of a class of roads ({class_of_road})", "道路类别的风险等级({class_of_road})", used=True),
    texts("uav.open_to.{kind}", "Classes of aircraft that may fly so ({kind})", "允许飞行的航空器类别({kind})", of=CLASSES, used=True),
    number("data_link.window_days", "days", 1, 366, "Days, up to today, of which it counts what was heard of a device", "设备在线情况的统计天数", used=True),
    number("data_link.online_min_h", "h", 0, 8784, "Hours that a device must have been heard in all on these days, to show that its data link works", "证明数据接入正常的最低累计在线时长", used=True),
    number("data_link.reports_min_per_min", "1/min", 0, 6000, "Reports a minute in that time, at least", "在线期间每分钟最低报文数", used=True),
    texts("remote_id.failed_statuses", "Statuses of the identification in flight that are a failure", "表示运行识别故障的状态", used=True),
    count("fence.behind_max", 0, 1_000_000, "Revisions of the zones that the fence data on board may be behind", "机载电子围栏数据允许落后的版本数", used=True),
    texts("driverless.announced_zones", "Zones that are announced for vehicles without a driver", "已公布开放无驾驶人测试的区域", used=True),
)  # fmt: skip
