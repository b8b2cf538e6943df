// What the feed says, read back: frames, objects, violations, how sure we are.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Fleet } from "./fleet.js";
import { FLAG_POSITION_UNKNOWN, FLAG_STALE, HEADER_BYTES, decodeFrame } from "./frames.js";
import { ServerClock, freshness, retryDelayMs } from "./link.js";
import { Live } from "./live.js";
import { mercatorX, mercatorY } from "./mercator.js";
import { deviceName, whatOf } from "./card.js";
import { ZoneHeights, factsOf, sealingOf } from "./evidence.js";
import { Violations } from "./violations.js";
import { Words } from "./words.js";

const ANCHOR = { x: mercatorX(121.9), y: mercatorY(30.9) };

/** @param {{type?: number, timeMs?: number, version?: number}} header @param {number[][]} objects */
function frame({ type = 2, timeMs = 1000, version = 2 }, objects) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + 20 * objects.length));
  view.setUint8(0, version);
  view.setUint8(1, type);
  view.setUint32(4, objects.length, true);
  view.setBigUint64(8, 7n, true);
  view.setBigUint64(16, BigInt(timeMs), true);
  objects.forEach(([slot, longitude, latitude, heading, flags, height = -32768, speed = 65535], row) => {
    const at = HEADER_BYTES + 20 * row;
    view.setUint32(at, slot, true);
    view.setInt32(at + 4, Math.round(longitude * 1e7), true);
    view.setInt32(at + 8, Math.round(latitude * 1e7), true);
    view.setUint16(at + 12, heading, true);
    view.setUint16(at + 14, flags, true);
    view.setInt16(at + 16, height, true);
    view.setUint16(at + 18, speed, true);
  });
  return view.buffer;
}

/** @param {Fleet} fleet @param {ArrayBuffer} buffer @param {number} nowMs */
function apply(fleet, buffer, nowMs) {
  const decoded = decodeFrame(buffer);
  assert.ok(decoded);
  fleet.apply(decoded, nowMs);
}

function oneCar() {
  const fleet = new Fleet(ANCHOR);
  fleet.reset([[4, "car-4", "Car 4", "road", null]]);
  return fleet;
}

test("a frame is read as it was written, south and west of the origin too", () => {
  const read = decodeFrame(frame({ timeMs: 1_790_000_000_123 }, [[9, -0.1234567, -31.5, 27050, 5]]));
  assert.equal(read?.timeMs, 1_790_000_000_123);
  assert.equal(read?.seq, 7);
  assert.deepEqual([...(read?.slot ?? [])], [9]);
  assert.equal(read?.longitudeDeg[0], -0.1234567);
  assert.equal(read?.latitudeDeg[0], -31.5);
  assert.equal(read?.headingDeg[0], 270.5);
  assert.equal(read?.flags[0], 5);
});

test("an unknown heading, height or speed is not a number", () => {
  const read = decodeFrame(frame({}, [[1, 0, 0, 65535, 0]]));
  assert.ok(Number.isNaN(read?.headingDeg[0]));
  assert.ok(Number.isNaN(read?.heightM[0]));
  assert.ok(Number.isNaN(read?.speedMps[0]));
});

test("a height is in quarters of a metre, a speed in centimetres a second", () => {
  const read = decodeFrame(frame({}, [[1, 0, 0, 0, 1, -10, 1250]]));
  assert.deepEqual([read?.heightM[0], read?.speedMps[0]], [-2.5, 12.5]);
});

test("a frame that is cut off, of another version or of another type is not read", () => {
  assert.equal(decodeFrame(new ArrayBuffer(3)), null);
  assert.equal(decodeFrame(frame({}, [[1, 1, 1, 0, 0]]).slice(0, -1)), null);
  assert.equal(decodeFrame(frame({ version: 1 }, [])), null);
  assert.equal(decodeFrame(frame({ type: 9 }, [])), null);
});

test("an object is drawn between its fixes and never beyond the last", () => {
  const fleet = oneCar();
  apply(fleet, frame({}, [[4, 121.9, 30.9, 0, 0]]), 0);
  apply(fleet, frame({}, [[4, 121.901, 30.9, 0, 0]]), 200);
  const x = (/** @type {number} */ nowMs) => fleet.place("car-4", nowMs)?.x ?? NaN;
  assert.ok(Math.abs(x(200) - mercatorX(121.9)) < 1e-9);
  assert.ok(Math.abs(x(300) - mercatorX(121.9005)) < 1e-9);
  assert.ok(Math.abs(x(400) - mercatorX(121.901)) < 1e-9);
  assert.equal(x(60_000), x(400));
  assert.ok(fleet.moving(300));
  assert.ok(!fleet.moving(401));
});

test("a jump is shown at once", () => {
  const fleet = oneCar();
  apply(fleet, frame({}, [[4, 121.9, 30.9, 0, 0]]), 0);
  apply(fleet, frame({}, [[4, 122.9, 30.9, 0, 0]]), 200);
  assert.ok(Math.abs((fleet.place("car-4", 200)?.x ?? 0) - mercatorX(122.9)) < 1e-9);
});

test("without a position an object stays, marked, where it was last seen", () => {
  const fleet = oneCar();
  apply(fleet, frame({}, [[4, 121.9, 30.9, 0, 0]]), 0);
  apply(fleet, frame({}, [[4, 121.95, 30.95, 65535, FLAG_POSITION_UNKNOWN]]), 200);
  const sight = fleet.sight("car-4");
  assert.equal(sight?.longitudeDeg, 121.9);
  assert.equal(sight?.flags, FLAG_POSITION_UNKNOWN);
});

test("an object that never had a position is listed and not placed", () => {
  const fleet = oneCar();
  apply(fleet, frame({}, [[4, 0, 0, 65535, FLAG_POSITION_UNKNOWN]]), 0);
  assert.equal(fleet.place("car-4", 0), null);
  assert.equal(fleet.sight("car-4")?.longitudeDeg, null);
});

test("a full frame and the word of a silence do not make an old fix look new", () => {
  const fleet = oneCar();
  apply(fleet, frame({ type: 1, timeMs: 5000 }, [[4, 121.9, 30.9, 0, 0]]), 0);
  assert.equal(fleet.sight("car-4")?.fixMs, null);
  apply(fleet, frame({ timeMs: 6000 }, [[4, 121.91, 30.9, 0, 0]]), 1000);
  apply(fleet, frame({ type: 1, timeMs: 9000 }, [[4, 121.91, 30.9, 0, 0]]), 4000);
  apply(fleet, frame({ timeMs: 40000 }, [[4, 121.91, 30.9, 0, FLAG_STALE]]), 35000);
  assert.equal(fleet.sight("car-4")?.fixMs, 6000);
});

test("a slot that nobody announced is passed over", () => {
  const fleet = oneCar();
  apply(fleet, frame({}, [[5, 121.9, 30.9, 0, 0]]), 0);
  assert.equal(fleet.count, 0);
});

test("when an object goes, the others keep their places", () => {
  const fleet = new Fleet(ANCHOR);
  fleet.reset([0, 1, 2].map((slot) => [slot, `car-${slot}`, "", "road", null]));
  apply(fleet, frame({}, [[0, 121, 31, 0, 0], [1, 121.1, 31, 0, 0], [2, 121.2, 31, 0, 4]]), 0);
  fleet.remove([0]);
  assert.equal(fleet.count, 2);
  assert.equal(fleet.sight("car-0"), null);
  assert.equal(fleet.sight("car-1")?.longitudeDeg, 121.1);
  assert.equal(fleet.sight("car-2")?.longitudeDeg, 121.2);
  assert.deepEqual(fleet.violating().map(({ deviceId }) => deviceId), ["car-2"]);
});

test("the buffer grows with the fleet", () => {
  const fleet = new Fleet(ANCHOR);
  const slots = Array.from({ length: 1000 }, (_, slot) => slot);
  fleet.reset(slots.map((slot) => [slot, `car-${slot}`, "", "road", null]));
  apply(fleet, frame({}, slots.map((slot) => [slot, 121 + slot / 1e4, 31, 0, 0])), 0);
  assert.equal(fleet.count, 1000);
  assert.equal(fleet.sight("car-999")?.longitudeDeg, 121.0999);
  assert.equal(fleet.nearest(mercatorX(121.05), mercatorY(31), 1e-6, 5, () => true)?.slot, 500);
});

test("a week of fixes later the drawing is still smooth", () => {
  const fleet = oneCar();
  apply(fleet, frame({}, [[4, 121.9, 30.9, 0, 0]]), 0);
  const week = 7 * 86400e3;
  apply(fleet, frame({}, [[4, 121.9, 30.9, 0, 0]]), week);
  apply(fleet, frame({}, [[4, 121.901, 30.9, 0, 0]]), week + 200);
  const x = fleet.place("car-4", week + 300)?.x ?? NaN;
  assert.ok(Math.abs(x - mercatorX(121.9005)) < 1e-9);
});

/** @type {any} */
const VIOLATION = { id: "v1", revision: 1, closed_at: null, handling: "new", opened_at: "", severity: "major" };
const HEARTBEAT = { feed_age_ms: 0, degraded: false, objects: 0, messages_per_second: 0 };

/** @param {number} seq */
function liveAt(seq) {
  const live = new Live(ANCHOR);
  live.take({ op: "snap", epoch: "e", seq, t: 1, objects: [], violations: [], zones_revision: 1 }, 0);
  return live;
}

test("an event that is told twice is news once", () => {
  const live = liveAt(5);
  /** @type {any} */
  const event = { op: "violation", seq: 6, event: "opened", violation: VIOLATION };
  assert.equal(live.take(event, 0), "violations");
  assert.equal(live.take(event, 0), "nothing");
  assert.deepEqual(live.resumePoint(), { epoch: "e", seq: 6 });
});

test("a heartbeat that knows of more than was told says that something was missed", () => {
  const live = liveAt(5);
  assert.equal(live.take({ op: "hb", t: 1, seq: 5, ...HEARTBEAT }, 0), "heartbeat");
  assert.equal(live.take({ op: "hb", t: 1, seq: 7, ...HEARTBEAT }, 0), "missed");
  live.take({ op: "resumed", seq: 7 }, 0);
  assert.equal(live.take({ op: "hb", t: 1, seq: 7, ...HEARTBEAT }, 0), "heartbeat");
});

test("events that follow a resumption are taken although it names a later number", () => {
  const live = liveAt(5);
  live.take({ op: "resumed", seq: 9 }, 0);
  const missed = { op: "violation", seq: 8, event: "opened", violation: VIOLATION };
  assert.equal(live.take(/** @type {any} */ (missed), 0), "violations");
});

test("an earlier revision never replaces a later one", () => {
  const live = liveAt(5);
  live.violations.put({ ...VIOLATION, revision: 3, handling: "acknowledged" });
  const late = { op: "violation", seq: 6, event: "updated", violation: { ...VIOLATION, revision: 2 } };
  live.take(/** @type {any} */ (late), 0);
  assert.equal(live.violations.byId.get("v1")?.handling, "acknowledged");
});

test("what a later server says beside is passed over", () => {
  assert.equal(liveAt(1).take(/** @type {any} */ ({ op: "weather" }), 0), "nothing");
});

test("a silent feed is late after three seconds and lost after ten", () => {
  assert.equal(freshness(2999, 0), "live");
  assert.equal(freshness(3000, 0), "late");
  assert.equal(freshness(10000, 0), "lost");
  assert.equal(freshness(null, 500), "connecting");
  assert.equal(freshness(null, 10000), "lost");
});

test("new attempts wait from half a second to fifteen, with chance between", () => {
  assert.equal(retryDelayMs(0, 0), 500);
  assert.equal(retryDelayMs(0, 1), 1000);
  assert.equal(retryDelayMs(3, 1), 8000);
  assert.equal(retryDelayMs(50, 1), 15000);
  assert.equal(retryDelayMs(50, 0), 500);
});

test("ages follow the server's clock, not the local one", () => {
  const clock = new ServerClock();
  assert.equal(clock.now(5), null);
  clock.hear(1_790_000_000_000, 400);
  assert.equal(clock.now(1400), 1_790_000_001_000);
  assert.equal(clock.silence(1400), 1000);
});

test("a violation of two devices is found at both and named after both", () => {
  const violations = new Violations();
  const both = /** @type {import("./protocol").Violation} */ (
    /** @type {unknown} */ ({
      id: "v", device_id: "uav-1", device_label: "Kite 1", other_device_id: "uav-2",
      other_device_label: null, severity: "critical", handling: "new", opened_at: "", closed_at: null,
    })
  );
  violations.reset("epoch", 1, [both]);
  assert.deepEqual(violations.ofDevice("uav-1"), [both]);
  assert.deepEqual(violations.ofDevice("uav-2"), [both]);
  assert.deepEqual(violations.ofDevice("uav-3"), []);
  assert.equal(deviceName(both), "Kite 1 ↔ uav-2");
  assert.equal(deviceName({ ...both, other_device_id: null }), "Kite 1");
});

test("what was found late is no open violation, and says so in both languages", () => {
  const late = /** @type {import("./protocol").Violation} */ (
    /** @type {unknown} */ ({
      id: "v", code: "KEEP_OUT_BREACH", device_id: "uav-1", late: true, handling: "new",
      severity: "critical", opened_at: "2026-11-27T08:00:00Z", closed_at: "2026-11-27T08:00:03Z",
    })
  );
  const violations = new Violations();
  violations.reset("epoch", 1, []);
  assert.equal(violations.take(2, late), true);
  assert.deepEqual(violations.open(), []);
  const dictionaries = {
    en: { "code.KEEP_OUT_BREACH": "Inside", "rail.found_late": "{what} (found late)" },
    "zh-CN": { "code.KEEP_OUT_BREACH": "闯入", "rail.found_late": "{what}（补报发现）" },
  };
  assert.equal(whatOf(late, new Words("en", dictionaries)), "Inside (found late)");
  assert.equal(whatOf(late, new Words("zh-CN", dictionaries)), "闯入（补报发现）");
  assert.equal(whatOf({ ...late, late: false }, new Words("en", dictionaries)), "Inside");
});

test("what was judged by the law of another time says so in both languages", () => {
  const late = /** @type {import("./protocol").Violation} */ (
    /** @type {unknown} */ ({
      code: "KEEP_OUT_BREACH", measured: null, limit: null, law_of: "2026-11-27T08:00:00.000Z",
    })
  );
  const dictionaries = {
    en: { "evidence.law_of": "by the law of {at}", "evidence.joins": "begins", "rail.limit": "limit" },
    "zh-CN": { "evidence.law_of": "按 {at} 起施行的规定", "evidence.joins": "开端", "rail.limit": "限值" },
  };
  const told = (/** @type {"en" | "zh-CN"} */ language, /** @type {object} */ more = {}) =>
    factsOf({ ...late, ...more }, new Words(language, dictionaries), new ZoneHeights());
  assert.match(told("en").join(), /^by the law of .*16:00/);
  assert.match(told("zh-CN").join(), /^按 .*16:00 起施行的规定$/);
  assert.deepEqual(told("en", { law_of: null }), []);
  assert.deepEqual(told("en", { law_of: null, joins: "v" }), ["begins"]);
  assert.deepEqual(told("zh-CN", { law_of: null, joins: "v" }), ["开端"]);
});

test("of what was received around a violation it is told whether it is sealed, and until when it is kept", () => {
  const dictionaries = {
    en: {
      "evidence.none": "none", "evidence.unsealed": "not yet", "evidence.sealed": "until {at}",
      "evidence.beside": "{said} and {count}",
    },
    "zh-CN": {
      "evidence.none": "无", "evidence.unsealed": "尚未", "evidence.sealed": "至 {at}", "evidence.beside": "{said} 和 {count}",
    },
  };
  const words = new Words("en", dictionaries);
  const clip = (/** @type {string | null} */ until, /** @type {string | null} */ first = null) => ({
    sealed: until !== null, kept_until: until, first_id: first,
  });
  assert.equal(sealingOf([], words), "none");
  assert.equal(sealingOf([clip("2027-11-28T04:00:00Z"), clip(null)], words), "not yet");
  assert.match(sealingOf([clip("2028-01-01T04:00:00Z"), clip("2027-11-28T04:00:00Z")], words), /^until .*28/);
  const beside = [clip("2027-11-28T04:00:00Z"), clip("2027-11-29T04:00:00Z", "v-opening"), clip(null, "v-opening")];
  assert.match(sealingOf(beside, words), /^until .* and 1$/);
});

test("a card says why it began and why it was over, where that is known, in both languages", () => {
  const inside = /** @type {import("./protocol").Violation} */ (
    /** @type {unknown} */ ({ code: "KEEP_OUT_BREACH", measured: null, limit: null })
  );
  const dictionaries = {
    en: {
      "evidence.opening_cause": "began: {why}", "evidence.closing_cause": "over: {why}",
      "cause.zone_changed": "the zone changed", "cause.device_moved": "by the device itself",
    },
    "zh-CN": {
      "evidence.opening_cause": "起因：{why}", "evidence.closing_cause": "结束原因：{why}",
      "cause.zone_changed": "区域变更", "cause.device_moved": "设备自身所致",
    },
  };
  const told = (/** @type {"en" | "zh-CN"} */ language, /** @type {object} */ more) =>
    factsOf({ ...inside, ...more }, new Words(language, dictionaries), new ZoneHeights());
  assert.deepEqual(told("en", { opening_cause: null, closing_cause: null }), []);
  assert.deepEqual(told("en", { opening_cause: "zone_changed", closing_cause: null }), ["began: the zone changed"]);
  const both = { opening_cause: "zone_changed", closing_cause: "device_moved" };
  assert.deepEqual(told("en", both), ["began: the zone changed", "over: by the device itself"]);
  assert.deepEqual(told("zh-CN", both), ["起因：区域变更", "结束原因：设备自身所致"]);
});
