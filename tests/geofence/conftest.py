import math
from collections.abc import Iterator

import pytest

from geofence import lookup


@pytest.fixture(scope="module", params=["grid", "local edges", "tree"])
def way_of_looking(request: pytest.FixtureRequest) -> Iterator[None]:
    """Judge small batches in each of the ways in which large ones may be judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "FEW_CANDIDATES", math.inf if request.param == "tree" else -1.0)
        patch.setattr(lookup, "FEW_PAIRS", -1 if request.param == "local edges" else math.inf)
        yield
