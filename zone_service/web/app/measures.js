// What was measured beside its limit, in the unit that its rule is written in.

/** @typedef {{unit: string, scale: number, digits: number}} Measure */

const KMH = { unit: "km/h", scale: 3.6, digits: 1 };
const METRES = { unit: "m", scale: 1, digits: 0 };
const SECONDS = { unit: "s", scale: 1, digits: 0 };

/** @type {Record<string, Measure>} */
const MEASURES = {
  OVERSPEED: KMH,
  ALTITUDE_OVER_LIMIT: METRES,
  TELEMETRY_SILENCE: SECONDS,
  CLOCK_SKEW: SECONDS,
  IMPOSSIBLE_JUMP: KMH,
  SEPARATION_LOSS: METRES,
};
const PLAIN = { unit: "", scale: 1, digits: 1 };

/**
 * "83.2 km/h (limit 60)", or null when nothing was measured.
 *
 * @param {string} code
 * @param {number | null} measured
 * @param {number | null} limit
 * @param {{language: string, limitWord: string}} words
 */
export function measuredAndLimit(code, measured, limit, { language, limitWord }) {
  if (measured === null) return null;
  const { unit, scale, digits } = MEASURES[code] ?? PLAIN;
  /** @param {number} figure  @param {number} [decimals] */
  const written = (figure, decimals = digits) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: decimals }).format(figure * scale);
  // "120 m (limit 120)" would look like no breach.
  const alike = limit !== null && measured !== limit && written(measured) === written(limit);
  const value = [written(measured, alike ? Math.max(digits, 1) : digits), unit].filter(Boolean).join(" ");
  return limit === null ? value : `${value} (${limitWord} ${written(limit)})`;
}

const KNOTS = { unit: "kn", scale: 3600 / 1852, digits: 1 };
const MPS = { unit: "m/s", scale: 1, digits: 1 };
/** As people on the road, in the air and on the water speak of it. */
const SPEEDS = { road: [KMH], air: [MPS, KMH], water: [KNOTS] };

/**
 * "43 km/h"; of an aircraft "12 m/s (43.2 km/h)"; null where it is not known.
 *
 * @param {import("./fleet.js").Sight} sight
 * @param {string} language
 */
export function speedText({ member, speedMps }, language) {
  if (Number.isNaN(speedMps)) return null;
  const [first, second] = SPEEDS[member.domain].map(({ unit, scale, digits }) => {
    const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits });
    return `${number.format(speedMps * scale)} ${unit}`;
  });
  return second ? `${first} (${second})` : first;
}

/**
 * Metres above the ground; null where it is not known.
 *
 * @param {import("./fleet.js").Sight} sight
 * @param {string} language
 */
export function heightText({ heightM }, language) {
  if (Number.isNaN(heightM)) return null;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(heightM)} m`;
}
