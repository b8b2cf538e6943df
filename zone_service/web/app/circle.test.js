import assert from "node:assert/strict";
import { test } from "node:test";

import { circle } from "./circle.js";

// Geodesics of WGS 84, to 8 places: the corner with this number of as many, counted from the north.
const GEODESICS = /** @type {const} */ ([
  [[121.5, 31.2], 50000, 90, [121.87222383, 31.51833556]],
  [[121.5, 31.2], 50000, 180, [122.02463105, 31.19893046]],
  [[121.5, 31.2], 50000, 450, [121.13026473, 30.88057904]],
  [[121.5, 31.2], 30, 0, [121.5, 31.20027058]],
  [[10, 70], 5000, 0, [10, 70.044818]],
]);

test("a circle is as far from its middle as it is on the ellipsoid, to its corners", () => {
  for (const [middle, radiusM, corner, [longitude, latitude]] of GEODESICS) {
    const [lon = 0, lat = 0] = circle([...middle], radiusM).coordinates[0]?.[corner] ?? [];
    const north = (lat - latitude) * 111320;
    const east = (lon - longitude) * 111320 * Math.cos((lat * Math.PI) / 180);
    const corners = radiusM / Math.cos(Math.PI / (radiusM === 50000 ? 720 : 64)) - radiusM;
    assert.ok(Math.hypot(north, east) <= corners + 0.01, `${middle} ${radiusM} ${corner}: ${east} ${north}`);
  }
});

test("a circle is closed, and has more corners the larger it is, but not too many", () => {
  const counts = [30, 1000, 50000].map((radiusM) => circle([121.5, 31.2], radiusM).coordinates[0]?.length);
  assert.deepEqual(counts, [65, 224, 721]);
  const [ring = []] = circle([121.5, 31.2], 1000).coordinates;
  assert.deepEqual(ring[0], ring.at(-1));
});

test("a circle by the antimeridian goes on beyond it", () => {
  const [ring = []] = circle([179.99, 10], 5000).coordinates;
  const easts = ring.map(([longitude = 0]) => longitude);
  assert.ok(Math.max(...easts) > 180.03 && Math.min(...easts) > 179.9);
});
