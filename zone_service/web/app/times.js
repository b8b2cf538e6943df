// Times and lengths of time as people read them: Asia/Shanghai first, UTC beside it.

const SHANGHAI = "Asia/Shanghai";

/**
 * Days, hours, minutes and seconds in at most two units: "1 h 4 min", "12 s".
 *
 * @param {number} lengthMs
 * @param {(unit: string) => string} unitName
 */
export function duration(lengthMs, unitName) {
  const seconds = Math.max(0, Math.floor(lengthMs / 1000));
  const parts = /** @type {const} */ ([
    [Math.floor(seconds / 86400), "d"],
    [Math.floor((seconds % 86400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ]);
  const first = parts.findIndex(([amount]) => amount > 0);
  const kept = first < 0 ? parts.slice(3) : parts.slice(first, first + 2);
  return kept
    .filter(([amount], index) => amount > 0 || index === 0)
    .map(([amount, unit]) => `${amount} ${unitName(unit)}`)
    .join(" ");
}

/**
 * @param {string | number} at  RFC 3339 or Unix milliseconds
 * @param {string} language
 */
export function localTime(at, language) {
  return new Intl.DateTimeFormat(language, {
    timeZone: SHANGHAI,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(new Date(at));
}

/**
 * With its day, for what may be of another one.
 *
 * @param {string | number} at  RFC 3339 or Unix milliseconds
 * @param {string} language
 */
export function localMoment(at, language) {
  return new Intl.DateTimeFormat(language, {
    timeZone: SHANGHAI,
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date(at));
}

/**
 * Both clocks in full, for a tooltip.
 *
 * @param {string | number} at
 * @param {string} language
 */
export function bothClocks(at, language) {
  const local = new Intl.DateTimeFormat(language, {
    timeZone: SHANGHAI,
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
  }).format(new Date(at));
  return `${local} (${SHANGHAI}, UTC+8) · ${new Date(at).toISOString()}`;
}
