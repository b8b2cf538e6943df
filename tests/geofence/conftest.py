from collections.abc import Iterator

import pytest

from geofence import cover, hysteresis, lookup, verdicts


@pytest.fixture(scope="class", params=["cells", "cramped", "outlines"])
def way_of_looking(request: pytest.FixtureRequest) -> Iterator[None]:
    """Judge by cells; with too little room for anything; and all volumes by their whole outlines.

    Of functions the scope is each of them: nothing is left as it is for those behind.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "cramped":
            patch.setattr(lookup, "EXPECTED_EACH", 0)
            patch.setattr(lookup, "EXPECTED_MORE", 1)
            for module in (verdicts, hysteresis):
                patch.setattr(module, "ROOM_EACH", 0)
                patch.setattr(module, "ROOM_MORE", 1)
        if request.param == "outlines":
            patch.setattr(cover, "MOST_BLOCKS", 0.0)
        yield
