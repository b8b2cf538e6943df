// What the feed has said so far: the objects, the open violations, the state of the service.

import { decodeFrame } from "./frames.js";
import { Fleet } from "./fleet.js";
import { ServerClock } from "./link.js";
import { Violations } from "./violations.js";

/**
 * What a message changed.
 *
 * @typedef {"objects" | "violations" | "heartbeat" | "zones" | "missed" | "nothing"} Change
 */

export class Live {
  /** @param {{x: number, y: number}} anchor */
  constructor(anchor) {
    this.fleet = new Fleet(anchor);
    this.violations = new Violations();
    /** What devices are about to break. @type {Map<string, import("./protocol").Prealarm[]>} */
    this.ahead = new Map();
    this.clock = new ServerClock();
    /** @type {import("./protocol").HeartbeatMessage | null} */
    this.heartbeat = null;
    /** The sequence up to which the server said it has told us everything. */
    this.toldTo = 0;
    this.zonesRevision = -1;
  }

  /** Where to take up again after an interruption; null for a fresh start. */
  resumePoint() {
    const { epoch, seq } = this.violations;
    return epoch ? { epoch, seq: Math.max(seq, 0) } : null;
  }

  /**
   * @param {ArrayBuffer} buffer
   * @param {number} nowMs  local monotonic time
   * @returns {Change}
   */
  takeFrame(buffer, nowMs) {
    const frame = decodeFrame(buffer);
    if (!frame) return "nothing";
    this.fleet.apply(frame, nowMs);
    return "objects";
  }

  /**
   * @param {import("./protocol").ServerMessage} message
   * @param {number} nowMs
   * @returns {Change}
   */
  take(message, nowMs) {
    switch (message.op) {
      case "snap":
        return this.#snapshot(message, nowMs);
      case "resumed":
        this.toldTo = message.seq;
        this.ahead.clear();
        return "nothing";
      case "forecast":
        for (const { device_id: deviceId, alarms } of message.devices) {
          if (alarms.length) this.ahead.set(deviceId, alarms);
          else this.ahead.delete(deviceId);
        }
        return "objects";
      case "objects":
        this.fleet.remove(message.del ?? []);
        this.fleet.add(message.add ?? []);
        return "objects";
      case "violation":
        return this.violations.take(message.seq, message.violation) ? "violations" : "nothing";
      case "zones":
        this.zonesRevision = message.revision;
        return "zones";
      case "hb":
        return this.#heard(message, nowMs);
      default:
        return "nothing"; // a later server may say more than this page knows
    }
  }

  /**
   * @param {import("./protocol").SnapMessage} message
   * @param {number} nowMs
   * @returns {Change}
   */
  #snapshot(message, nowMs) {
    this.clock.hear(message.t, nowMs);
    this.ahead.clear();
    this.fleet.reset(message.objects);
    this.violations.reset(message.epoch, message.seq, message.violations);
    this.toldTo = message.seq;
    const newZones = message.zones_revision !== this.zonesRevision;
    this.zonesRevision = message.zones_revision;
    return newZones ? "zones" : "violations";
  }

  /**
   * @param {import("./protocol").HeartbeatMessage} message
   * @param {number} nowMs
   * @returns {Change}
   */
  #heard(message, nowMs) {
    this.clock.hear(message.t, nowMs);
    this.heartbeat = message;
    const missed = message.seq > Math.max(this.violations.seq, this.toldTo);
    return missed ? "missed" : "heartbeat";
  }
}
