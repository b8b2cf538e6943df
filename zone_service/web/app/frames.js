// Binary frames of the live feed: a 24-byte header, then 20 bytes an object, little-endian.

export const HEADER_BYTES = 24;
export const OBJECT_BYTES = 20;
export const PROTOCOL_VERSION = 2;
export const FRAME_FULL = 1;
export const FRAME_DELTA = 2;
export const HEADING_UNKNOWN = 65535;
export const HEIGHT_UNKNOWN = -32768;
export const SPEED_UNKNOWN = 65535;

export const FLAG_DOMAIN = 0b11;
export const FLAG_VIOLATING = 1 << 2;
export const FLAG_STALE = 1 << 3;
export const FLAG_POSITION_UNKNOWN = 1 << 4;

/** @type {readonly import("./protocol").Domain[]} */
export const DOMAINS = ["road", "air", "water"];

/**
 * One frame. The arrays have one entry an object, in the frame's order.
 *
 * @typedef {object} Frame
 * @property {boolean} full  whether it holds every object of the subscription
 * @property {number} seq
 * @property {number} timeMs  server time, Unix milliseconds
 * @property {Uint32Array} slot
 * @property {Float64Array} longitudeDeg
 * @property {Float64Array} latitudeDeg
 * @property {Float64Array} headingDeg  NaN where unknown
 * @property {Uint16Array} flags
 * @property {Float32Array} heightM  above the ground, NaN where unknown
 * @property {Float32Array} speedMps  NaN where unknown
 */

/**
 * Read a frame; null when it is not one that this page understands.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Frame | null}
 */
export function decodeFrame(buffer) {
  if (buffer.byteLength < HEADER_BYTES) return null;
  const view = new DataView(buffer);
  const type = view.getUint8(1);
  const count = view.getUint32(4, true);
  const known = type === FRAME_FULL || type === FRAME_DELTA;
  if (view.getUint8(0) !== PROTOCOL_VERSION || !known) return null;
  if (buffer.byteLength !== HEADER_BYTES + count * OBJECT_BYTES) return null;
  return { full: type === FRAME_FULL, ...header(view), ...objects(view, count) };
}

/** @param {DataView} view */
function header(view) {
  return {
    seq: Number(view.getBigUint64(8, true)),
    timeMs: Number(view.getBigUint64(16, true)),
  };
}

/**
 * @param {DataView} view
 * @param {number} count
 */
function objects(view, count) {
  const slot = new Uint32Array(count);
  const longitudeDeg = new Float64Array(count);
  const latitudeDeg = new Float64Array(count);
  const headingDeg = new Float64Array(count);
  const flags = new Uint16Array(count);
  const heightM = new Float32Array(count);
  const speedMps = new Float32Array(count);
  for (let row = 0, at = HEADER_BYTES; row < count; row++, at += OBJECT_BYTES) {
    slot[row] = view.getUint32(at, true);
    longitudeDeg[row] = view.getInt32(at + 4, true) / 1e7;
    latitudeDeg[row] = view.getInt32(at + 8, true) / 1e7;
    const heading = view.getUint16(at + 12, true);
    headingDeg[row] = heading === HEADING_UNKNOWN ? NaN : heading / 100;
    flags[row] = view.getUint16(at + 14, true);
    const height = view.getInt16(at + 16, true);
    heightM[row] = height === HEIGHT_UNKNOWN ? NaN : height / 4;
    const speed = view.getUint16(at + 18, true);
    speedMps[row] = speed === SPEED_UNKNOWN ? NaN : speed / 100;
  }
  return { slot, longitudeDeg, latitudeDeg, headingDeg, flags, heightM, speedMps };
}
