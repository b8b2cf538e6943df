"""Parameters of mutual recognition: who recognises whom, for how long, and what it spares."""

from permits.definition import choice, number, texts
from permits.document_kinds import DocumentKind
from permits.states import PermitKind

JURISDICTIONS = ("anhui", "jiangsu", "shanghai", "zhejiang")

DEFINED = (
    choice("recognition.own", JURISDICTIONS, "The jurisdiction that bundles of others are addressed to", "互认数据包的本地接收管辖区", used=True),
    texts("recognition.jurisdictions", "Jurisdictions that recognise each other's tests", "测试结果互认的管辖区", of=JURISDICTIONS, used=True),
    number("recognition.most_days", "days", 1, 3660, "How long a bundle may count", "互认数据包最长有效期", used=True),
    texts("recognition.papers", "Papers of a bundle that count as if they had been handed in here", "互认数据包中视同在本地提交的文件", of=DocumentKind, used=True),
    texts("recognition.simplified", "Permits that skip the third party and the experts when all vehicles are recognised", "全部车辆均获互认时免第三方检测和专家评审的许可", of=PermitKind, used=True),
    texts("recognition.counted", "What a bundle tells that counts for the preconditions here", "互认数据包中计入本地前置条件的内容", of=("figures", "stages"), used=True),
    texts("recognition.waived.{kind}", "Papers not asked of a {kind} all of whose vehicles are recognised", "全部车辆均获互认时{kind}免交的文件", of=DocumentKind, used=True),
)  # fmt: skip
