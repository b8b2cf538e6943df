"""What the store refuses, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from permits.articles import in_english
from permits.rule_words import Language

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        # --- who may, and what there is
        "no such": ("no {what} {key!r}", "没有{what} {key!r}"),
        "may not": (
            "{who} ({role}) may not {act}: expected {expected}",
            "{who}（{role}）无权{act}：应为 {expected}",
        ),
        "no authority": (
            "{who} may not {act}: expected somebody of an authority, which the operator of a test base is not",
            "{who} 无权{act}：应为主管部门人员，试验基地运营单位不是主管部门",
        ),
        "not for another": (
            "{who} may not {act} for another organisation",
            "{who} 无权为其他组织{act}",
        ),
        "no member": (
            "{who} may not {act}: expected a member of the consortium of {number} that does not lead it",
            "{who} 无权{act}：应为许可 {number} 联合体中非牵头的成员单位",
        ),
        "not own figures": (
            "{who} may not attest figures of their own organisation",
            "{who} 不得核实本组织的里程数据",
        ),
        "not their figures": (
            "{who} may not attest what the vehicle has driven: expected somebody of {expected}",
            "{who} 无权核实该车辆的里程数据：应由下列部门办理：{expected}",
        ),
        "no step of theirs": (
            "{who} may not {action} permit {number}: expected {expected}",
            "{who} 无权对许可 {number} 执行 {action}：应为 {expected}",
        ),
        "suspended by another": (
            "{who} may not {action} permit {number}: expected somebody of {authority!r}, which suspended it",
            "{who} 无权对许可 {number} 执行 {action}：应由作出暂停决定的 {authority!r} 的人员办理",
        ),
        "not of those asked": (
            "{who} may not {action}: expected one of {expected}",
            "{who} 无权执行 {action}：应为下列部门之一：{expected}",
        ),
        "sample in production": (
            "sample papers in production: expected papers that are true",
            "生产环境中不得提交样例材料：应为真实材料",
        ),
        # --- evidence
        "evidence at work": (
            "evidence is being sealed in {directory} by another process: expected one alone",
            "另一进程正在 {directory} 签封证据：只应有一个",
        ),
        "evidence noted": (
            "somebody else has noted what evidence is to be sealed: try again",
            "其他进程已登记待签封的证据：请重试",
        ),
        "evidence held": (
            "a legal hold may not be put on {clip}: {by} has put one on it, or it is removed",
            "无法对 {clip} 设置法律保全：{by} 已设置，或其文件已删除",
        ),
        "evidence not held": ("no legal hold is on {clip}", "{clip} 未设法律保全"),
        "evidence kept": (
            "{clip} may not be removed: expected one whose time is over and on which no hold is",
            "不得删除 {clip}：应为保存期已满且未设法律保全的证据",
        ),
        "no purpose": (
            "purpose: expected what it is read for, not nothing",
            "purpose 为空：应说明查阅用途",
        ),
        "no reason to hold": (
            "reason: expected why the hold is put on or lifted, not nothing",
            "reason 为空：应说明设置或解除保全的理由",
        ),
        "evidence lost": (
            "the file of {clip} is gone or not as it was: expected a backup to be copied back",
            "{clip} 的文件缺失或已被改动：请从备份恢复",
        ),
        "evidence not sealed": (
            "{clip} is not sealed yet: expected to be asked again when it is",
            "{clip} 尚未签封：请待其签封后再试",
        ),
        "evidence of another time": (
            "a further time is from {earliest} to {latest} at the most: expected one of these",
            "追加时段最早自 {earliest}、最晚至 {latest}：请在此范围内选取",
        ),
        # --- what devices told
        "history at work": (
            "another run is at work on {directory}: wait until it has ended",
            "另一次整理正在处理 {directory}：请等其结束",
        ),
        "history of another": (
            "{directory} is the history of another installation: expected its database, or remove {file}",
            "{directory} 中是另一系统的历史记录：应使用其原数据库；如确属本系统，请删除 {file}",
        ),
        "history taken in": (
            (
                "{found} messages from {since} on are not yet taken into the history, and one answer reads at most {most}"
                " of them: expected a later beginning, or to be asked again once `zone history compact` is through with"
                " them, which the platform runs each minute"
            ),
            (
                "自 {since} 起有 {found} 条消息尚未整理入历史，单次查询最多直接读取 {most} 条：请推迟查询起点，"
                "或待 zone history compact（平台每分钟自动运行）整理完后再查询"
            ),
        ),
        "history gone on": (
            "what was to be read has been taken into files meanwhile: ask again",
            "待读取的记录已在查询期间归档：请重新查询",
        ),
        "long ends at once": (
            "others read what is not yet taken into the history, which is much: ask again in some seconds",
            "尚未整理入历史的记录较多，且正在为他人读取：请数秒后再查询",
        ),
        "histories at once": (
            "other files of the history are being made: expected one after the other, try again",
            "正在生成其他历史文件：请逐个下载，稍后再试",
        ),
        "history lost": (
            "{name} of the history is not there or not as it was: expected it from a backup",
            "历史文件 {name} 缺失或已损坏：请从备份中恢复",
        ),
        "history removed": (
            "what was told until {until} is removed: expected a time from then on",
            "{until} 之前的历史已按保存期限删除：请查询此后的时间",
        ),
        "history not held": ("the hold {hold} is lifted already", "保全 {hold} 已解除"),
        "day of history": (
            "{found}: expected a day of the calendar that another follows",
            "{found}：应为日历中其后还有一天的日期",
        ),
        "history backwards": (
            "from {since} until {until}: expected a moment before another",
            "自 {since} 至 {until}：起点应早于终点",
        ),
        "days backwards": (
            "from {since} to {until}: expected a day and one that is not before it",
            "自 {since} 至 {until}：起始日不应晚于截止日",
        ),
        "days too many": (
            "{found} days in one answer: expected at most {most}",
            "单次查询 {found} 天：应不超过 {most} 天",
        ),
        "no link test": (
            "{label} knows no test of a data link: expected a rule set with link_test.minutes",
            "{label} 未规定数据接入测试：规则集应含 link_test.minutes",
        ),
        "history too long": (
            "{found} in one answer: expected at most {most} hours",
            "单次查询时长为 {found}：应不超过 {most} 小时",
        ),
        "box of history": (
            "{found!r}: expected west,south,east,north in degrees, 121.4,31.1,121.6,31.3",
            "{found!r}：应为以度为单位的 西,南,东,北，如 121.4,31.1,121.6,31.3",
        ),
        "too much history": (
            "more than {most} reports: expected a shorter time, a smaller area or one device",
            "超过 {most} 条记录：请缩短时间、缩小区域或只查询一台设备",
        ),
        # --- who was first
        "taken": ("{what} {key!r} is taken", "{what} {key!r} 已存在"),
        "holder ended": (
            "the legal person of {holder!r} has ended: nothing is applied for any more",
            "{holder!r} 的法人资格已终止，不能再提出申请",
        ),
        "no operator": (
            "organisation {found!r} is no operator: nothing of it is struck off",
            "单位 {found!r} 不是运营单位，没有可注销的许可",
        ),
        "one taken": (
            "one of the devices {first!r} to {last!r} is taken",
            "设备 {first!r} 至 {last!r} 中有已登记的",
        ),
        "not sayable": (
            "{found!r} is no name that codec {codec} can say: expected {expected}",
            "{found!r} 不是 {codec} 协议可用的编号：应为{expected}",
        ),
        "called alike": (
            "another device of codec {codec} is called {name!r}: expected a number of its own on the wire",
            "编号 {name!r} 已由另一台 {codec} 设备使用：应为本设备自己的编号",
        ),
        "moved on": (
            "{what} {key} has moved on: look at it again",
            "{what} {key} 已有变动：请重新查看",
        ),
        "plan moved on": (
            "the plan of {number} for {day} has moved on: look at it again",
            "{number} 于 {day} 的计划已有变动：请重新查看",
        ),
        "voted meanwhile": (
            "{department} has voted on permit {number}: look at it again",
            "{department} 已就许可 {number} 表决：请重新查看",
        ),
        "trust list changed": (
            "the trust list has changed meanwhile: look at the bundle again",
            "信任列表已有变动：请重新查看该数据包",
        ),
        "report made": (
            "report {report!r} was made meanwhile: make the next edition",
            "报告 {report!r} 已由他人编制：请编制下一版",
        ),
        "no newer": (
            "{bundle} is no newer than what is known of {vins}",
            "{bundle} 不比 {vins} 的已知数据更新",
        ),
        "violation at": (
            "violation {violation} is at revision {found}, not {asked}: look again",
            "违规 {violation} 当前修订号为 {found}，不是 {asked}：请重新查看",
        ),
        "violation handled": (
            "violation {violation} is {handling} already, by {by}",
            "违规 {violation} 已由 {by} 处理（{handling}）",
        ),
        "zone in force since": (
            "zone {zone!r} is as it is since revision {since}: this change was meant for another state of it",
            "区域 {zone!r} 自修订 {since} 起为现状：此次更改所依据的并非现状",
        ),
        "zone not in force": (
            "zone {zone!r} is not in force: this change was meant for another state of it",
            "区域 {zone!r} 未生效：此次更改所依据的并非现状",
        ),
        # --- the state that something is in
        "out of service": ("{what} {key} is out of service", "{what} {key} 已停用"),
        "at work": (
            "{what} {key} is at work under permit {number}: expected it suspended there first, or the permit over",
            "{what} {key} 正在许可 {number} 下使用：须先在该许可下被暂停，或许可已终止",
        ),
        "consortium at work": (
            "consortium {key} holds permit {number}, {state}: expected another entry, or a change under the permit",
            "联合体 {key} 涉及的许可 {number} 处于 {state}：其他联合体须另行登记，成员退出须申请变更",
        ),
        "consent stays": (
            "entry {entry!r} is named under permit {number}, {state}: expected a change by which its member leaves",
            "登记 {entry!r} 已列入处于 {state} 的许可 {number}：成员退出须申请变更",
        ),
        "registered already": (
            "a {what} of {identity} is registered already",
            "标识为 {identity} 的{what}已登记",
        ),
        "device of another": (
            "device {device!r} belongs to {other!r}: expected it free",
            "设备 {device!r} 属于 {other!r}：应为未占用的设备",
        ),
        "attested already": (
            "figure {figure} was attested by {by} already",
            "里程数据 {figure} 已由 {by} 核实",
        ),
        "document gone": (
            "figure {figure}: document {document} does not count any more",
            "里程数据 {figure}：文件 {document} 已失效",
        ),
        "withdrawn": ("document {document} has been withdrawn", "文件 {document} 已撤回"),
        "notice of no permit": (
            "permit {number} was never granted: expected a notice of one that was",
            "许可 {number} 从未准予：公告应针对已准予的许可",
        ),
        "notice withdrawn": ("notice {notice} has been withdrawn", "公告 {notice} 已撤回"),
        "feedback forgotten": (
            "{feedback} was forgotten: nobody had answered it in its time",
            "{feedback} 逾期未答复，内容已删除",
        ),
        "feedback answered": ("{feedback} has been answered", "{feedback} 已答复"),
        "has file": (
            "document {document} has file {sha256}: expected no other; withdraw it and hand in another",
            "文件 {document} 已有内容 {sha256}：不得替换；请撤回后另行提交",
        ),
        "application state": (
            "the application of {number} is {state}: expected {expected}",
            "{number} 的申请处于 {state}：应为 {expected}",
        ),
        "granted already": (
            "permit {number} is {state}: expected one that is still to be granted",
            "许可 {number} 处于 {state}：应为尚未批准的许可",
        ),
        "no open application": (
            "{kind} {matter} is {state}: expected an application that is open",
            "{kind} {matter} 处于 {state}：应为尚未办结的申请",
        ),
        "asked already": (
            "{organisation!r} is asked about permit {number} already",
            "已就许可 {number} 征询 {organisation!r} 的意见",
        ),
        "no series": (
            "{found}: expected how such a number is written",
            "{found}：应写明此类编号的格式",
        ),
        # --- what was given
        "zone given twice": (
            "{count} zones have {ids} ids: expected each id once",
            "{count} 个区域只有 {ids} 个标识：每个标识只应出现一次",
        ),
        "follows nobody": (
            "zone {zone!r} follows device {device!r}, which is not registered",
            "区域 {zone!r} 跟随的设备 {device!r} 未登记",
        ),
        "form of id": (
            "{what} id {found!r}: expected {pattern}",
            "{what}标识 {found!r}：应符合 {pattern}",
        ),
        "id of the platform": (
            "device id {found!r}: it is the platform's own, expected another",
            "设备标识 {found!r} 为平台自用：应使用其他标识",
        ),
        "form of account": (
            "account {found!r}: expected 1 to {most} letters, digits or any of _ . @ -, the first a letter, a digit or _",
            "账户 {found!r}：应为 1 至 {most} 个字母、数字或 _ . @ -，首位为字母、数字或 _",
        ),
        "kind of home": (
            "role {role} in organisation {organisation!r} of kind {kind}: expected one of kind {expected}",
            "类型为 {kind} 的组织 {organisation!r} 中不能有角色 {role}：应为 {expected} 类组织",
        ),
        "no department": (
            "reviewer {username!r} has no department: expected one, such as transport",
            "审查人员 {username!r} 没有所属部门：应注明部门，例如 transport",
        ),
        "kind of organisation": (
            "organisation {organisation!r} is of kind {kind}: expected {expected}",
            "组织 {organisation!r} 的类型为 {kind}：应为 {expected}",
        ),
        "devices belong": (
            "organisation {organisation!r} is of kind {kind}: devices belong to one of kind {expected}",
            "组织 {organisation!r} 的类型为 {kind}：设备只能属于 {expected} 类组织",
        ),
        "unknown department": (
            "department {found!r}: expected one of {expected}",
            "部门 {found!r}：应为下列之一：{expected}",
        ),
        "password length": (
            "password of {found} characters: expected {least} to {most}",
            "密码长度为 {found} 个字符：应为 {least} 至 {most} 个",
        ),
        "expires too early": (
            "expires_at {found}: expected a time after {at}",
            "expires_at {found}：应晚于 {at}",
        ),
        "device moves elsewhere": (
            "device {device!r} of {organisation} moves in {domain}: expected one of {owner} in {expected}",
            "设备 {device!r}（{organisation}）的领域为 {domain}：应为 {owner} 在{expected}的设备",
        ),
        "devices of holder": (
            "devices {found}: expected devices of {holder!r}, or of what a member of its consortium brings",
            "设备 {found}：应为 {holder!r} 的设备，或联合体成员自行同意列入的设备",
        ),
        "too many entries": (
            "{found} entries: expected at most {most}",
            "共 {found} 项登记：最多 {most} 项",
        ),
        "too many letters": (
            "content.{item} has {found} letters: expected at most {most}",
            "content.{item} 有 {found} 个字符：最多 {most} 个",
        ),
        "no consortium": (
            "entry {entry!r}: expected a consortium",
            "登记 {entry!r}：应为联合体",
        ),
        "nothing to bring": (
            "entry {entry!r} is a consortium: expected a vehicle, an aircraft, a vessel or a person",
            "登记 {entry!r} 为联合体：应为车辆、航空器、船舶或人员",
        ),
        "entry of another": (
            "entry {entry!r}: expected one of {expected}, or what a member of its consortium brings",
            "登记 {entry!r}：应属于 {expected}，或由联合体成员自行同意列入",
        ),
        "no vin": (
            "entry {entry!r}: expected a vehicle with a VIN",
            "登记 {entry!r}：应为有车辆识别代号的车辆",
        ),
        "about another": (
            "document {document} is about {found!r}: expected {expected!r}",
            "文件 {document} 所涉为 {found!r}：应为 {expected!r}",
        ),
        "no note": (
            "note: expected how the violation was dealt with, not nothing",
            "note 为空：应说明违规如何处理",
        ),
        "no publishing reason": (
            "a rule set is published with a reason, which the audit keeps: expected one",
            "发布规则集须说明理由，并记入审计：缺少理由",
        ),
        "recognises nobody": (
            "the rule set in force recognises nobody: expected one with [recognition]",
            "现行规则集未设互认：应为含 [recognition] 的规则集",
        ),
        "addressed to": (
            "addressed to {found}: expected one or more of {expected}",
            "收件方为 {found}：应为下列中的一个或多个：{expected}",
        ),
        "days": ("{found} days: expected 1 to {most}", "{found} 天：应为 1 至 {most} 天"),
        "bundle too large": (
            "the bundle has {found} bytes: expected at most {most}",
            "数据包为 {found} 字节：最多 {most} 字节",
        ),
        "limit of a page": (
            "limit {found}: expected 1 to {most}",
            "limit {found}：应为 1 至 {most}",
        ),
        "covers half": (
            "covers_kind and covers_key: expected both or neither",
            "covers_kind 与 covers_key：应同时给出，或都不给出",
        ),
        "no such page": (
            "after={found!r}: expected `next` of the answer before",
            "after={found!r}：应为上一次应答中的 `next`",
        ),
        "unknown codec": (
            "codec {found!r}: expected one of {expected}",
            "编码 {found!r}：应为下列之一：{expected}",
        ),
        "cannot be drawn": ("corridor.{problems}", "航线或路线走廊不可用：corridor.{problems}"),
        "unknown zones": (
            "no zone {found}; nothing was changed, `zone map list` shows those in force",
            "没有区域 {found}；未作任何更改，`zone map list` 可列出现行区域",
        ),
        # --- what no column can hold
        "naive time": (
            "time {found} has no time zone: expected an aware time",
            "时间 {found} 没有时区：应带时区",
        ),
        "not finite": ("number {found}: expected a finite one", "数值 {found}：应为有限数"),
        "too long": (
            "text of {found} characters: expected at most {most}",
            "文本有 {found} 个字符：最多 {most} 个",
        ),
        "holds nul": ("text {found!r} holds a NUL byte", "文本 {found!r} 含空字节"),
        "not unicode": ("text {found!r} is not valid Unicode", "文本 {found!r} 不是有效的 Unicode"),
        # --- who somebody is
        "wrong login": ("the name or the password is wrong", "用户名或密码错误"),
        "session over": ("the session is over", "会话已结束"),
        "account is closed": (
            "account {username!r} is closed: expected one that is open",
            "账户 {username!r} 已停用：应为在用的账户",
        ),
        "account closed": ("the account is closed", "账户已停用"),
        "bad token": ("the token is not valid", "令牌无效"),
        "ticket used": ("the ticket was used or is too old", "票据已使用或已过期"),
        "ticket over": (
            "what the ticket was made with is over",
            "签发该票据所用的会话或令牌已失效",
        ),
        "too many attempts": (
            "too many attempts: try again in {seconds:.0f} s",
            "尝试次数过多：请在 {seconds:.0f} 秒后重试",
        ),
        # --- the database, the files and other processes
        "no tables": (
            "the database has no tables yet, this program needs schema {expected}: run `zone db upgrade`, or start `zone up`",
            "数据库中尚无数据表，本程序需要架构 {expected}：请运行 `zone db upgrade`，或启动 `zone up`",
        ),
        "other schema": (
            "the database is at schema {found}, this program needs schema {expected}: run `zone db upgrade`",
            "数据库架构为 {found}，本程序需要架构 {expected}：请运行 `zone db upgrade`",
        ),
        "address of database": (
            "address of the database: expected sqlite:////path or postgresql://user@host/name",
            "数据库地址：应为 sqlite:////path 或 postgresql://user@host/name",
        ),
        "other database": (
            "database {found!r}: expected sqlite or postgresql",
            "数据库 {found!r}：应为 sqlite 或 postgresql",
        ),
        "database in memory": (
            "a SQLite store in memory holds nothing: expected the path of a file",
            "内存中的 SQLite 不保存任何内容：应为文件路径",
        ),
        "broke references": (
            "the migration broke references: {found}",
            "迁移破坏了引用关系：{found}",
        ),
        "no migrations": ("no migrations in {found}", "{found} 中没有迁移脚本"),
        "file not there": (
            "file {sha256} is not there: expected {expected} bytes",
            "文件 {sha256} 不存在：应为 {expected} 字节",
        ),
        "file cut": (
            "file {sha256} is {found} bytes long: expected {expected} bytes",
            "文件 {sha256} 长 {found} 字节：应为 {expected} 字节",
        ),
        "not stored": ("{cause}", "无法存储：{cause}"),
        "second worker": (
            "another worker (process {process}) runs on {directory}",
            "{directory} 上已有另一工作进程（{process}）在运行",
        ),
        "worker on database": (
            "another worker runs on the database {url}: stop it, or choose another database with ZONE_STORE_URL",
            "已有另一工作进程使用数据库 {url}：请停止它，或以 ZONE_STORE_URL 指定其他数据库",
        ),
        "worker ousted": (
            "another worker has taken over the database: this one ends",
            "另一工作进程已接管数据库：本进程结束",
        ),
        "no keys there": ("{url} has no keys for us: {cause}", "{url} 没有可用的公钥：{cause}"),
        "not reached": (
            "cannot ask {address}: {cause}; expected the address of a platform, http://…",
            "无法访问 {address}：{cause}；应为平台地址，http://…",
        ),
        "key reused": (
            "Idempotency-Key {key!r} was sent with another {before}: expected the same request, or a key of its own",
            "Idempotency-Key {key!r} 已用于另一请求（{before}）：应为同一请求，或使用新的键",
        ),
        "key in use": (
            "the first request with Idempotency-Key {key!r} is not finished: try again",
            "使用 Idempotency-Key {key!r} 的首个请求尚未完成：请稍后重试",
        ),
        # --- what is replayed
        "replay backwards": (
            "from {since} to {until}: expected FROM before TO",
            "自 {since} 至 {until}：FROM 应早于 TO",
        ),
        "nothing recorded yet": (
            "nothing is recorded yet: the worker records what devices say",
            "尚无记录：工作进程会记录设备上报的内容",
        ),
        "nothing recorded": (
            "nothing is recorded from {since} to {until}",
            "{since} 至 {until} 之间没有记录",
        ),
        "judged by earlier": (
            "what is recorded was judged by an earlier version, which did not note by what: what the worker of this version records can be replayed",
            "所记录的内容由较早版本判定，且未记下依据：只能回放本版本记录的内容",
        ),
        "not kept": (
            "from {asked}: what was said before {since} is not kept or cannot be judged as then, expected a FROM of {since} or later",
            "自 {asked}：{since} 之前的内容未保留，或无法按当时的依据判定，FROM 应不早于 {since}",
        ),
        "window of slots": (
            "from {begins} to {ends}: expected an end that is later, and at most {days} days",
            "自 {begins} 至 {ends}：止应晚于起，且不超过 {days} 天",
        ),
        "batch unreadable": (
            "batch {batch} of the journal cannot be read: {cause}",
            "日志第 {batch} 批无法读取：{cause}",
        ),
    }
)
"""By key: English and Chinese, with the same places to fill."""

TERMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # --- what there is
        "account": "账户",
        "device of yours that moves by": "本单位设备，领域",
        "place for a permit of kind": "区域，可用于许可种类",
        "api_token": "令牌",
        "aircraft": "航空器",
        "application": "申请",
        "authority_report": "报告",
        "certificate": "许可证书",
        "consent": "同意",
        "consortium": "联合体",
        "daily plan": "飞行计划",
        "daily_plan": "飞行计划",
        "device": "设备",
        "document": "文件",
        "entry": "登记",
        "figure": "里程数据",
        "file": "治理档案",
        "file of document": "文件内容",
        "file of bundle": "数据包内文件",
        "evidence_clip": "证据片段",
        "file of evidence": "证据文件",
        "hold on the history": "历史保全",
        "governance_file": "治理档案",
        "matter": "事项",
        "fence file": "飞行区文件",
        "organisation": "组织",
        "permit": "许可",
        "person": "人员",
        "recognised vehicle": "互认车辆",
        "recognition": "互认数据包",
        "recognition of vehicle": "车辆互认",
        "register_entry": "登记",
        "report": "报告",
        "sandbox file": "沙盒档案",
        "that number": "该证件号码",
        "the application of": "申请",
        "the review of permit": "审查：许可",
        "token": "令牌",
        "trust list": "信任列表",
        "vehicle": "车辆",
        "vessel": "船舶",
        "violation": "违规",
        "zone": "区域",
        "notice": "公告",
        "place": "道路或区域",
        "feedback": "公众意见",
        "receipt": "回执",
        "no domain: it does not move": "无领域（不移动）",
        "nobody": "无",
        # --- what somebody does
        "add a device": "登记设备",
        "add an organisation": "登记组织",
        "end an organisation": "登记组织终止",
        "add devices": "登记设备",
        "amend an entry": "更改登记",
        "apply for a permit": "申请许可",
        "apply to the sandbox": "申请进入沙盒",
        "ask for an opinion": "征询意见",
        "test the data link": "测试数据接入",
        "attest a precondition": "核实前提条件",
        "attest figures": "核实里程数据",
        "change a document": "更改文件",
        "change another's password": "更改他人密码",
        "change the map": "更改地图",
        "close an account": "停用账户",
        "amend a device": "更改设备",
        "deactivate a device": "停用设备",
        "ask for further evidence": "申请签封其他时段的证据",
        "declare what a vehicle has driven": "申报车辆里程",
        "file a plan": "提交计划",
        "fill in an application": "填写申请",
        "give an opinion": "出具意见",
        "hand in a document": "提交文件",
        "hold evidence": "对证据设置或解除法律保全",
        "hold the history": "对历史设置或解除法律保全",
        "read evidence": "查阅证据",
        "remove evidence": "删除证据",
        "publish a notice": "发布公告",
        "withdraw a notice": "撤回公告",
        "read what the public says": "查看公众意见",
        "answer what the public says": "答复公众意见",
        "handle a violation": "处理违规",
        "issue a credential": "签发凭据",
        "link an entry": "关联登记与设备",
        "make a report of the authority": "编制主管部门报告",
        "open an account": "开立账户",
        "open the file of a breach": "建立违规治理档案",
        "publish a rule set": "发布规则集",
        "publish a trust list": "发布信任列表",
        "read the audit": "查阅审计记录",
        "verify the audit": "核验审计记录",
        "recognise a bundle": "承认数据包",
        "register something": "办理登记",
        "remove devices": "删除设备",
        "report on a permit": "提交许可报告",
        "revoke a credential": "吊销凭据",
        "revoke many credentials": "批量吊销凭据",
        "take an entry out of service": "停用登记",
        "tell others of a vehicle": "向其他地区提供车辆信息",
        # --- names on the wire
        "an MMSI: nine digits": "九位数字的 MMSI",
        "a vehicleId: at most 17 characters of ASCII": "不超过 17 个 ASCII 字符的 vehicleId",
        "at most 20 characters of ASCII": "不超过 20 个 ASCII 字符",
        "a VIN: 17 digits and capitals other than I, O and Q": (
            "车辆识别代号：17 位数字与大写字母（不含 I、O、Q）"
        ),
        "the number of a terminal: at most 20 digits, not all of them 0": (
            "终端手机号：不超过 20 位且不全为 0 的数字"
        ),
        "sys:1 to sys:255, or an aircraft's own number of at most 20 characters": (
            "sys:1 至 sys:255，或不超过 20 个字符的航空器编号"
        ),
    }
)
"""What fills a place and is a word of ours, in Chinese; in English it is itself."""

_OF_OURS: Final = frozenset({"what", "act", "expected", "found", "identity"})


def refusal_words(key: str, language: Language, /, **filled: object) -> str:
    """Return a sentence in a language; a key that is none is a sentence already."""
    if key not in WORDS:
        return key
    english, chinese = WORDS[key]
    if language is not Language.CHINESE:
        return in_english(english, **filled)
    told = {name: _term(name, each) for name, each in filled.items()}
    return chinese.format(**told)


def _term(name: str, filled: object) -> object:
    return TERMS.get(str(filled), filled) if name in _OF_OURS else filled
