"""A piece of work that a process of its own does now and then, one at a time."""

import structlog

from zone_service.kept_child import Program

log = structlog.get_logger("supervisor")


class Job:
    """When to start a program, and when again. Time comes in, so that no test has to wait."""

    def __init__(self, name: str, program: Program, every_s: float, now_s: float) -> None:
        """The first is due when the time has gone by once: a platform starts with its hands free."""
        self.name = name
        self.program = program
        self._every_s = every_s
        self._due_s = now_s + every_s
        self._looked = True

    def tend(self, now_s: float) -> None:
        """Start it, if it is due and has ended; say so where it failed."""
        if self.program.alive():
            return
        if not self._looked:
            self._looked = True
            if self.program.status:
                log.warning("job_failed", job=self.name, status=self.program.status)
        if now_s < self._due_s:
            return
        self._due_s = now_s + self._every_s
        try:
            self.program.launch()
            self._looked = False
        except OSError as error:
            log.warning("job_not_started", job=self.name, error=str(error))
