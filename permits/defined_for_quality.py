"""Parameters of the quality of what devices report, and of the test of a data link."""

from permits.definition import number, texts
from permits.quality_items import ITEMS

DEFINED = (
    texts("quality.mandatory.{domain}", "Items that every report must say ({domain})", "每条报文必报的数据项({domain})", of=ITEMS, used=True),
    number("quality.rate_min_hz.{domain}", "Hz", 0.001, 100, "Reports a second of a device that is heard, at least ({domain})", "在线设备最低上报频率({domain})", used=True),
    number("quality.late_after_s", "s", 0, 3600, "How long after its time a report is late", "报文判为迟到的时延", used=True),
    number("quality.accuracy_max_m.{domain}", "m", 0, 1000, "Claimed error of a position that is good enough, at most ({domain})", "合格定位精度上限({domain})", used=True),
    number("quality.weight.{part}", "1", 0, 100, "Weight in the score of the data of a day ({part})", "数据质量评分权重({part})", used=True),
    number("quality.nothing_at.{part}", "1", 0.0001, 1, "Share of what is bad from which on it is worth nothing ({part})", "评分归零的不良占比({part})", used=True),
    number("link_test.minutes", "min", 1, 1440, "How long a device sends in a test of its data link", "数据接入测试时长", used=True),
    number("link_test.score_min", "1", 0, 100, "Score of what it sends, at least", "数据接入测试合格分数", used=True),
    number("link_test.valid_days", "days", 1, 366, "How long a test of a data link answers", "数据接入测试结果有效期", used=True),
)  # fmt: skip
