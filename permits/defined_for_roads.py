"""Parameters of road tests, demonstration and operation: who, with what, where and for how long."""

from permits.accident import Liability
from permits.application import Subject
from permits.definition import choice, count, flag, number, texts, windows
from permits.violation import ViolationCode

SERVICES = ("taxi", "bus", "logistics")
FORBIDDEN_WINDOWS = "low_speed.forbidden_windows"
LOW_SPEED_STAGES = ("LOW_SPEED_TEST", "LOW_SPEED_OPERATION")
STAGES = ("ROAD_TEST", "DEMO_APPLICATION", "DEMO_OPERATION", "COMMERCIAL_OPERATION")
RISKS = ("low", "medium", "high")
RENEWED = ("STANDING_FLIGHT", "VESSEL_TRIAL", "CHANNEL_SURVEY")

DEFINED = (
    choice("subject.{kind}", Subject, "Who may apply ({kind})", "申请主体({kind})", used=True),
    texts("stages.order", "Order of the stages", "阶段次序", of=STAGES, used=True),
    texts("stages.low_speed_order", "Order of the stages of low-speed devices", "低速设备阶段次序", of=LOW_SPEED_STAGES, used=True),
    texts("stages.risk_order", "Order of the roads by risk", "道路风险次序", of=RISKS, used=True),
    number("period.{kind}.cap_months", "months", 1, 120, "Longest period of a permit ({kind})", "许可最长期限({kind})", used=True),
    number("renewal.cap_months", "months", 1, 120, "Longest period of a renewal", "单次延期最长期限", used=True),
    texts("renewal.kinds", "Kinds of permits beside those of roads that may be renewed", "道路以外可申请延续的许可种类", of=RENEWED, used=True),
    number("renewal.flight.before_days", "days", 0, 365, "How long before its end the renewal of a flight is applied for", "飞行许可延续申请提前期", used=True),
    number("renewal.vessel.before_wd", "working days", 0, 365, "The same of a trial of a vessel, as its notice is counted", "船舶试航延续申请提前工作日数", used=True),
    choice("renewal.{family}.silence", ("extended", "ended"), "What no decision by the end means ({family})", "届期未作决定的效果({family})", used=True),
    number("renewal.{family}.cap_months", "months", 1, 120, "Longest period of a renewal ({family})", "单次延期最长期限({family})", used=True),
    flag("renewal.summary_report", "Whether a renewal is asked for with a summary report", "延续申请是否须附总结报告", used=True),
    number("renewal.opens_before_months", "months", 0, 24, "How long before its end a renewal may be applied for", "可提出延期的最早提前期", used=True),
    # --- insurance
    number("insurance.liability_min_cny", "CNY", 0, 1e9, "Accident liability cover of each vehicle, at least", "每车事故责任保险最低保额", used=True),
    flag("insurance.guarantee_letter", "Whether a letter of guarantee of the same sum serves instead", "是否可以同额保函代替"),
    number("insurance.seat_min_cny", "CNY", 0, 1e9, "Cover of each seat where people are carried, at least", "载人每座保险最低保额", used=True),
    number("insurance.seat_pilot_min_cny", "CNY", 0, 1e9, "The same in commercial pilots", "商业化试点每座保险最低保额", used=True),
    number("insurance.low_speed_liability_min_cny", "CNY", 0, 1e9, "General liability cover of low-speed devices, at least", "低速设备综合责任险最低保额", used=True),
    number("insurance.low_speed_property_min_cny", "CNY", 0, 1e9, "Property cover of low-speed devices, at least", "低速设备财产险最低保额", used=True),
    # --- safety officers
    number("officer.licence_min_years", "years", 0, 60, "Years for which a safety officer has held the licence, at least", "安全员最低驾龄", used=True),
    count("officer.cycles_without_12_points", 0, 20, "Consecutive cycles without 12 points", "连续未记满12分的记分周期数", used=True),
    number("officer.clean_record_years", "years", 0, 60, "Years without grave traffic offences", "无严重交通违法的年限", used=True),
    number("officer.speeding_over_ratio", "1", 0, 10, "Speeding that is grave, as a part above the limit", "严重超速的超出比例"),
    number("officer.experience_min_h", "h", 0, 10_000, "Experience with the system, at least", "系统操作经验最低时长", used=True),
    number("officer.experience_on_item_min_h", "h", 0, 10_000, "Of it on the items applied for, at least", "其中申请项目操作最低时长", used=True),
    number("officer.training_min_h", "h", 0, 10_000, "Training, at least", "安全员培训最低时长", used=True),
    number("officer.remote_practice_min_h", "h", 0, 10_000, "Practice of remote control, at least", "远程操控实操最低时长", used=True),
    number("officer.vehicles_per_officer", "1", 1, 100, "Vehicles of one remote officer, at most", "每名远程安全员最多监管车辆数", used=True),
    # --- what was tested before
    texts("tests.items", "General items of the test", "通用检测项目"),
    count("tests.materials", 0, 100, "Materials of a self-declaration", "安全性自我声明材料份数"),
    number("tested.automated_min_h", "h", 0, 100_000, "Hours driven in automated mode on what is applied for", "申请路段自动驾驶测试最低时长", used=True),
    number("tested.automated_min_km", "km", 0, 1e7, "Kilometres driven in automated mode on it", "申请路段自动驾驶测试最低里程", used=True),
    number("tested.driverless_min_h", "h", 0, 100_000, "The hours before driverless vehicles", "无人驾驶前测试最低时长", used=True),
    number("tested.driverless_min_km", "km", 0, 1e7, "The kilometres before driverless vehicles", "无人驾驶前测试最低里程", used=True),
    texts("tested.liable", "Findings of the police that make an accident its fault", "计为有责事故的责任认定", of=Liability, used=True),
    texts("tested.violation_codes", "Violations seen by the platform that count as traffic violations", "计为交通违法的平台违规类型", of=ViolationCode, used=True),
    number("tested.on_record_months", "months", 1, 600, "How long accidents and violations stay on record", "事故和违规记录的计入期限", used=True),
    # --- before a demonstration operation
    number("operation.{service}.fleet_min_km", "km", 0, 1e9, "Kilometres of the fleet in automated mode ({service})", "车队自动驾驶最低里程({service})", used=True),
    number("operation.{service}.vehicle_min_km", "km", 0, 1e7, "Kilometres of each vehicle ({service})", "单车自动驾驶最低里程({service})", used=True),
    count("operation.{service}.rides_min", 0, 10_000, "Supervised rides, empty where goods are carried ({service})", "监督乘坐次数，载货为空载({service})", used=True),
    count("operation.{service}.loaded_rides_min", 0, 10_000, "Supervised rides with load ({service})", "监督满载次数({service})", used=True),
    number("operation.coverage_min_ratio", "1", 0, 1, "Part of the declared roads that was driven, at least", "申报道路覆盖率下限", used=True),
    count("operation.takeovers_max", 0, 100, "Takeovers during supervised rides, at most", "监督乘坐接管次数上限", used=True),
    count("operation.accidents_max", 0, 100, "Accidents with main responsibility, at most", "主责事故次数上限", used=True),
    count("operation.violations_max", 0, 100, "Traffic violations, at most", "交通违法次数上限", used=True),
    windows("operation.service_windows", "Hours of service", "服务时段", used=True),
    # --- fleets
    count("fleet.driverless_first_max", 0, 10_000, "Driverless vehicles at first, at most", "无人驾驶首批车辆上限", used=True),
    count("fleet.pilot_first_max", 0, 10_000, "Vehicles of a commercial pilot at first, at most", "商业化试点首批车辆上限", used=True),
    count("fleet.pilot_increase_max", 0, 10_000, "Vehicles added to a pilot at once, at most", "商业化试点单次增加车辆上限", used=True),
    number("fleet.same_configuration_sample_ratio", "1", 0, 1, "Part of further vehicles that is sampled", "同配置车辆抽检比例"),
    # --- driverless
    flag("driverless.allowed", "Whether vehicles may be without a driver", "是否允许无驾驶人", used=True),
    flag("driverless.transport_approval", "Whether operation needs the approval of the transport department as well", "运营是否另需交通部门批准"),
    # --- low-speed devices
    number("low_speed.cap_months", "months", 1, 120, "Longest period of a low-speed device", "低速设备最长期限", used=True),
    windows(FORBIDDEN_WINDOWS, "Hours in which low-speed devices may not be on the road", "低速设备禁行时段", used=True),
    # --- reports and accidents
    number("reports.stage_every_months", "months", 1, 24, "How often a subject reports", "阶段性报告周期", used=True),
    number("reports.stage_within_months", "months", 0, 24, "Time for the report of a stage after its end", "阶段性报告提交期限", used=True),
    number("reports.final_within_months", "months", 0, 24, "Time for the final report after the end", "总结报告期限", used=True),
    texts("reports.authority_months", "Months in which the authority reports to the ministries", "主管部门上报月份", of=[f"{month:02}" for month in range(1, 13)], used=True),
    number("reports.public_every_months", "months", 1, 60, "How often the authority reports to the public", "向社会公布报告周期", used=True),
    number("accident.grave_within_h", "h", 0, 1000, "Time to report a grave accident", "重大事故上报时限", used=True),
    number("accident.report_within_wd", "working days", 0, 365, "Time to report an accident in full", "事故报告期限", used=True),
    number("accident.analysis_within_wd", "working days", 0, 365, "Time for the analysis once liability is decided", "责任认定后分析报告期限", used=True),
    number("accident.unreported_suspension_months", "months", 0, 240, "Suspension where it was not reported", "未上报的暂停期限"),
    flag("accident.stops_at_once", "Whether a vehicle stops until its reports are accepted", "事故车辆是否停用至报告被接受", used=True),
)  # fmt: skip
