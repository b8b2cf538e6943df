"""A child that dies is started again, after a pause that grows while it keeps dying."""

from hypothesis import given
from hypothesis import strategies as st

from zone_service.brokers.process import BrokerFailed
from zone_service.kept_child import FIRST_PAUSE_S, LONGEST_PAUSE_S, STEADY_AFTER_S, Kept, pause_s


class Patient:
    """A child that lives and dies as the test says."""

    def __init__(self) -> None:
        self.launches = 0
        self.living = False
        self.refuses = False
        self.kept = Kept("patient", self._launch, lambda: self.living)

    def _launch(self) -> None:
        if self.refuses:
            raise BrokerFailed("not today")
        self.launches += 1
        self.living = True


def test_it_is_left_alone_while_it_lives() -> None:
    patient = Patient()
    patient.kept.start(0.0)
    assert not any(patient.kept.tend(float(second)) for second in range(100))
    assert patient.launches == 1


def test_it_comes_back_half_a_second_after_its_first_death() -> None:
    patient = Patient()
    patient.kept.start(0.0)
    patient.living = False
    assert not patient.kept.tend(1.0)
    assert not patient.kept.tend(1.4)
    assert patient.kept.tend(1.5)
    assert patient.launches == 2


def test_a_launch_that_fails_counts_as_a_death() -> None:
    patient = Patient()
    patient.kept.start(0.0)
    patient.living, patient.refuses = False, True
    assert not patient.kept.tend(1.0)
    assert not patient.kept.tend(1.5)
    patient.refuses = False
    assert not patient.kept.tend(2.4)
    assert patient.kept.tend(2.5)


def test_a_long_life_makes_the_next_death_a_first_one() -> None:
    patient = Patient()
    patient.kept.start(0.0)
    now_s = 0.0
    for _ in range(5):
        patient.living = False
        patient.kept.tend(now_s)
        now_s += LONGEST_PAUSE_S
        assert patient.kept.tend(now_s)
    patient.living = False
    patient.kept.tend(now_s + STEADY_AFTER_S)
    assert patient.kept.tend(now_s + STEADY_AFTER_S + FIRST_PAUSE_S)


@given(st.integers(1, 10_000))
def test_the_pause_never_shrinks_and_never_passes_its_longest(deaths: int) -> None:
    assert FIRST_PAUSE_S <= pause_s(deaths) <= pause_s(deaths + 1) <= LONGEST_PAUSE_S
