"""Files that commands write: new ones, for their owner alone where people's data are in them."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from zone_service.commands.root import fail


def require_new(file: Path, *, zh: bool) -> None:
    """Leave with an error where a file is there already."""
    if file.exists():
        fail_over(file, zh=zh)


def fail_over(file: Path, *, zh: bool, may_force: bool = False) -> NoReturn:
    """Say that a file is there already, and leave; ``may_force``: with ``--force`` it is written over."""
    if zh:
        fail(f"{file} 已存在：请换一个文件名" + ("，或用 --force" if may_force else ""))
    fail(f"{file} is there already: expected a new file" + (", or --force" if may_force else ""))


def write_private(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a new file that nobody else may read; nobody finds half of it."""
    with TemporaryDirectory(dir=file.parent, prefix=".") as beside:
        part = Path(beside, file.name)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            written.writelines(pieces)
        part.rename(file)
