// The ground: what is drawn of it, and that it lies below every zone.
import assert from "node:assert/strict";
import { test } from "node:test";

import { groundFeatures } from "./ground.js";
import { DARK, LIGHT } from "./palette.js";
import { mapStyle } from "./style.js";
import { labels } from "./zones.js";

/** @type {import("./ground.js").Backdrop} */
const BACKDROP = {
  type: "FeatureCollection",
  attribution: "schematic",
  features: [
    {
      type: "Feature",
      geometry: { type: "LineString", coordinates: [[121.5, 60], [121.5, 60.1]] },
      properties: { kind: "river", name: "River", name_zh: "江", width_m: 400 },
    },
    {
      type: "Feature",
      geometry: { type: "Point", coordinates: [121.5, 31] },
      properties: { kind: "place", name: "Town" },
    },
  ],
};

test("the ground speaks the reader's language, where it has a word in it", () => {
  const names = (/** @type {"zh-CN" | "en"} */ language) =>
    groundFeatures(BACKDROP, language).features.map(({ properties }) => properties?.name);
  assert.deepEqual(names("en"), ["River", "Town"]);
  assert.deepEqual(names("zh-CN"), ["江", "Town"]);
});

test("a river is as wide as it is on the ground, at its latitude", () => {
  const [river] = groundFeatures(BACKDROP, "en").features;
  const metresAcrossAtZoom0 = 40075016.686 / 2 / 512; // a pixel at 60 degrees north
  assert.ok(Math.abs(river.properties?.width0 - 400 / metresAcrossAtZoom0) < 1e-9);
});

for (const [name, palette] of Object.entries({ dark: DARK, light: LIGHT })) {
  test(`no ground covers a zone, and only an airport's name comes before a zone's: ${name}`, () => {
    const { layers } = mapStyle(palette);
    const sources = layers.map((layer) => ("source" in layer ? layer.source : "none"));
    const fills = layers.map(({ type }) => type !== "symbol");
    const lastGround = sources.findLastIndex((source, at) => source === "ground" && fills[at]);
    assert.ok(lastGround > 0);
    assert.ok(lastGround < sources.indexOf("zones"));
    const above = layers.slice(sources.indexOf("labels") + 1).map(({ id }) => id);
    assert.deepEqual(above, ["ground-airports"]);
  });
}

/** @param {string} category @param {number} size @returns {any} */
const zone = (category, size) => ({
  type: "Feature",
  geometry: { type: "LineString", coordinates: [[121, 31], [121 + size, 31]] },
  properties: { zone_id: `${category}-${size}`, name: category, kind: "keep_in", category },
});

test("areas are named on a wide view, roads and landing sites on a near one", () => {
  const zones = ["test_area", "airspace", "test_road_urban", "landing_site"].map((category) =>
    zone(category, 0.1),
  );
  const named = labels({ type: "FeatureCollection", features: zones }, "en").features;
  const [area, airspace, road, site] = named.map(({ properties }) => properties?.from_zoom);
  assert.equal(area, 8);
  assert.equal(airspace, 8);
  assert.ok(road > area && site > road);
});

test("names give way by category and then by size, an unknown category to all", () => {
  const zones = [
    zone("invented", 3),
    zone("test_road_urban", 2),
    zone("airspace", 0.1),
    zone("test_area", 0.1),
    zone("test_area", 0.4),
    zone("airport", 0.1),
  ];
  const named = labels({ type: "FeatureCollection", features: zones }, "en").features;
  const order = named.map(({ properties }) => properties?.order);
  const sorted = [...order].sort((a, b) => b - a);
  assert.deepEqual(order, sorted);
});
