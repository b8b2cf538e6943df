"""Load: thousands of real MQTT connections that publish at a steady rate, and what came of it.

``python -m simulators.load --help`` runs it as a process of its own.
"""

from simulators.load.plan import LoadPlan, ScriptedBreach, plan_file
from simulators.load.result import LoadResult, read_times
from simulators.load.run import Progress, load, run_load

__all__ = [
    "LoadPlan",
    "LoadResult",
    "Progress",
    "ScriptedBreach",
    "load",
    "plan_file",
    "read_times",
    "run_load",
]
