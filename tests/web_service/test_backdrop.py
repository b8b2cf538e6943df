"""The ground under the zones: who gets it, how often, and what it says of itself."""

from importlib.resources import files

import shapely

from tests.web_service.site import Site


def test_the_backdrop_says_that_it_is_schematic_and_not_for_navigation(site: Site) -> None:
    said = site.as_("olga").get("/api/backdrop")
    assert said.headers["content-type"] == "application/geo+json"
    backdrop = said.json()
    assert backdrop["type"] == "FeatureCollection"
    assert backdrop["schematic"] is True
    assert "示意图" in backdrop["attribution"]
    assert "not for navigation" in backdrop["attribution"]
    assert backdrop["licence"] == "CC0-1.0"


def test_it_has_what_one_finds_ones_way_by(site: Site) -> None:
    features = site.as_("olga").get("/api/backdrop").json()["features"]
    kinds = {each["properties"]["kind"] for each in features}
    assert kinds >= {"land", "river", "lake", "road", "place", "airport"}
    names = {each["properties"]["name"] for each in features}
    assert names >= {"Huangpu River", "Dishui Lake"}


def test_both_banks_of_the_rivers_mouth_are_land_and_the_bay_is_not(site: Site) -> None:
    features = site.as_("olga").get("/api/backdrop").json()["features"]
    land = shapely.union_all(
        [
            shapely.geometry.shape(each["geometry"])
            for each in features
            if each["properties"]["kind"] == "land"
        ]
    )
    for on_land in ((121.47, 31.23), (121.4, 32.1), (121.5, 31.7), (121.2, 30.1)):
        assert land.contains(shapely.Point(on_land)), on_land
    for at_sea in ((121.6, 30.6), (121.35, 31.57), (122.3, 31.2)):
        assert not land.intersects(shapely.Point(at_sea)), at_sea


def test_who_holds_the_backdrop_is_not_sent_it_again(site: Site) -> None:
    client = site.as_("olga")
    tag = client.get("/api/backdrop").headers["ETag"]
    again = client.get("/api/backdrop", headers={"If-None-Match": f'"other", W/{tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == tag
    other = client.get("/api/backdrop", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_the_backdrop_lies_in_the_package() -> None:
    assert files("maps").joinpath("demo", "backdrop.geojson").is_file()
