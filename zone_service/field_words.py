"""What is wrong with a member of a request, in English and in Chinese: what it is, and what was expected.

The framework says it in English alone, and often without the value. Its kinds of errors are known by
name; those that nothing a client sends can cause have no words.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from permits.rule_words import Language
from zone_service.sayable import Sayable

EXPECTED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        # --- what there is, or is not
        "json_invalid": ("valid JSON", "有效的 JSON"),
        "json_type": ("a JSON text", "JSON 文本"),
        "recursion_loop": ("what does not hold itself", "不含自身的内容"),
        "recursion_depth_exceeded": ("what is nested less deeply", "嵌套层数较少的内容"),
        "invalid_key": ("a text as key", "以文本为键"),
        "model_type": ("an object with its members", "含各成员的对象"),
        "model_attributes_type": ("an object with its members", "含各成员的对象"),
        "dataclass_type": ("an object with its members", "含各成员的对象"),
        "none_required": ("null", "null"),
        "literal_error": ("{expected}", "{expected}"),
        "enum": ("{expected}", "{expected}"),
        "union_tag_invalid": (
            "{discriminator} as one of {expected_tags}",
            "{discriminator} 为下列之一：{expected_tags}",
        ),
        "union_tag_not_found": ("an object with {discriminator}", "含 {discriminator} 的对象"),
        # --- numbers
        "greater_than": ("more than {gt}", "大于 {gt} 的数"),
        "greater_than_equal": ("{ge} or more", "不小于 {ge} 的数"),
        "less_than": ("less than {lt}", "小于 {lt} 的数"),
        "less_than_equal": ("at most {le}", "不大于 {le} 的数"),
        "multiple_of": ("a multiple of {multiple_of}", "{multiple_of} 的倍数"),
        "finite_number": ("a finite number", "有限数"),
        "bool_type": ("true or false", "true 或 false"),
        "bool_parsing": ("true or false", "true 或 false"),
        "int_type": ("a whole number", "整数"),
        "int_parsing": ("a whole number", "整数"),
        "int_parsing_size": ("a whole number of fewer digits", "位数较少的整数"),
        "int_from_float": ("a whole number", "整数"),
        "float_type": ("a number", "数"),
        "float_parsing": ("a number", "数"),
        "decimal_type": ("a number", "数"),
        "decimal_parsing": ("a number", "数"),
        "decimal_max_digits": ("at most {max_digits} digits", "最多 {max_digits} 位数字"),
        "decimal_max_places": ("at most {decimal_places} decimals", "最多 {decimal_places} 位小数"),
        "decimal_whole_digits": (
            "at most {whole_digits} digits before the point",
            "小数点前最多 {whole_digits} 位数字",
        ),
        # --- texts
        "string_type": ("a text", "文本"),
        "string_unicode": ("valid Unicode", "有效的 Unicode"),
        "string_too_short": ("{min_length} or more characters", "不少于 {min_length} 个字符"),
        "string_too_long": ("at most {max_length} characters", "不超过 {max_length} 个字符"),
        "string_pattern_mismatch": ("a text of {pattern}", "符合 {pattern} 的文本"),
        "string_not_ascii": ("ASCII characters alone", "仅含 ASCII 字符的文本"),
        "bytes_type": ("bytes", "字节"),
        "bytes_too_short": ("{min_length} or more bytes", "不少于 {min_length} 个字节"),
        "bytes_too_long": ("at most {max_length} bytes", "不超过 {max_length} 个字节"),
        "bytes_invalid_encoding": ("bytes in {encoding}", "{encoding} 编码的字节"),
        "url_type": ("a URL", "网址"),
        "url_parsing": ("a URL", "网址"),
        "url_syntax_violation": ("a URL", "网址"),
        "url_too_long": (
            "a URL of at most {max_length} characters",
            "不超过 {max_length} 个字符的网址",
        ),
        "url_scheme": ("a URL of {expected_schemes}", "{expected_schemes} 网址"),
        "uuid_type": ("a UUID", "UUID"),
        "uuid_parsing": ("a UUID", "UUID"),
        "uuid_version": (
            "a UUID of version {expected_version}",
            "版本为 {expected_version} 的 UUID",
        ),
        # --- several
        "too_short": ("{min_length} or more", "不少于 {min_length} 项"),
        "too_long": ("at most {max_length}", "不超过 {max_length} 项"),
        "iterable_type": ("a list", "列表"),
        "dict_type": ("an object", "对象"),
        "mapping_type": ("an object", "对象"),
        "list_type": ("a list", "列表"),
        "tuple_type": ("a list", "列表"),
        "set_type": ("a list", "列表"),
        "frozen_set_type": ("a list", "列表"),
        "set_item_not_hashable": ("plain values", "简单值"),
        # --- days and moments
        "date_type": ("a day such as 2026-05-04", "日期，例如 2026-05-04"),
        "date_parsing": ("a day such as 2026-05-04", "日期，例如 2026-05-04"),
        "date_from_datetime_parsing": ("a day such as 2026-05-04", "日期，例如 2026-05-04"),
        "date_from_datetime_inexact": ("a day without a time", "不带时刻的日期"),
        "date_past": ("a day in the past", "过去的日期"),
        "date_future": ("a day in the future", "未来的日期"),
        "time_type": ("a time of day such as 09:30", "时刻，例如 09:30"),
        "time_parsing": ("a time of day such as 09:30", "时刻，例如 09:30"),
        "datetime_type": (
            "a moment such as 2026-05-04T12:00:00+08:00",
            "时间，例如 2026-05-04T12:00:00+08:00",
        ),
        "datetime_parsing": (
            "a moment such as 2026-05-04T12:00:00+08:00",
            "时间，例如 2026-05-04T12:00:00+08:00",
        ),
        "datetime_object_invalid": (
            "a moment such as 2026-05-04T12:00:00+08:00",
            "时间，例如 2026-05-04T12:00:00+08:00",
        ),
        "datetime_from_date_parsing": (
            "a moment such as 2026-05-04T12:00:00+08:00",
            "时间，例如 2026-05-04T12:00:00+08:00",
        ),
        "datetime_past": ("a moment in the past", "过去的时间"),
        "datetime_future": ("a moment in the future", "未来的时间"),
        "timezone_naive": ("a moment without a time zone", "不带时区的时间"),
        "timezone_aware": (
            "a time zone, such as 2026-05-04T12:00:00+08:00",
            "带时区的时间，例如 2026-05-04T12:00:00+08:00",
        ),
        "timezone_offset": ("an offset of {tz_expected} s", "时区偏移为 {tz_expected} 秒"),
        "time_delta_type": ("a duration such as PT30M", "时长，例如 PT30M"),
        "time_delta_parsing": ("a duration such as PT30M", "时长，例如 PT30M"),
    }
)
"""By the framework's name of the error: what was expected, in English and in Chinese."""

PLAIN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "missing": ("is missing", "缺少"),
        "missing_argument": ("is missing", "缺少"),
        "missing_keyword_only_argument": ("is missing", "缺少"),
        "missing_positional_only_argument": ("is missing", "缺少"),
        "extra_forbidden": (
            "is not known here: expected no such member",
            "此处没有这一成员：不应给出",
        ),
        "unexpected_keyword_argument": (
            "is not known here: expected no such member",
            "此处没有这一成员：不应给出",
        ),
        "control_character": (
            "holds a control character: expected plain text",
            "含控制字符：应为普通文本",
        ),
        "surrogate": (
            "holds half a surrogate pair: expected valid Unicode",
            "含不成对的代理码位：应为有效的 Unicode",
        ),
        "blank": ("is blank: expected something that can be read", "为空白：应填写内容"),
        "one_of_those_said": (
            "expected one of disclosure, control, interview and transfer",
            "disclosure、control、interview、transfer 只应给出其一",
        ),
        "necessity": (
            "expected a reason: why further vehicles are needed",
            "应说明理由（reason）：增加车辆的必要性",
        ),
        "not_of_its_kind": (
            "{given}: expected change, entry_ids or asked_until, as its kind has it",
            "{given}：应按其类别给出 change、entry_ids 或 asked_until",
        ),
    }
)
"""Whole sentences: where the value says nothing, and what our own checks say."""

_IS: Final = ("is {found}: expected {expected}", "为 {found}：应为{expected}")
_UNNAMED: Final = ("expected {expected}", "应为{expected}")
_OTHERWISE: Final = ("a value of another kind", "其他类型的值")
_SECRET: Final = ("password", "secret", "token")
_MOST_LETTERS: Final = 60
_OUR_OWN: Final = "Value error, "


def field_path(wrong: Mapping[str, Any]) -> str:
    """Return where something is wrong: ``body.terms.valid_to``."""
    return ".".join(str(part) for part in wrong["loc"])


def field_said(wrong: Mapping[str, Any], language: Language) -> str:
    """Return what is wrong with a member, from one error as pydantic lists it."""
    kind, context = str(wrong["type"]), dict(wrong.get("ctx") or {})
    if (own := _own(context.get("error"), language)) is not None:
        return own
    if kind in PLAIN:
        return _in(PLAIN[kind], language).format(**context)
    if kind in {"value_error", "assertion_error"}:
        return str(wrong["msg"]).removeprefix(_OUR_OWN)
    expected = _in(EXPECTED.get(kind, _OTHERWISE), language).format(**_words_of(context, language))
    found = _found(wrong)
    frame = _in(_UNNAMED if found is None else _IS, language)
    return frame.format(found=found, expected=expected)


def fields_said(errors: Iterable[Mapping[str, Any]], language: Language) -> str:
    """Return all that is wrong, each with its place."""
    return "; ".join(f"{field_path(each)}: {field_said(each, language)}" for each in errors)


def _own(error: object, language: Language) -> str | None:
    """Return what a refusal of ours says, where it was one that a check of the framework met."""
    return error.said(language) if isinstance(error, Sayable) else None


def _words_of(context: dict[str, Any], language: Language) -> dict[str, Any]:
    """Put what the framework says of a limit into words of the language."""
    context = {
        name: f"{each:g}" if isinstance(each, float) else each for name, each in context.items()
    }
    if language is Language.CHINESE and isinstance(choice := context.get("expected"), str):
        context["expected"] = choice.replace(" or ", "、").replace(", ", "、")
    return context


def _found(wrong: Mapping[str, Any]) -> str | None:
    """Return the value as it can be shown: never a secret, and never a body of a megabyte."""
    place = field_path(wrong).lower()
    if wrong["type"] == "json_invalid" or any(each in place for each in _SECRET):
        return None
    found = wrong.get("input")
    shown = found[: _MOST_LETTERS + 1] if isinstance(found, str) else found
    written = "null" if shown is None else repr(shown)
    return written if len(written) <= _MOST_LETTERS else f"{written[:_MOST_LETTERS]}…"


def _in(pair: tuple[str, str], language: Language) -> str:
    return pair[language is Language.CHINESE]
