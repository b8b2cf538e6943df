// The connection to the live feed: a ticket, a socket, and again after every end.

import { Refusal, feedTicket } from "./api.js";
import { LOST_AFTER_MS, retryDelayMs } from "./link.js";

const PROTOCOL = "zone.v1";
const MAX_HZ = 5;
const UNAUTHORISED = 401;

/**
 * @typedef {object} Listener
 * @property {(message: import("./protocol").ServerMessage) => void} message
 * @property {(buffer: ArrayBuffer) => void} frame
 * @property {() => void} signedOut
 * @property {() => {epoch: string, seq: number} | null} resumePoint
 */

export class Feed {
  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {[number, number, number, number] | null} */
    this.bbox = null;
    /** @type {readonly string[] | null} */
    this.kinds = null;
    this.attempt = 0;
    this.ended = false;
    this.timer = 0;
    this.watchdog = 0;
  }

  async start() {
    try {
      const ticket = await feedTicket();
      if (!this.ended) this.#open(ticket);
    } catch (error) {
      if (error instanceof Refusal && error.status === UNAUTHORISED) this.listener.signedOut();
      else this.#again();
    }
  }

  stop() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    this.socket?.close();
  }

  /**
   * @param {[number, number, number, number] | null} bbox  west, south, east, north
   * @param {readonly string[]} kinds
   */
  watch(bbox, kinds) {
    this.bbox = bbox;
    this.kinds = kinds;
    this.subscribe();
  }

  /** Say what to send, and from where on; also asks again for what was missed. */
  subscribe() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const { bbox, kinds } = this;
    const resume = this.listener.resumePoint();
    this.socket.send(JSON.stringify({ op: "sub", bbox, kinds, max_hz: MAX_HZ, resume }));
  }

  /** @param {string} ticket */
  #open(ticket) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const address = `${scheme}//${location.host}/ws/live?ticket=${encodeURIComponent(ticket)}`;
    const socket = new WebSocket(address, PROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.subscribe();
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = () => this.#closed(socket);
    this.socket = socket;
    this.#watch(socket);
  }

  /** @param {string | ArrayBuffer} data */
  #heard(data) {
    if (typeof data !== "string") {
      this.listener.frame(data);
      return;
    }
    const message = JSON.parse(data);
    this.attempt = 0;
    if (message.op === "hb" && this.socket) this.#watch(this.socket);
    this.listener.message(message);
  }

  /**
   * A socket can be dead without a word: one without a heartbeat is given up.
   *
   * @param {WebSocket} socket
   */
  #watch(socket) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.#giveUp(socket), LOST_AFTER_MS);
  }

  /** @param {WebSocket} socket */
  #giveUp(socket) {
    // Closing waits for an answer that a dead peer never gives, so the end is taken here.
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.#closed(socket);
  }

  /** @param {WebSocket} socket */
  #closed(socket) {
    if (this.socket === socket) this.socket = null;
    clearTimeout(this.watchdog);
    this.#again();
  }

  #again() {
    if (this.ended) return;
    clearTimeout(this.timer);
    const delayMs = retryDelayMs(this.attempt++, Math.random());
    this.timer = setTimeout(() => this.start(), delayMs);
  }
}
