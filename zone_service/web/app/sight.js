// What is said of one object: the same words in its panel and in the table.

import { FLAG_POSITION_UNKNOWN, FLAG_STALE, FLAG_VIOLATING } from "./frames.js";

/** @typedef {"violating" | "unknown" | "stale" | "normal"} Condition */

/**
 * The gravest thing that holds for an object.
 *
 * @param {number} flags
 * @returns {Condition}
 */
export function condition(flags) {
  if (flags & FLAG_VIOLATING) return "violating";
  if (flags & FLAG_POSITION_UNKNOWN) return "unknown";
  return flags & FLAG_STALE ? "stale" : "normal";
}

/** @type {readonly Condition[]} */
const GRAVEST_FIRST = ["violating", "unknown", "stale", "normal"];

/**
 * @param {import("./fleet.js").Sight} a
 * @param {import("./fleet.js").Sight} b
 */
export function byCondition(a, b) {
  const graver =
    GRAVEST_FIRST.indexOf(condition(a.flags)) - GRAVEST_FIRST.indexOf(condition(b.flags));
  if (graver) return graver;
  // Not localeCompare: twenty thousand ids are sorted twice a second.
  return a.member.deviceId < b.member.deviceId ? -1 : 1;
}

/**
 * "121.92800° E, 30.91000° N", or null where no position is known.
 *
 * @param {import("./fleet.js").Sight} sight
 */
export function placeText({ longitudeDeg, latitudeDeg }) {
  if (longitudeDeg === null || latitudeDeg === null) return null;
  const east = `${Math.abs(longitudeDeg).toFixed(5)}° ${longitudeDeg < 0 ? "W" : "E"}`;
  const north = `${Math.abs(latitudeDeg).toFixed(5)}° ${latitudeDeg < 0 ? "S" : "N"}`;
  return `${east}, ${north}`;
}

/** @param {number} headingDeg */
export function headingText(headingDeg) {
  return Number.isNaN(headingDeg) ? null : `${String(Math.round(headingDeg) % 360).padStart(3, "0")}°`;
}
