// The moving objects: who is in which slot, where each was last seen, and where it is drawn.
//
// An object is drawn between its last two fixes and never beyond the last: it sets out from
// where it is drawn now and reaches the fix after one period, so what is seen is at most one
// period old and never a guess.

import { FLAG_POSITION_UNKNOWN, FLAG_STALE, FLAG_VIOLATING } from "./frames.js";
import { mercatorX, mercatorY } from "./mercator.js";

/** Floats an object takes in the buffer: from x y, to x y, start, period, heading, flags. */
export const FLOATS = 8;
const MAX_PERIOD_MS = 1000;
/** A fix further than this from the last one is a jump: shown at once, never slid to. */
const JUMP = 2000 / 4e7;
/** Start times are float32 milliseconds: counted anew before they lose the millisecond. */
const RECOUNT_AFTER_MS = 3600e3;

/**
 * @typedef {object} Member
 * @property {number} slot
 * @property {string} deviceId
 * @property {string} label
 * @property {import("./protocol").Domain} domain
 * @property {string | null} permit
 */

/**
 * An object with its last fix. Positions are null until the first one came.
 *
 * @typedef {object} Sight
 * @property {Member} member
 * @property {number | null} longitudeDeg
 * @property {number | null} latitudeDeg
 * @property {number} headingDeg  NaN where unknown
 * @property {number} flags
 * @property {number} heightM  above the ground; NaN where unknown
 * @property {number} speedMps  NaN where unknown
 * @property {number | null} fixMs  server time of the fix; null where it is not known
 */

export class Fleet {
  /** @param {{x: number, y: number}} anchor  near the objects: float32 offsets count from it */
  constructor(anchor) {
    this.anchor = anchor;
    /** @type {Map<number, Member>} */
    this.members = new Map();
    /** @type {Map<string, number>} */
    this.slots = new Map();
    /** @type {Map<number, number>} */
    this.rows = new Map();
    /** @type {number[]} slot in each row of the buffer */
    this.slotOf = [];
    this.buffer = new Float32Array(256 * FLOATS);
    this.longitudeDeg = new Float64Array(256);
    this.latitudeDeg = new Float64Array(256);
    this.fixMs = new Float64Array(256);
    this.heightM = new Float64Array(256);
    this.speedMps = new Float64Array(256);
    /** Local time that the buffer's start times count from. */
    this.epochMs = -RECOUNT_AFTER_MS;
    /** Local time at which the last object under way reaches its fix. */
    this.settledMs = 0;
    /** Grows with every change: who draws compares it. */
    this.version = 0;
  }

  get count() {
    return this.slotOf.length;
  }

  /** @param {Iterable<import("./protocol").ObjectRow>} rows  the objects that there are, all of them */
  reset(rows) {
    this.members.clear();
    this.slots.clear();
    this.rows.clear();
    this.slotOf.length = 0;
    this.add(rows);
  }

  /** @param {Iterable<import("./protocol").ObjectRow>} rows */
  add(rows) {
    for (const [slot, deviceId, label, domain, permit] of rows) {
      const before = this.members.get(slot);
      if (before && before.deviceId !== deviceId) this.remove([slot]);
      this.members.set(slot, { slot, deviceId, label, domain, permit });
      this.slots.set(deviceId, slot);
    }
    this.version++;
  }

  /** @param {Iterable<number>} slots */
  remove(slots) {
    for (const slot of slots) {
      const member = this.members.get(slot);
      if (!member) continue;
      this.members.delete(slot);
      if (this.slots.get(member.deviceId) === slot) this.slots.delete(member.deviceId);
      this.#dropRow(slot);
    }
    this.version++;
  }

  /**
   * Take a frame's fixes; a slot that nobody announced is passed over.
   *
   * @param {import("./frames.js").Frame} frame
   * @param {number} nowMs  local monotonic time
   */
  apply(frame, nowMs) {
    this.#recount(nowMs);
    for (let row = 0; row < frame.slot.length; row++) {
      const slot = frame.slot[row];
      if (this.members.has(slot)) this.#fix(slot, frame, row, nowMs);
    }
    this.version++;
  }

  /** @param {number} nowMs */
  #recount(nowMs) {
    if (nowMs - this.epochMs < RECOUNT_AFTER_MS) return;
    for (let row = 0; row < this.count; row++) {
      this.buffer[row * FLOATS + 4] += this.epochMs - nowMs;
    }
    this.epochMs = nowMs;
  }

  /**
   * @param {number} slot
   * @param {import("./frames.js").Frame} frame
   * @param {number} from
   * @param {number} nowMs
   */
  #fix(slot, frame, from, nowMs) {
    const flags = frame.flags[from];
    const longitude = frame.longitudeDeg[from];
    const latitude = frame.latitudeDeg[from];
    const nowhere = longitude === 0 && latitude === 0;
    const known = this.rows.get(slot);
    if (known === undefined && nowhere) return;
    const row = known ?? this.#newRow(slot);
    const at = row * FLOATS;
    this.buffer[at + 6] = frame.headingDeg[from];
    this.buffer[at + 7] = flags;
    this.heightM[row] = frame.heightM[from];
    this.speedMps[row] = frame.speedMps[from];
    // Without a position an object stays, marked, where it was last seen.
    if (known !== undefined && (nowhere || flags & FLAG_POSITION_UNKNOWN)) return;
    this.#date(row, frame, flags, known === undefined || this.#differs(row, longitude, latitude));
    this.#move(row, longitude, latitude, nowMs, known === undefined);
  }

  /**
   * @param {number} row
   * @param {number} longitudeDeg
   * @param {number} latitudeDeg
   */
  #differs(row, longitudeDeg, latitudeDeg) {
    return this.longitudeDeg[row] !== longitudeDeg || this.latitudeDeg[row] !== latitudeDeg;
  }

  /**
   * When the fix came. Only a delta tells: a full frame repeats what may be old, and the word
   * that an object went silent is no fix either.
   *
   * @param {number} row
   * @param {import("./frames.js").Frame} frame
   * @param {number} flags
   * @param {boolean} differs  from what is held
   */
  #date(row, frame, flags, differs) {
    const isNews = !frame.full && !(flags & FLAG_STALE);
    if (isNews) this.fixMs[row] = frame.timeMs;
    else if (differs) this.fixMs[row] = NaN;
  }

  /**
   * @param {number} row
   * @param {number} longitudeDeg
   * @param {number} latitudeDeg
   * @param {number} nowMs
   * @param {boolean} first
   */
  #move(row, longitudeDeg, latitudeDeg, nowMs, first) {
    const { buffer } = this;
    const at = row * FLOATS;
    const toX = mercatorX(longitudeDeg) - this.anchor.x;
    const toY = mercatorY(latitudeDeg) - this.anchor.y;
    const [fromX, fromY] = first ? [toX, toY] : this.#drawn(row, nowMs);
    const jumped = Math.hypot(toX - fromX, toY - fromY) > JUMP;
    const sinceMs = nowMs - this.epochMs - buffer[at + 4];
    buffer[at] = jumped ? toX : fromX;
    buffer[at + 1] = jumped ? toY : fromY;
    buffer[at + 2] = toX;
    buffer[at + 3] = toY;
    buffer[at + 4] = nowMs - this.epochMs;
    buffer[at + 5] = first ? 1 : Math.max(1, Math.min(MAX_PERIOD_MS, sinceMs));
    if (fromX !== toX || fromY !== toY) {
      this.settledMs = Math.max(this.settledMs, nowMs + buffer[at + 5]);
    }
    this.longitudeDeg[row] = longitudeDeg;
    this.latitudeDeg[row] = latitudeDeg;
  }

  /**
   * Where a row is drawn at a time, as an offset from the anchor.
   *
   * @param {number} row
   * @param {number} nowMs
   * @returns {[number, number]}
   */
  #drawn(row, nowMs) {
    const at = row * FLOATS;
    const { buffer } = this;
    const goneMs = nowMs - this.epochMs - buffer[at + 4];
    const part = Math.max(0, Math.min(1, goneMs / buffer[at + 5]));
    return [
      buffer[at] + (buffer[at + 2] - buffer[at]) * part,
      buffer[at + 1] + (buffer[at + 3] - buffer[at + 1]) * part,
    ];
  }

  /**
   * Where a device is drawn, in the map's unit square; null while it has no position.
   *
   * @param {string} deviceId
   * @param {number} nowMs
   * @returns {{x: number, y: number} | null}
   */
  place(deviceId, nowMs) {
    const row = this.#rowOfDevice(deviceId);
    if (row === undefined) return null;
    const [x, y] = this.#drawn(row, nowMs);
    return { x: x + this.anchor.x, y: y + this.anchor.y };
  }

  /**
   * The object nearest to a point, or null when none lies within the reach.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} reach  in the unit square
   * @param {number} nowMs
   * @param {(member: Member) => boolean} shown
   * @returns {Member | null}
   */
  nearest(x, y, reach, nowMs, shown) {
    let best = null;
    let bestDistance = reach;
    for (const [slot, row] of this.rows) {
      const member = this.members.get(slot);
      const [atX, atY] = this.#drawn(row, nowMs);
      const distance = Math.hypot(atX + this.anchor.x - x, atY + this.anchor.y - y);
      if (member && distance <= bestDistance && shown(member)) {
        best = member;
        bestDistance = distance;
      }
    }
    return best;
  }

  /**
   * @param {string} deviceId
   * @returns {Sight | null}
   */
  sight(deviceId) {
    const slot = this.slots.get(deviceId);
    const member = slot === undefined ? undefined : this.members.get(slot);
    return member ? this.#sightOf(member) : null;
  }

  /** @returns {Iterable<Sight>} every object, in no order */
  *sights() {
    for (const member of this.members.values()) yield this.#sightOf(member);
  }

  /**
   * @param {Member} member
   * @returns {Sight}
   */
  #sightOf(member) {
    const row = this.rows.get(member.slot);
    if (row === undefined) {
      return {
        member,
        longitudeDeg: null,
        latitudeDeg: null,
        headingDeg: NaN,
        flags: FLAG_POSITION_UNKNOWN,
        heightM: NaN,
        speedMps: NaN,
        fixMs: null,
      };
    }
    return {
      member,
      longitudeDeg: this.longitudeDeg[row],
      latitudeDeg: this.latitudeDeg[row],
      headingDeg: this.buffer[row * FLOATS + 6],
      flags: this.buffer[row * FLOATS + 7],
      heightM: this.heightM[row],
      speedMps: this.speedMps[row],
      fixMs: Number.isNaN(this.fixMs[row]) ? null : this.fixMs[row],
    };
  }

  /** @returns {Member[]} those that break a rule now */
  violating() {
    const found = [];
    for (const [slot, row] of this.rows) {
      const member = this.members.get(slot);
      if (member && this.buffer[row * FLOATS + 7] & FLAG_VIOLATING) found.push(member);
    }
    return found;
  }

  /**
   * Whether any object is still under way to its last fix.
   *
   * @param {number} nowMs
   */
  moving(nowMs) {
    return nowMs <= this.settledMs;
  }

  /**
   * The row of a device in the buffer; -1 where it has none.
   *
   * @param {string | null} deviceId
   */
  rowOf(deviceId) {
    return (deviceId === null ? undefined : this.#rowOfDevice(deviceId)) ?? -1;
  }

  /** @param {string} deviceId */
  #rowOfDevice(deviceId) {
    const slot = this.slots.get(deviceId);
    return slot === undefined ? undefined : this.rows.get(slot);
  }

  /** @param {number} slot */
  #newRow(slot) {
    const row = this.slotOf.length;
    if ((row + 1) * FLOATS > this.buffer.length) this.#grow();
    this.slotOf.push(slot);
    this.rows.set(slot, row);
    this.buffer.fill(0, row * FLOATS, (row + 1) * FLOATS);
    return row;
  }

  #grow() {
    const { buffer, longitudeDeg, latitudeDeg, fixMs, heightM, speedMps } = this;
    this.buffer = new Float32Array(buffer.length * 2);
    this.buffer.set(buffer);
    this.longitudeDeg = doubled(longitudeDeg);
    this.latitudeDeg = doubled(latitudeDeg);
    this.fixMs = doubled(fixMs);
    this.heightM = doubled(heightM);
    this.speedMps = doubled(speedMps);
  }

  /** @param {number} slot  its row goes; the last row takes its place */
  #dropRow(slot) {
    const row = this.rows.get(slot);
    if (row === undefined) return;
    const last = this.slotOf.length - 1;
    const moved = this.slotOf[last];
    this.buffer.copyWithin(row * FLOATS, last * FLOATS, (last + 1) * FLOATS);
    for (const column of [this.longitudeDeg, this.latitudeDeg, this.fixMs, this.heightM, this.speedMps]) {
      column[row] = column[last];
    }
    this.slotOf[row] = moved;
    this.rows.set(moved, row);
    this.rows.delete(slot);
    this.slotOf.pop();
  }
}

/** @param {Float64Array} column */
function doubled(column) {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}

