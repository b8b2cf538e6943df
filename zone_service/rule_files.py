"""The texts of the rule sets that ship: those of now, and those that decisions were made under."""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from permits.rule_words import Language, words

_NOT_JUDGED_BY = ('purpose = "layer"', 'purpose = "comparator"')


class NoSuchRuleSet(LookupError):
    """There is no rule set of this name, or of this name and version."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return words("no such set", language, reference=self.reference)


def names() -> tuple[str, ...]:
    """Return the names of the rule sets that ship with the platform."""
    return tuple(_name(each) for each in _in(_folder()))


@cache
def supervising() -> tuple[str, ...]:
    """Return the names of those that a deployment can be set to judge by."""
    return tuple(
        name for name in names() if not any(each in text_of(name) for each in _NOT_JUDGED_BY)
    )


@cache
def newest(name: str) -> str:
    """Return how the newest version of a name that ships is named in decisions.

    Raises:
        NoSuchRuleSet: none of this name ships.
    """
    return f"{name}@{_version(text_of(name))}"


@cache
def labels() -> tuple[str, ...]:
    """Return every version that ships, as decisions name it."""
    past = (_name(each) for each in _in(_folder() / "past"))
    return tuple(sorted((*past, *map(newest, names()))))


@cache
def text_of(reference: str) -> str:
    """Return the text of a rule set by its id, the newest; or by id and version.

    Raises:
        NoSuchRuleSet: none of this name ships.
    """
    rule_set_id, _, version = reference.partition("@")
    for file in _in(_folder()):
        if _name(file) == rule_set_id:
            text = file.read_text("utf-8")
            if version in {"", _version(text)}:
                return text
    for file in _in(_folder() / "past"):
        if _name(file) == reference:
            return file.read_text("utf-8")
    raise NoSuchRuleSet(reference)


def _folder() -> Traversable:
    return resources.files("permits") / "rulesets"


def _in(folder: Traversable) -> Iterator[Traversable]:
    files = (each for each in folder.iterdir() if each.name.endswith(".toml"))
    yield from sorted(files, key=lambda each: each.name)


def _name(file: Traversable) -> str:
    return file.name.removesuffix(".toml")


def _version(text: str) -> str:
    """Return the version, without the time that it takes to read all of it."""
    return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version = "))
