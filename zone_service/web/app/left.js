// What ended and waits for somebody to be done with it: from the store, so that neither a reload
// nor the next shift loses it.

import { leftViolations } from "./api.js";
import { Cards } from "./cards.js";
import { h, setText } from "./dom.js";

/** @typedef {import("./protocol").Violation} Violation */

const PAGE = 50;
/** What the service gives at once. */
const MOST = 1000;
/** Many episodes may end at once: they are asked for together. */
const SETTLE_MS = 1000;
const AGAIN_MS = 5000;

export class Left {
  /** @param {import("./card.js").Place} place */
  constructor(place) {
    this.place = place;
    /** @type {Violation[]} */
    this.items = [];
    this.count = 0;
    this.wanted = PAGE;
    this.timer = 0;
    this.stopped = false;
    /** @type {string | null} */
    this.current = null;
    this.cards = new Cards(place);
    this.title = h("summary");
    this.more = h("button", { type: "button", class: "more", click: () => this.#showMore() });
    this.element = h("details", { class: "left-box" }, this.title, this.cards.element, this.more);
    this.element.hidden = true;
  }

  /** Ask the store anew, soon. */
  refresh(afterMs = SETTLE_MS) {
    if (this.timer || this.stopped) return;
    this.timer = setTimeout(() => this.#load(), afterMs);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async #load() {
    this.timer = 0;
    try {
      const { items, count } = await leftViolations(this.wanted);
      this.items = items;
      this.count = count;
      this.show(this.current);
    } catch {
      this.refresh(AGAIN_MS);
    }
  }

  #showMore() {
    this.wanted = Math.min(MOST, this.wanted + PAGE);
    this.#load();
  }

  /** @param {string | null} current */
  show(current) {
    const { words } = this.place;
    this.current = current;
    this.element.hidden = this.count === 0;
    setText(this.title, words.t("rail.left", { count: this.count }));
    this.cards.show(this.items, null, current);
    const shown = this.items.length;
    setText(this.more, words.t("rail.left_more", { shown, count: this.count }));
    this.more.hidden = shown >= this.count || shown >= MOST;
  }

  /** @param {string | null} current */
  mark(current) {
    this.current = current;
    this.cards.mark(current);
  }
}
