// How sure we are of the feed: a silent feed must look silent.

export const LATE_AFTER_MS = 3000;
export const LOST_AFTER_MS = 10000;
export const FIRST_RETRY_MS = 500;
export const LAST_RETRY_MS = 15000;

/** @typedef {"connecting" | "live" | "late" | "lost"} Freshness */

/**
 * @param {number | null} sinceMs  since the last heartbeat; null before the first
 * @param {number} waitedMs  since the page began to wait for its first
 * @returns {Freshness}
 */
export function freshness(sinceMs, waitedMs) {
  if (sinceMs === null) return waitedMs >= LOST_AFTER_MS ? "lost" : "connecting";
  if (sinceMs >= LOST_AFTER_MS) return "lost";
  return sinceMs >= LATE_AFTER_MS ? "late" : "live";
}

/**
 * What is said of the feed, everywhere the same: a feed that lives tells also whether the service
 * behind it can be relied on.
 *
 * @param {Freshness} fresh
 * @param {import("./protocol").HeartbeatMessage | null} heartbeat
 * @returns {Freshness | "degraded"}
 */
export function linkState(fresh, heartbeat) {
  return fresh === "live" && heartbeat?.degraded ? "degraded" : fresh;
}

/**
 * How long to wait before a new attempt: doubling, with jitter, so that a restarted service
 * is not met by every screen at once.
 *
 * @param {number} attempt  0 for the first
 * @param {number} chance  in [0, 1)
 */
export function retryDelayMs(attempt, chance) {
  const ceiling = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt + 1));
  return FIRST_RETRY_MS + chance * (ceiling - FIRST_RETRY_MS);
}

/**
 * The server's clock as the heartbeats tell it: ages on the screen never use the local clock.
 */
export class ServerClock {
  constructor() {
    /** @type {{serverMs: number, localMs: number} | null} */
    this.heard = null;
  }

  /**
   * @param {number} serverMs
   * @param {number} localMs  monotonic
   */
  hear(serverMs, localMs) {
    this.heard = { serverMs, localMs };
  }

  /**
   * @param {number} localMs
   * @returns {number | null}
   */
  now(localMs) {
    return this.heard && this.heard.serverMs + (localMs - this.heard.localMs);
  }

  /**
   * Milliseconds since the last word of the server; null before the first.
   *
   * @param {number} localMs
   */
  silence(localMs) {
    return this.heard && localMs - this.heard.localMs;
  }
}
