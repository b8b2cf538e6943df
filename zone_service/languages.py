"""In which of our languages somebody asks to be spoken to."""

from permits.rule_words import Language


def language_of(accepted: str | None) -> Language:
    """Return the language of an ``Accept-Language`` header that is liked best; English where none is."""
    liked = [
        (-_weight(each), at, language)
        for at, each in enumerate((accepted or "").split(","))
        if (language := _named(each)) is not None and _weight(each) > 0.0
    ]
    return min(liked)[2] if liked else Language.ENGLISH


def _named(each: str) -> Language | None:
    name = each.partition(";")[0].strip().lower()
    if name == "zh" or name.startswith("zh-"):
        return Language.CHINESE
    return Language.ENGLISH if name in {"en", "*"} or name.startswith("en-") else None


def _weight(each: str) -> float:
    """Return the weight of a choice; one that is no number is none."""
    _, _, weight = each.replace(" ", "").partition(";q=")
    try:
        return float(weight or 1.0)
    except ValueError:
        return 0.0
