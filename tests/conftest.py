"""What every test may ask for."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]

# No law is broken by a machine that is busy with something else.
# On CI Hypothesis itself chooses "ci": the same examples each time.
settings.register_profile(
    "patient",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")
