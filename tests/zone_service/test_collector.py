import gc

from zone_service import collector


def test_while_modules_are_loaded_nothing_is_collected_and_what_they_made_is_not_looked_at_again() -> (
    None
):
    aside = gc.get_freeze_count()
    try:
        with collector.at_rest():
            assert not gc.isenabled()
            made = [[each] for each in range(100)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= aside + len(made)
    finally:
        gc.unfreeze()
