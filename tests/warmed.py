"""What ``tests.warm`` forks from has loaded: what workers and most commands need, and machine code.

Not the commands themselves: what they show is made for the terminal of whoever starts them.
"""

import gc

import rich.markdown
import rich.table
import typer

from zone_service import asking, doctor, provision, worker_process, zone_import
from zone_service.compiling import compile_loops

LOADED = (
    rich.markdown,
    rich.table,
    typer,
    asking,
    doctor,
    provision,
    worker_process,
    zone_import,
)

compile_loops()
gc.freeze()
