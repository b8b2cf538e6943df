"""What is wrong with a drawn zone or with a file of them, in the language of who drew it.

The rooms of zones and maps say it in English, each sentence apart from the things in it; by that
sentence its Chinese is found here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from geofence.said import Said
from permits.rule_words import Language

CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    {
        # --- files of other formats
        "larger than {most} bytes": "超过 {most} 字节",
        "is no GeoPackage, or not a whole one: expected one as a GIS saves it": (
            "不是 GeoPackage，或文件不完整：应为 GIS 软件保存的 GeoPackage"
        ),
        "is no Shapefile, or not a whole one: expected its .shx and .dbf beside it": (
            "不是 Shapefile，或文件不完整：旁边应有其 .shx 与 .dbf"
        ),
        "is no zip of a Shapefile: expected its .shp, .shx and .dbf, whole": (
            "不是 Shapefile 的压缩包：应含完整的 .shp、.shx 与 .dbf"
        ),
        "the layer {layer} has no geometries": "图层 {layer} 没有几何图形",
        "expected one layer, found {found}": "应只有一个图层，实为：{found}",
        "its datum is {found}: expected one of {choice}": "其大地基准为 {found}：应为 {choice} 之一",
        # --- zones, as they are drawn
        "is empty": "为空",
        "is there twice": "重复出现",
        "expected {zone_id}, as was asked for": "应为请求中的 {zone_id}",
        "a zone needs at least one volume": "区域至少须有一个空间范围",
        "expected some of {choice}, got {found}": "为 {found}：应为 {choice} 中的若干项",
        "expected a speed above 0, got {found}": "为 {found}：应为大于 0 的速度",
        "a speed-limit zone needs its limit": "限速区域须给出限速值",
        "only a keep-out zone has one, this is {kind}": "仅禁入区域可有此项，本区域为 {kind}",
        "expected 0 to {most:g} m, got {found}": "为 {found}：应为 0 至 {most:g} 米",
        "a zone that follows a device has no volumes": "随设备移动的区域没有空间范围",
        "a zone that follows a device is no place to be kept in, got {kind}": (
            "随设备移动的区域不能用于限定在内，现为 {kind}"
        ),
        "expected more than 0 and at most {most:g} m, got {found}": (
            "为 {found}：应大于 0 且不超过 {most:g} 米"
        ),
        "expected more than 0 and at most {most} m, got {found}": (
            "为 {found}：应大于 0 且不超过 {most} 米"
        ),
        "{count} devices: at most {most}": "有 {count} 台设备：最多 {most} 台",
        "by the sun: a zone that follows a device is in no one place": (
            "以日出日落计时：随设备移动的区域没有固定位置"
        ),
        "expected a Polygon or a MultiPolygon, got {found}": (
            "为 {found}：应为 Polygon 或 MultiPolygon"
        ),
        "a ring has no area": "环没有面积",
        "{reason}": "{reason}",
        "{why}, at {place}": "{why}，位于 {place}",
        "the outline crosses or touches itself": "轮廓自相交或自相接",
        "a ring touches itself": "环自相接",
        "a hole lies outside the outline": "孔位于轮廓之外",
        "a hole lies within another hole": "孔位于另一孔之内",
        "holes cut the area into pieces: draw them as several parts": (
            "孔把区域切成几块：请分别绘制为多个部分"
        ),
        "a ring is there twice": "环重复出现",
        "a corridor needs two places that differ": "走廊须有两个不同的位置",
        "{count} vertices: at most {most}": "有 {count} 个顶点：最多 {most} 个",
        "position {index} is not on the earth: longitude {longitude}, latitude {latitude}"
        " (longitude comes first)": (
            "第 {index} 个位置不在地球上：经度 {longitude}，纬度 {latitude}（经度在前）"
        ),
        "crosses the antimeridian between longitudes {start} and {end}: split it there into two parts": (
            "在经度 {start} 与 {end} 之间跨越 180° 经线：请在该处分为两部分"
        ),
        "its outline on the ground is not valid: {why}": "其地面轮廓无效：{why}",
        "around volumes[{number}] it is not valid: {why}": "在 volumes[{number}] 外围无效：{why}",
        "expected a finite height, got {found}": "为 {found}：应为有限的高度",
        "upside down: from {low} to {high} m {reference}": (
            "上下颠倒：自 {low} 至 {high} 米（{reference}）"
        ),
        "ends before it starts: valid from {first} to {last}": (
            "结束早于开始：有效期自 {first} 至 {last}"
        ),
        "expected at most 14 hours, got {found} s": "为 {found} 秒：应不超过 14 小时",
        "expected some of 0 to 6, got {found}": "为 {found}：应为 0 至 6 中的若干项",
        "expected at most 6 hours from it, got {found}": "为 {found}：应相差不超过 6 小时",
        "a window's times are local: the schedule has the offset": (
            "时段为当地时间：时差由日程给出"
        ),
        "starts and ends at {start}: for all day, give no windows": (
            "起止均为 {start}：全天有效时不填时段"
        ),
        "there is no {moment} on {day} at latitude {latitude:.4f}": (
            "{day} 在纬度 {latitude:.4f} 处没有 {moment}"
        ),
        "from {start} to {end} runs over midnight on some days and not on others, as from {day} on": (
            "自 {start} 至 {end} 有的日期跨越午夜，有的不跨越，如自 {day} 起"
        ),
        # --- files of them
        "the file is empty": "文件为空",
        "{name} is not a JSON number": "{name} 不是 JSON 数值",
        "an object has the member {value} twice": "对象中成员 {value} 重复",
        "{count} bytes; at most {most} are read": "有 {count} 字节：最多读取 {most} 字节",
        "nested too deeply to be map data": "嵌套过深，不是地图数据",
        "not UTF-8 text: {reason} at byte {start}": "不是 UTF-8 文本：第 {start} 字节，{reason}",
        "not JSON: {reason} at line {line} column {column}": (
            "不是 JSON：第 {line} 行第 {column} 列，{reason}"
        ),
        "not JSON that can be read: {reason}": "无法读取的 JSON：{reason}",
        "missing": "缺失",
        "found {value}": "为 {value}",
        "missing, expected a number": "缺失：应为数值",
        "missing, expected a number: m/s": "缺失：应为数值，单位米/秒",
        "missing, expected what people call the zone": "缺失：应为区域名称",
        "found {value}, expected a number": "为 {value}：应为数值",
        "found {value}, expected more than {above:g}": "为 {value}：应大于 {above:g}",
        "found {value}, expected at most {longest} characters without controls": (
            "为 {value}：应为不超过 {longest} 个字符且不含控制字符的文本"
        ),
        "found {value}, expected true or false": "为 {value}：应为 true 或 false",
        "found {value}, expected one of {choice}": "为 {value}：应为 {choice} 之一",
        "{found}, expected one of {choice}": "{found}：应为 {choice} 之一",
        "{found}, expected an object": "{found}：应为对象",
        "{found}, expected an array": "{found}：应为数组",
        "{found}, expected the id of a device": "{found}：应为设备编号",
        "{found}, expected 1 to 64 of A-Z a-z 0-9 _ - with a letter or digit first": (
            "{found}：应为 1 至 64 个 A-Z a-z 0-9 _ - 字符，以字母或数字开头"
        ),
        "found {found:g}, expected 0 to {most:g} metres": "为 {found:g}：应为 0 至 {most:g} 米",
        "found {found:g}, expected whole seconds in a day": "为 {found:g}：应为一天之内的整秒数",
        "found {value}, expected some of air, road, water": (
            "为 {value}：应为 air、road、water 中的若干项"
        ),
        "found {value}, expected a date as 2026-05-31": "为 {value}：应为日期，如 2026-05-31",
        "found {value}, expected days 0 (Monday) to 6": "为 {value}：应为 0（周一）至 6 的日子",
        "found {value}, expected local time as 07:30, or the sun's as sunset+30min": (
            "为 {value}：应为当地时间，如 07:30，或日出日落时间，如 sunset+30min"
        ),
        "found {value}, expected [longitude, latitude]": "为 {value}：应为 [经度, 纬度]",
        "found {value}, expected longitude -180 to 180 and latitude -90 to 90": (
            "为 {value}：经度应在 -180 至 180 之间，纬度应在 -90 至 90 之间"
        ),
        "found {value}, expected {shape} for a {kind}": "为 {value}：{kind} 应为 {shape}",
        "not known here, ignored": "未知成员，已忽略",
        "not known here and too like {limit!r} to be ignored, expected {limit!r}: {meaning};"
        " or a name unlike it": (
            "未知成员，与 {limit!r} 过于相似而不能忽略：应为 {limit!r}（{meaning}），或换用不相似的名称"
        ),
        "no features, expected at least one": "没有要素：至少应有一个",
        "{count} features, at most {most}": "有 {count} 个要素：最多 {most} 个",
        "no datum declared, expected WGS84, CGCS2000, GCJ02 or BD09: what GCJ02 or BD09 says lies 0.5"
        " or 1.1 km off here": (
            "未声明坐标系：应为 WGS84、CGCS2000、GCJ02 或 BD09；GCJ02 与 BD09 在本地分别偏移约 0.5 与 1.1 公里"
        ),
        "the datum is declared twice and differently: {claims}": "坐标系重复声明且不一致：{claims}",
        "{value} is also the id of {other}": "{value} 也是 {other} 的编号",
        "{zone_id} follows a device: it is one feature alone": (
            "{zone_id} 随设备移动：只能有一个要素"
        ),
        "{zone_id} was described differently at {other}: features of one zone repeat its properties,"
        " or the id is used twice": (
            "{zone_id} 在 {other} 处描述不同：同一区域的要素须重复其属性，否则即为编号重复"
        ),
        "a volume of {zone_id} is there twice": "{zone_id} 的一个空间范围重复出现",
        "it goes over the antimeridian and is parted there": "跨越 180° 经线，已在该处分开",
        'expected this only where "shape" is "{around}"': '仅当 "shape" 为 "{around}" 时才应有此项',
        "expected null: the zone is where its device is": "应为 null：区域随其设备所在",
        "{low:g} m is above the upper end, {high:g} m": "{low:g} 米高于上限 {high:g} 米",
        "{count} positions, at most {most} are taken": "有 {count} 个位置：最多接受 {most} 个",
        "{count} positions, a ring has at least 4": "有 {count} 个位置：环至少须有 4 个",
        "{count} positions, a line has at least 2": "有 {count} 个位置：线至少须有 2 个",
        "the ring is open: its last position must equal its first": (
            "环未闭合：末位置须与首位置相同"
        ),
        "no rings, expected an outer ring": "没有环：应有外环",
        "no polygons, expected at least one": "没有多边形：至少应有一个",
        "heights of positions are ignored; the band says how high": (
            "位置中的高度不予采用；高度由 lower 与 upper 给出"
        ),
        # --- what a limit is expected to be
        "metres a second": "米/秒",
        "metres": "米",
        "seconds": "秒",
        "an array": "数组",
        "an array of device ids": "设备编号数组",
        "some of air, road, water": "air、road、water 中的若干项",
        "a date, as 2026-05-31": "日期，如 2026-05-31",
        "days from 0 (Monday) to 6": "0（周一）至 6 的日子",
        "local time, as 07:30": "当地时间，如 07:30",
        "local time, as 19:00": "当地时间，如 19:00",
    }
)


def zone_said(said: Said, language: Language) -> str:
    """Return a sentence about a zone, with the sentences within it, in a language."""
    if language is Language.ENGLISH:
        return str(said)
    filled = {name: _value(each, language) for name, each in said.filled.items()}
    return CHINESE.get(said.why, said.why).format(**filled)


def _value(value: object, language: Language) -> object:
    match value:
        case Said():
            return zone_said(value, language)
        case str():
            return CHINESE.get(value, value)
        case _:
            return value
