"""What the interface itself refuses, in English and in Chinese."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from permits.rule_words import Language

WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "not signed in": ("sign in, or send a token", "请登录，或提供令牌"),
        "role": (
            "{who} ({role}) may not do this: expected {expected}",
            "{who}（{role}）无权执行此操作：应为 {expected}",
        ),
        "cross site": (
            "Origin {origin!r}: expected this site's own",
            "Origin {origin!r}：应为本站",
        ),
        "our fault": ("this is our fault; it has been logged", "平台内部故障，已记入日志"),
        "too large": (
            "the body is too large: expected at most {most} bytes",
            "请求体过大：最多 {most} 字节",
        ),
        "address": (
            "the address holds a NUL byte or is not UTF-8",
            "地址含空字节，或不是 UTF-8",
        ),
        "method": (
            "{method} is not possible here: expected {expected}",
            "此处不能使用 {method}：应为 {expected}",
        ),
        "not json": ("the body is not valid JSON in UTF-8", "请求体不是 UTF-8 编码的有效 JSON"),
        "no page": ("there is nothing at {path}", "{path} 处没有内容"),
        "away": (
            "the database cannot do this now: nothing was changed, try again",
            "数据库暂时不可用：未作任何更改，请重试",
        ),
        "upload ended": (
            "the upload ended after {found} bytes: expected all of it",
            "上传在 {found} 字节后中断：应完整上传",
        ),
        "zones": (
            "{count} problems in the file: nothing was changed",
            "文件中有 {count} 处问题：未作任何更改",
        ),
        "condition": (
            "expected If-Match with the ETag that you have seen",
            "须以 If-Match 给出您所见版本的 ETag",
        ),
        "condition or new": (
            "expected If-Match with the ETag that you have seen, or If-None-Match: * for a new one",
            "须以 If-Match 给出您所见版本的 ETag；新建时用 If-None-Match: *",
        ),
    }
)
"""By key: English and Chinese, with the same places to fill."""

_TITLES: Final[Mapping[HTTPStatus, str]] = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: "请求无效",
        HTTPStatus.UNAUTHORIZED: "未登录",
        HTTPStatus.FORBIDDEN: "无权限",
        HTTPStatus.NOT_FOUND: "未找到",
        HTTPStatus.METHOD_NOT_ALLOWED: "方法不可用",
        HTTPStatus.CONFLICT: "冲突",
        HTTPStatus.GONE: "已删除",
        HTTPStatus.PRECONDITION_FAILED: "前提不成立",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "请求体过大",
        HTTPStatus.UNPROCESSABLE_ENTITY: "内容无法处理",
        HTTPStatus.PRECONDITION_REQUIRED: "缺少前提",
        HTTPStatus.TOO_MANY_REQUESTS: "请求过多",
        HTTPStatus.INTERNAL_SERVER_ERROR: "内部故障",
        HTTPStatus.SERVICE_UNAVAILABLE: "暂不可用",
    }
)


def problem_words(key: str, language: Language, /, **filled: object) -> str:
    """Return a sentence in a language."""
    return WORDS[key][language is Language.CHINESE].format(**filled)


def title_of(status: HTTPStatus, language: Language) -> str:
    """Return what a status is called."""
    return _TITLES.get(status, status.phrase) if language is Language.CHINESE else status.phrase
