"""Parameters that fixes are judged by, alarms that are still to come, evidence and service levels."""

from permits.definition import Definition, choice, count, number, texts
from permits.violation import Severity

MOST_SAMPLES = 60
MOST_CONFIDENCE = 0.99
"""More than this no fix at an edge would ever reach."""

_JUDGED_BY = (
    number("height.max_agl_m", "m", 1, 1000, "Greatest height above ground of a flight without an approved top", "未获批高度时飞行的最大真高", used=True),
    number("clock.max_skew_s", "s", 0.5, 600, "Greatest difference between the clocks of device and service", "设备与平台时钟的最大偏差", used=True),
    number("reorder.window_s", "s", 0, 5, "How long a report waits for one that it has overtaken", "报文等待先发报文的时间", used=True),
    number("overspeed.margin_kmh", "km/h", 0, 30, "Overspeed that is let pass", "超速容差", used=True),
    number("overspeed.margin_ratio", "1", 0, 1, "Overspeed that is let pass, as a part of the limit", "超速容差占限速的比例", used=True),
    number("overspeed.critical_ratio", "1", 0, 10, "Part above the limit from which overspeed is critical", "超速为严重的超出比例", used=True),
    number("episodes.update_every_s", "s", 0, 600, "How often a violation that gets worse is told of", "违规加重的通报间隔", used=True),
    number("jump.factor", "1", 1, 10, "By how much more than its class can go a jump is impossible", "位置跳变判定倍数", used=True),
    number("jump.{domain}.max_speed_kmh", "km/h", 1, 1500, "The most that a device can go ({domain})", "设备可达最高速度({domain})", used=True),
    number("jump.{domain}.max_acceleration_mps2", "m/s²", 0.1, 50, "The most that a device can speed up or brake ({domain})", "设备最大加减速度({domain})", used=True),
    number("accuracy.{domain}.default_m", "m", 0, 1000, "Accuracy of a fix that does not say it ({domain})", "未声明精度时的定位精度({domain})", used=True),
    number("accuracy.{domain}.least_m", "m", 0, 1000, "Accuracy better than which none is believed ({domain})", "可采信的最高定位精度({domain})", used=True),
    number("foresight.{domain}.horizon_s", "s", 0, 600, "How far ahead a device is looked after ({domain})", "预警前瞻时间({domain})", used=True),
    number("foresight.{domain}.max_age_s", "s", 1, 60, "Age of a fix from which nothing is foretold ({domain})", "可用于预警的定位最大时龄({domain})", used=True),
    number("separation.horizontal_m", "m", 1, 10_000, "Least distance between aircraft, horizontal", "航空器最小水平间隔", used=True),
    number("separation.vertical_m", "m", 1, 1000, "Least distance between aircraft, vertical", "航空器最小垂直间隔", used=True),
    number("separation.head_on_s", "s", 0, 300, "Time within which two that approach are head-on", "对头飞行判定时间", used=True),
    number("separation.opposite_within_deg", "°", 0, 90, "How far from exactly opposite courses may be", "对向航迹角容差", used=True),
    texts("modes.automated", "Control modes that are automated", "属于自动驾驶的控制模式", used=True),
    texts("modes.driver.{driver_mode}", "Control modes that a permit of the driver mode allows ({driver_mode})", "该驾驶人位置下许可的控制模式({driver_mode})", used=True),
    texts("modes.by_hand", "Control modes by hand", "属于人工操作的控制模式", used=True),
    texts("modes.always_permitted.{domain}", "Control modes that no permit need name ({domain})", "无须许可载明的控制模式({domain})", used=True),
)  # fmt: skip

_WHEN = (
    ("severity", choice, (Severity,), "severity", "严重程度"),
    ("opens_after_s", number, ("s", 0, 600), "time for which it must last", "持续多久后成立"),
    ("samples", count, (1, MOST_SAMPLES), "fixes that must show it", "须显示的定位次数"),
    ("of_samples", count, (1, MOST_SAMPLES), "of so many of the latest fixes", "所依据的最近定位次数"),
    ("closes_after_s", number, ("s", 0, 3600), "time for which it must be over", "恢复多久后结束"),
    ("dedupe_s", number, ("s", 0, 86_400), "time within which one again is a repeat", "重复违规判定时间"),
    ("notify", texts, (), "who hears of it", "通报对象"),
    ("confidence", number, ("1", 0, MOST_CONFIDENCE), "how sure a fix must be", "定位置信度要求"),
)  # fmt: skip


def _of_rules() -> list[Definition]:
    """Define the values of a rule at each place where they may be."""
    places = (
        ("all", "All violations", "全部违规"),
        ("violations.{code}", "{code}", "{code}"),
        ("violations.{code}.{domain}", "{code} ({domain})", "{code}({domain})"),
        ("violations.{code}.category.{category}", "{code} ({category})", "{code}({category})"),
    )
    found = []
    for place, where, where_zh in places:
        for name, make, within, english, chinese in _WHEN:
            if place == "all" and name == "confidence":
                continue
            of = (f"{place}.{name}", *within, f"{where}: {english}", f"{where_zh}：{chinese}")
            found.append(make(*of, used=True))
    return found


_ALARMS = (
    number("alarms.fence_buffer_m", "m", 0, 100, "How far outside an edge a vehicle may be", "围栏缓冲距离"),
    number("alarms.officer_absent_s", "s", 1, 120, "Time without a sign of life of the safety officer", "安全员心跳中断时间"),
    number("alarms.officer_left_s", "s", 1, 120, "Time for which the safety officer has left", "安全员离位时间"),
    number("alarms.harsh_speed_kmh", "km/h", 1, 100, "Change of speed that is harsh", "车速突变阈值"),
    number("alarms.harsh_speed_within_s", "s", 1, 120, "Time within which a change of speed is harsh", "车速突变时间窗"),
    number("alarms.harsh_braking_mps2", "m/s²", 0.1, 20, "Deceleration that is harsh", "急减速阈值"),
    number("alarms.harsh_acceleration_mps2", "m/s²", 0.1, 20, "Acceleration that is harsh", "急加速阈值"),
    number("alarms.harsh_lateral_mps2", "m/s²", 0.1, 20, "Lateral acceleration that is harsh", "横向加速度阈值"),
    number("alarms.harsh_acceleration_for_s", "s", 0, 120, "Time for which an acceleration must last", "急加减速持续时间"),
    number("alarms.stopped_below_kmh", "km/h", 0, 20, "Speed below which a vehicle stands", "判定停车的车速"),
    number("alarms.stopped_within_m", "m", 1, 100, "Distance within which a vehicle stands", "判定停车的位移"),
    number("alarms.long_stop_road_s", "s", 1, 3600, "Stop that is long on a road", "道路停车过久时间"),
    number("alarms.long_stop_campus_s", "s", 1, 3600, "Stop that is long on a campus", "园区停车过久时间"),
    number("alarms.long_stop_junction_s", "s", 1, 3600, "Stop that is long at a junction", "路口停车过久时间"),
    number("alarms.reverse_s", "s", 1, 120, "Time for which a low-speed device goes backwards", "低速设备倒行时间"),
    number("alarms.sensor_fault_s", "s", 1, 120, "Time for which a sensor fails", "传感器故障持续时间"),
    count("alarms.sensor_fault_samples", 1, 10, "Reports that say that a sensor fails", "传感器故障报文次数"),
    number("alarms.collision_confidence", "1", 0, 1, "How sure a suspected collision must be", "疑似碰撞置信度"),
    count("alarms.missed_reports", 1, 10, "Reports missed on task that are a silence", "任务中连续漏报次数"),
    number("alarms.silence_low_speed_s", "s", 5, 600, "Silence of a low-speed device on task", "低速设备任务中失联时间", used=True),
    count("alarms.ais_missed_intervals", 1, 10, "AIS intervals missed that are a silence", "AIS 漏报间隔数"),
)  # fmt: skip

_EVIDENCE = (
    number("evidence.before_s", "s", 0, 3600, "Recording kept of before an accident or violation", "事故或违规前数据保存时长", used=True),
    number("evidence.after_s", "s", 0, 3600, "Recording kept of after it", "事故或违规后数据保存时长", used=True),
    number("evidence.kept_years", "years", 0, 100, "How long it is kept", "证据保存年限", used=True),
    number("evidence.positions_kept_months", "months", 0, 600, "How long what devices told is kept at the least", "设备上报数据最短保存期限", used=True),
    number("evidence.frames_kept_months", "months", 0, 600, "How long messages are kept as they came, at the least", "原始报文最短保存期限", used=True),
    number("evidence.network_logs_months", "months", 0, 240, "How long network logs are kept", "网络日志保存期限"),
    number("evidence.personal_assessment_years", "years", 0, 100, "How long assessments of personal information are kept", "个人信息保护影响评估保存年限"),
    texts("evidence.real_time_items", "What a vehicle reports in real time", "车辆实时上传的数据项"),
    texts("evidence.recorded_items", "What a vehicle records", "车辆记录的数据项"),
)  # fmt: skip

_PRECISION = (
    count("precision.department_decimals", 3, 7, "Decimals of a degree in positions that departments read", "部门查阅位置保留的小数位数", used=True),
    number("precision.public_grid_m", "m", 100, 10_000, "Grid of positions that the public is told", "向公众提供位置的网格边长", used=True),
)  # fmt: skip

_SERVICE = (
    number("service.device_messages_per_s", "1/s", 1, 1e6, "Device messages that the platform takes", "平台接收设备报文能力"),
    number("service.network_within_s", "s", 0, 60, "Delay of the network, at most", "网络时延上限"),
    number("service.page_within_s", "s", 0, 60, "Answer of a page, at most", "页面响应时间上限"),
    number("service.live_query_within_s", "s", 0, 60, "Live query, at most", "实时查询时间上限"),
    number("service.history_within_s", "s", 0, 600, "Query of history, at most", "历史查询时间上限"),
    count("service.people_at_once", 1, 100_000, "People at once", "并发用户数"),
    number("service.map_positions_hz", "Hz", 0, 50, "Positions on the map, at least", "地图位置刷新频率"),
    number("service.repaired_within_h", "h", 0, 100, "Time to repair, at most", "平均修复时间上限"),
    number("cloud.reply_within_s", "s", 0, 60, "Time within which a vehicle answers the cloud", "车辆应答云端时限"),
    count("cloud.misses", 1, 10, "Answers missed after which the link has failed", "判定链路异常的未应答次数"),
)  # fmt: skip

DEFINED = (*_JUDGED_BY, *_of_rules(), *_ALARMS, *_EVIDENCE, *_PRECISION, *_SERVICE)
