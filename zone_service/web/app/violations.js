// The open violations: one entry an episode, the worst and the oldest first.

/** @typedef {import("./protocol").Violation} Violation */

/** From worst to least; a severity that is not here counts as the worst, so that it is seen. */
export const SEVERITIES = ["critical", "high", "major", "minor", "warning"];

/**
 * Whether it goes on. What people did about it changes nothing: a breach that was resolved and
 * still goes on must stay in sight until it ends.
 *
 * @param {Violation} violation
 */
export function isOpen(violation) {
  return violation.closed_at === null;
}

/** @param {Violation} violation */
export function isResolved(violation) {
  return violation.handling === "resolved";
}

/** @param {string} severity */
export function rank(severity) {
  return SEVERITIES.indexOf(severity);
}

/**
 * What somebody is done with comes after what waits.
 *
 * @param {Violation} a
 * @param {Violation} b
 */
export function byUrgency(a, b) {
  return (
    Number(isResolved(a)) - Number(isResolved(b)) ||
    rank(a.severity) - rank(b.severity) ||
    a.opened_at.localeCompare(b.opened_at) ||
    a.id.localeCompare(b.id)
  );
}

export class Violations {
  constructor() {
    /** @type {Map<string, Violation>} */
    this.byId = new Map();
    /** The feed's sequence up to which this is complete. */
    this.seq = 0;
    this.epoch = "";
  }

  /**
   * @param {string} epoch
   * @param {number} seq
   * @param {Iterable<Violation>} violations  every open one
   */
  reset(epoch, seq, violations) {
    this.epoch = epoch;
    this.seq = seq;
    this.byId = new Map([...violations].map((violation) => [violation.id, violation]));
  }

  /**
   * Take one event of the feed. Returns whether it was news: a repeated one is not.
   *
   * @param {number} seq
   * @param {Violation} violation
   */
  take(seq, violation) {
    if (seq <= this.seq) return false;
    this.seq = seq;
    return this.put(violation);
  }

  /**
   * Take a state of a violation, from the feed or from an answer: the later revision stays.
   * What ended before this page looked on is not among those that ended just now.
   *
   * @param {Violation} violation
   */
  put(violation) {
    const known = this.byId.get(violation.id);
    if (known && known.revision > violation.revision) return false;
    if (!known && !isOpen(violation)) return true;
    this.byId.set(violation.id, violation);
    return true;
  }

  /** @returns {Violation[]} */
  open() {
    return [...this.byId.values()].filter(isOpen).sort(byUrgency);
  }

  /** @returns {Violation[]} those that ended while this page looked on, the latest first */
  ended() {
    return [...this.byId.values()]
      .filter((violation) => !isOpen(violation))
      .sort((a, b) => (b.closed_at ?? "").localeCompare(a.closed_at ?? ""));
  }

  /** @param {string} deviceId */
  ofDevice(deviceId) {
    return this.open().filter((violation) =>
      [violation.device_id, violation.other_device_id].includes(deviceId),
    );
  }
}

/**
 * The id of the entry next to another in a list; the first or last where there is none.
 *
 * @param {readonly Violation[]} list
 * @param {string | null} id
 * @param {1 | -1} step
 * @returns {string | null}
 */
export function neighbour(list, id, step) {
  if (list.length === 0) return null;
  const at = list.findIndex((violation) => violation.id === id);
  const next = at < 0 ? (step > 0 ? 0 : list.length - 1) : at + step;
  return list[Math.max(0, Math.min(list.length - 1, next))]?.id ?? null;
}
