"""Parameters of unmanned aircraft and of unmanned vessels."""

from permits.definition import choice, condition, count, flag, number, texts, time_of_day

CLASSES = ("micro", "light", "small", "medium", "large", "agricultural")
OFFENCES = (
    "unregistered",
    "uninsured",
    "no_operator_certificate",
    "no_licence",
    "out_of_scope",
    "conduct",
    "unapproved_flight",
)

_AIRCRAFT = (
    number("uav.{class}.empty_max_kg", "kg", 0, 100_000, "Empty mass of the class ({class})", "空机重量上限({class})", used=True),
    number("uav.{class}.takeoff_max_kg", "kg", 0, 1e6, "Take-off mass of the class ({class})", "最大起飞重量上限({class})", used=True),
    number("uav.{class}.height_max_agl_m", "m", 0, 20_000, "Height above ground of the class ({class})", "最大真高({class})", used=True),
    number("uav.{class}.speed_max_kmh", "km/h", 0, 2000, "Speed of the class ({class})", "最大平飞速度({class})", used=True),
    number("uav.{class}.radius_max_m", "m", 0, 100_000, "Distance from its pilot ({class})", "飞行半径上限({class})", used=True),
    flag("uav.{class}.line_of_sight_only", "Whether it flies within sight alone ({class})", "是否仅限视距内飞行({class})"),
    flag("uav.{class}.airworthiness", "Whether its airworthiness is certified ({class})", "是否须适航许可({class})"),
    flag("uav.{class}.pilot_licence", "Whether its pilot is licensed ({class})", "操控员是否须执照({class})", used=True),
    texts("uav.{class}.licence_grades", "Grades of a licence that will do ({class})", "适用的操控员执照等级({class})", used=True),
    flag("uav.{class}.operator_certificate", "Whether its operator is certified ({class})", "单位是否须运营合格证({class})", used=True),
    flag("uav.{class}.insured_if_private", "Whether it is insured though it earns nothing ({class})", "非经营性飞行是否须投保({class})", used=True),
    flag("uav.{class}.integrated_without_approval", "Whether it may fly among others without approval ({class})", "是否可免批准融合飞行({class})"),
    number("uav.{class}.integrated_max_m", "m", 0, 20_000, "Height up to which it may fly among others with approval ({class})", "经批准融合飞行的高度上限({class})"),
    condition("conditions.uav.{class}", "What an aircraft of the class is ({class})", "机型分类条件({class})", used=True),
)  # fmt: skip

_FLIGHTS = (
    count("flight.apply_days_before", 0, 30, "Days before the flight on which it is applied for", "飞行活动申请提前日数", unit="days", used=True),
    time_of_day("flight.apply_by", "Time on that day by which it is applied for", "当日申请截止时刻", used=True),
    time_of_day("flight.decide_by", "Time on that day by which it is decided", "当日批复截止时刻", used=True),
    time_of_day("flight.plan_by", "Time on that day by which the plan of a standing flight is filed", "长期申请次日计划截止时刻", used=True),
    choice("flight.plan_silence", ("no_take_off", "refused"), "What no answer to such a plan in time means; never consent", "飞行计划逾期未答复的效果(均不视为同意)", used=True),
    number("flight.confirmation_max_h", "h", 1, 10_000, "Time that a confirmed flight may last, where its report says until when", "经确认的飞行最长持续时间", used=True),
    number("flight.report_before_h", "h", 0, 48, "Time before take-off by which it is reported", "起飞前报告提前时间", used=True),
    number("flight.emergency_apply_before_min", "min", 0, 1440, "Time before an emergency flight by which it is applied for", "紧急飞行申请提前时间", used=True),
    flag("flight.emergency_any_time", "Whether an extreme emergency is applied for at any time, on its ground", "特别紧急任务可否随时申请(须说明理由)", used=True),
    number("flight.emergency_answer_before_min", "min", 0, 1440, "Time before it by which it is answered", "紧急飞行批复提前时间", used=True),
    number("flight.exempt_authority_max_agl_m", "m", 0, 1000, "Height of flights of the authorities in their own ranges", "警用等免申请飞行真高上限", used=True),
    number("flight.incident_within_h", "h", 0, 240, "Time after landing to report an incident", "飞行不安全情况报告时限", used=True),
    texts("flight.application_items", "What an application says", "飞行活动申请内容"),
    count("flight.swarm_min_aircraft", 2, 10_000, "Aircraft of one operator that are a swarm", "构成集群飞行的最少架数", used=True),
    texts("flight.escalators", "What asks for an application after all", "须重新申请的情形"),
    number("airspace.notice_before_h", "h", 0, 720, "Notice before a temporary control", "临时管制公布提前时间"),
    number("airspace.emergency_notice_before_min", "min", 0, 1440, "Notice before one in an emergency", "应急临时管制公布提前时间"),
    texts("airspace.controlled_categories", "Places whose airspace is controlled", "管制空域的场所类别"),
    texts("airspace.suitable_categories", "Categories of zones on the map that are suitable airspace", "地图上属于适飞空域的区域类别", used=True),
    number("airspace.suitable_ratio", "1", 0, 1, "Part of the city that is suitable airspace", "适飞空域占市域比例"),
    count("airspace.capacity.{place}", 0, 100_000, "Aircraft at once ({place})", "同时飞行架次上限({place})", used=True),
    number("airspace.base.{place}.height_max_agl_m", "m", 0, 20_000, "Height of a test base ({place})", "试验基地高度上限({place})", used=True),
    texts("airspace.base.{place}.zones", "Zones that are a test base ({place})", "试验基地所含空域({place})", used=True),
    number("airspace.base.{place}.area_km2", "km²", 0, 1e6, "Area of a test base ({place})", "试验基地面积({place})"),
    number("airspace.base.{place}.diameter_km", "km", 0, 1000, "Diameter of a test airspace ({place})", "试验空域直径({place})"),
    number("remote_id.interval_max_s", "s", 0, 60, "Interval of identification, at most", "运行识别报送间隔上限"),
    number("remote_id.warn_after_s", "s", 0, 600, "Silence of identification that is warned of", "运行识别告警中断时间"),
    number("remote_id.failed_after_s", "s", 0, 600, "Silence of identification that is a failure", "运行识别失效中断时间"),
    number("remote_id.log_interval_max_s", "s", 0, 600, "Interval of the log on board, at most", "机载记录间隔上限", used=True),
    number("remote_id.log_min_h", "h", 0, 10_000, "Flight hours that the log on board holds, at least", "机载记录最低飞行时长", used=True),
    number("remote_id.dense_interval_max_s", "s", 0, 600, "Interval of reports over dense areas, at most", "人口稠密区报送间隔上限"),
    number("remote_id.sparse_interval_max_s", "s", 0, 600, "Interval of reports elsewhere, at most", "其他区域报送间隔上限"),
)  # fmt: skip

_PENALTIES = (
    number("penalties.{offence}.low_cny", "CNY", 0, 1e8, "Fine, at least ({offence})", "罚款下限({offence})"),
    number("penalties.{offence}.high_cny", "CNY", 0, 1e8, "Fine, at most ({offence})", "罚款上限({offence})"),
    number("penalties.{offence}.grave_low_cny", "CNY", 0, 1e8, "Fine in grave cases, at least ({offence})", "情节严重罚款下限({offence})"),
    number("penalties.{offence}.grave_high_cny", "CNY", 0, 1e8, "Fine in grave cases, at most ({offence})", "情节严重罚款上限({offence})"),
    number("penalties.{offence}.suspension_low_months", "months", 0, 120, "Suspension of the licence, at least ({offence})", "暂扣执照下限({offence})"),
    number("penalties.{offence}.suspension_high_months", "months", 0, 120, "Suspension of the licence, at most ({offence})", "暂扣执照上限({offence})"),
    number("detention.airspace_low_days", "days", 0, 60, "Detention for breach of airspace, at least", "违反空域管理拘留下限"),
    number("detention.airspace_high_days", "days", 0, 60, "Detention for breach of airspace, at most", "违反空域管理拘留上限"),
    number("detention.border_low_days", "days", 0, 60, "Detention for crossing the border, at least", "非法越境飞行拘留下限"),
    number("detention.border_high_days", "days", 0, 60, "Detention for crossing the border, at most", "非法越境飞行拘留上限"),
)  # fmt: skip

_VESSELS = (
    number("vessel.notice_min_wd", "working days", 0, 365, "Notice of a trial before it, at least", "试航报告提前期", used=True),
    number("vessel.inland_decision_days", "days", 0, 365, "Time in which a trial on inland waters is decided", "内河活动审批期限", used=True),
    flag("vessel.waters_are_inland", "Whether trials here are on inland waters, and decided in the time that is set for those", "本地试航水域是否为内河水域(适用内河活动审批期限)", used=True),
    number("vessel.length_min_m", "m", 0, 500, "Length of a small intelligent ship, at least", "小型智能船舶长度下限", used=True),
    number("vessel.length_below_m", "m", 0, 500, "Length below which it is a small one", "小型智能船舶长度上限(不含)", used=True),
    number("vessel.ais_class_a_max_s", "s", 0, 600, "AIS interval of class A under way, at most", "A 级 AIS 在航报送间隔上限"),
    number("vessel.ais_class_a_moored_max_s", "s", 0, 3600, "AIS interval of class A moored, at most", "A 级 AIS 系泊报送间隔上限"),
    number("vessel.ais_class_b_max_s", "s", 0, 3600, "AIS interval of class B, at most", "B 级 AIS 报送间隔上限"),
    number("vessel.accident_within_min", "min", 0, 1440, "Time to report an accident; 0 is at once", "事故报告时限，0 为立即", used=True),
    number("vessel.water_area_km2", "km²", 0, 1e5, "Water area that is open to trials", "开放试验水域面积"),
    number("vessel.track_km", "km", 0, 1e5, "Closed track that is open to trials", "开放试验封闭航线长度"),
)  # fmt: skip

DEFINED = (*_AIRCRAFT, *_FLIGHTS, *_PENALTIES, *_VESSELS)
