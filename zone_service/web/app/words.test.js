// What people read: order, words, times, measures, addresses, zones.
import assert from "node:assert/strict";
import { test } from "node:test";

import { readView, withKindToggled, writeView } from "./address.js";
import { commandOf } from "./keys.js";
import { measuredAndLimit } from "./measures.js";
import { headingText, placeText } from "./sight.js";
import { bothClocks, duration, localTime } from "./times.js";
import { Violations, neighbour } from "./violations.js";
import { chooseLanguage, phrase } from "./words.js";
import { bounds, drawable, graticule, labels, lookOf, placed, positions, routeOf, zonesBounds } from "./zones.js";

/** @param {string} id @param {object} said @returns {any} */
const violation = (id, said = {}) => ({
  id,
  severity: "major",
  opened_at: "2026-01-01T00:00:00.000Z",
  closed_at: null,
  handling: "new",
  revision: 1,
  device_id: "car-1",
  ...said,
});

test("the worst comes first, and of the same severity the oldest", () => {
  const violations = new Violations();
  violations.reset("e", 1, [
    violation("minor", { severity: "minor" }),
    violation("young", { opened_at: "2026-01-02T00:00:00.000Z" }),
    violation("old"),
    violation("critical", { severity: "critical", opened_at: "2026-01-09T00:00:00.000Z" }),
  ]);
  assert.deepEqual(violations.open().map(({ id }) => id), ["critical", "old", "young", "minor"]);
});

test("a severity that the page does not know stands before all others", () => {
  const violations = new Violations();
  violations.reset("e", 1, [violation("a", { severity: "critical" }), violation("b", { severity: "new" })]);
  assert.equal(violations.open()[0].id, "b");
});

test("a closed violation leaves the open ones and is remembered as ended", () => {
  const violations = new Violations();
  violations.reset("e", 1, [violation("a"), violation("b", { handling: "resolved" })]);
  violations.take(2, violation("a", { closed_at: "2026-01-01T00:01:00.000Z", revision: 2 }));
  assert.deepEqual(violations.open().map(({ id }) => id), ["b"]);
  assert.deepEqual(violations.ended().map(({ id }) => id), ["a"]);
});

test("what is resolved and goes on stays open, below all that waits for somebody", () => {
  const violations = new Violations();
  const resolved = { handling: "resolved", severity: "critical" };
  violations.reset("e", 1, [violation("a", resolved), violation("b", { severity: "minor" })]);
  assert.deepEqual(violations.open().map(({ id }) => id), ["b", "a"]);
});

test("what ended before and is answered now did not end just now", () => {
  const violations = new Violations();
  const old = { closed_at: "2025-12-01T00:00:00.000Z", handling: "resolved", revision: 3 };
  assert.ok(violations.take(1, violation("a", old)));
  assert.deepEqual(violations.ended(), []);
});

test("stepping through the list stops at its ends", () => {
  const list = [violation("a"), violation("b")];
  assert.equal(neighbour(list, null, 1), "a");
  assert.equal(neighbour(list, null, -1), "b");
  assert.equal(neighbour(list, "a", 1), "b");
  assert.equal(neighbour(list, "b", 1), "b");
  assert.equal(neighbour([], "a", 1), null);
});

test("a phrase takes its values, and an unknown key is shown as it is", () => {
  assert.equal(phrase({ greet: "{who}, {what}" }, "greet", { who: "A", what: 2 }), "A, 2");
  assert.equal(phrase({}, "code.SOMETHING_NEW"), "SOMETHING_NEW");
});

test("the language is the remembered one, else the browser's", () => {
  assert.equal(chooseLanguage("en", ["zh-CN"]), "en");
  assert.equal(chooseLanguage(null, ["zh-TW", "en"]), "zh-CN");
  assert.equal(chooseLanguage("xx", ["de"]), "en");
});

test("lengths of time take two units at most", () => {
  const unit = (/** @type {string} */ name) => name;
  assert.equal(duration(0, unit), "0 s");
  assert.equal(duration(-500, unit), "0 s");
  assert.equal(duration(61_000, unit), "1 min 1 s");
  assert.equal(duration(3_600_000, unit), "1 h");
  assert.equal(duration(90_061_000, unit), "1 d 1 h");
});

test("times are Shanghai's, with UTC beside", () => {
  assert.equal(localTime("2026-09-21T16:30:05.000Z", "en"), "00:30:05");
  assert.match(bothClocks("2026-09-21T16:30:05.000Z", "en"), /Sep 22, 2026.*00:30:05.*2026-09-21T16:30:05.000Z/);
});

test("what was measured is said in the unit of its rule", () => {
  const words = { language: "en", limitWord: "limit" };
  assert.equal(measuredAndLimit("OVERSPEED", 22.5, 16.667, words), "81 km/h (limit 60)");
  assert.equal(measuredAndLimit("ALTITUDE_OVER_LIMIT", 161.3, 120, words), "161 m (limit 120)");
  assert.equal(measuredAndLimit("ALTITUDE_OVER_LIMIT", 120.4, 120, words), "120.4 m (limit 120)");
  assert.equal(measuredAndLimit("ALTITUDE_OVER_LIMIT", 120, 120, words), "120 m (limit 120)");
  assert.equal(measuredAndLimit("TELEMETRY_SILENCE", 65, null, words), "65 s");
  assert.equal(measuredAndLimit("KEEP_OUT_BREACH", null, null, words), null);
});

test("positions and headings are said with their hemisphere and three digits", () => {
  assert.equal(placeText(/** @type {any} */ ({ longitudeDeg: 121.9, latitudeDeg: -30.5 })), "121.90000° E, 30.50000° S");
  assert.equal(placeText(/** @type {any} */ ({ longitudeDeg: null, latitudeDeg: null })), null);
  assert.equal(headingText(7.2), "007°");
  assert.equal(headingText(359.9), "000°");
  assert.equal(headingText(NaN), null);
});

test("the address keeps the kinds and the view, and says nothing of the usual ones", () => {
  assert.equal(writeView(readView("")), "");
  assert.equal(writeView(readView("?kinds=air,road&view=table")), "?kinds=road,air&view=table");
  assert.deepEqual(readView("?kinds=submarine").kinds, ["road", "air", "water"]);
});

test("the last kind shown cannot be switched off", () => {
  const view = readView("?kinds=air");
  assert.deepEqual(withKindToggled(view, "air").kinds, ["air"]);
  assert.deepEqual(withKindToggled(view, "water").kinds, ["air", "water"]);
});

test("keys are off while somebody types or holds a modifier", () => {
  const key = { key: "j", ctrlKey: false, metaKey: false, altKey: false };
  assert.equal(commandOf(key, false), "next");
  assert.equal(commandOf(key, true), null);
  assert.equal(commandOf({ ...key, ctrlKey: true }, false), null);
  assert.equal(commandOf({ ...key, key: "z" }, false), null);
});

/** @param {any} geometry @param {object} said @returns {any} */
const zone = (geometry, said) => ({
  type: "Feature",
  geometry,
  properties: { zone_id: "z", name: "Zone", name_zh: "区", kind: "keep_in", domains: ["road"], ...said },
});

test("a circle is drawn as wide as it is on the ground", () => {
  const point = { type: "Point", coordinates: [121.9, 60] };
  const zones = { type: /** @type {const} */ ("FeatureCollection"), features: [zone(point, { radius_m: 1000 })] };
  const [west, south, east, north] = bounds(positions(drawable(zones, "en").features[0].geometry));
  // A degree of latitude has 111 412 m there, one of longitude 55 800; corners stand outside by a tenth of a metre.
  assert.ok(Math.abs((north - south) * 111412 - 2000) < 0.3);
  assert.ok(Math.abs((east - west) * 55800 - 2000) < 0.3);
});

test("a zone has one name, in the reader's language, and a speed limit has none", () => {
  const line = { type: "LineString", coordinates: [[1, 1], [2, 1], [2, 2]] };
  const zones = {
    type: /** @type {const} */ ("FeatureCollection"),
    features: [zone(line, {}), zone(line, {}), zone(line, { zone_id: "s", kind: "speed_limit" })],
  };
  const named = labels(zones, "zh-CN").features;
  assert.deepEqual(named.map(({ properties }) => properties?.name), ["区"]);
  assert.deepEqual(named[0].geometry, { type: "Point", coordinates: [2, 1] });
  assert.equal(labels(zones, "en").features[0].properties?.name, "Zone");
});

test("the look of a zone says first whether one must stay out", () => {
  const keepIn = { zone_id: "z", name: "z", kind: /** @type {const} */ ("keep_in") };
  assert.equal(lookOf({ ...keepIn, kind: "keep_out", domains: ["water"] }), "out");
  const out = { ...keepIn, kind: /** @type {const} */ ("keep_out"), domains: ["air"] };
  assert.equal(lookOf({ ...out, restriction: "PROHIBITED" }), "out");
  assert.equal(lookOf({ ...out, restriction: "REQ_AUTHORIZATION" }), "authorise");
  assert.equal(lookOf({ ...out, restriction: "CONDITIONAL" }), "authorise");
  assert.equal(lookOf({ ...out, restriction: "NO_RESTRICTION" }), "air");
  assert.equal(lookOf({ ...keepIn, domains: ["air"] }), "air");
  assert.equal(lookOf({ ...keepIn, domains: ["air", "road"] }), "road");
  assert.equal(lookOf({ ...keepIn, kind: "speed_limit" }), "speed");
});

test("the bounds of the zones hold a circle whole, not its centre alone", () => {
  const geometry = { type: /** @type {const} */ ("Point"), coordinates: [121.5, 31] };
  const properties = { zone_id: "c", name: "C", kind: /** @type {const} */ ("keep_in"), radius_m: 11132 };
  const zone = { type: /** @type {const} */ ("Feature"), geometry, properties };
  const [west, south, east, north] = zonesBounds({ type: "FeatureCollection", features: [zone] }) ?? [];
  assert.ok(Math.abs(north - 31.1) < 1e-3 && Math.abs(south - 30.9) < 1e-3);
  assert.ok(east - west > north - south);
});

test("without zones there are no bounds, and the grid still lies around something", () => {
  assert.equal(zonesBounds({ type: "FeatureCollection", features: [] }), null);
  assert.ok(graticule([121, 31, 121.2, 31.1]).features.length > 20);
});

test("a zone that follows a device is drawn where that is seen, and nowhere when it is not", () => {
  const around = zone(null, { zone_id: "escort", kind: "keep_out", follows: "load-1", radius_m: 50 });
  const stands = zone({ type: "Point", coordinates: [121, 31] }, { zone_id: "z", radius_m: 9 });
  const both = /** @type {any} */ ({ type: "FeatureCollection", features: [around, stands] });
  const seen = /** @type {any} */ ({ longitudeDeg: 121.5, latitudeDeg: 31.2 });
  const found = placed(both, (id) => (id === "load-1" ? seen : null));
  assert.deepEqual(found.features[0].geometry, { type: "Point", coordinates: [121.5, 31.2] });
  assert.equal(drawable(found, "en").features[0].geometry.type, "Polygon");
  assert.deepEqual(placed(both, () => null).features, [stands]);
  const lost = /** @type {any} */ ({ longitudeDeg: null, latitudeDeg: null });
  assert.deepEqual(placed(both, () => lost).features, [stands]);
});

test("the corridor of a permit is drawn like a zone to keep in, in the colour of its domain", () => {
  const line = /** @type {const} */ ({ type: "LineString", coordinates: [[121, 31], [121.1, 31]] });
  const corridor = /** @type {any} */ ({ line, half_width_m: 25, upper: null });
  const route = routeOf({ number: "P-1", terms: { corridor } }, "air");
  assert.ok(route);
  const [drawn] = drawable({ type: "FeatureCollection", features: [route] }, "en").features;
  assert.equal(drawn.properties?.look, "air");
  assert.ok(drawn.properties?.width0 > 0);
  assert.equal(routeOf({ number: "P-1", terms: { corridor: null } }, "air"), null);
});
