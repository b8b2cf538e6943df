// The rail of violations: those that go on, the worst and the oldest first, and those that ended.

import { Cards } from "./cards.js";
import { deviceName, whatOf } from "./card.js";
import { fill, h, setAttribute, setText } from "./dom.js";
import { Left } from "./left.js";
import { bothClocks, localTime } from "./times.js";
import { neighbour } from "./violations.js";

/** @typedef {import("./protocol").Violation} Violation */

const ENDED_SHOWN = 20;

export class Rail {
  /**
   * @param {import("./words.js").Words} words
   * @param {boolean} mayHandle  whether this person may acknowledge and resolve
   * @param {import("./card.js").CardListener} listener
   * @param {import("./evidence.js").ZoneHeights} heights
   */
  constructor(words, mayHandle, listener, heights) {
    this.words = words;
    /** @type {Violation[]} */
    this.shown = [];
    /** @type {string | null} */
    this.current = null;
    const mark = (/** @type {string | null} */ id) => this.mark(id);
    const place = { words, heights, mayHandle, listener, mark };
    this.cards = new Cards(place);
    this.left = new Left(place);
    this.title = h("h2");
    this.count = h("span", { class: "count" });
    this.empty = h("p", { class: "empty" });
    this.endedTitle = h("summary");
    this.endedList = h("ol", { class: "ended" });
    this.ended = h("details", { class: "ended-box" }, this.endedTitle, this.endedList);
    this.urgent = h("p", { class: "unseen", "aria-live": "assertive" });
    this.polite = h("p", { class: "unseen", "aria-live": "polite" });
    const body = [this.empty, this.cards.element, this.left.element, this.ended];
    this.element = h(
      "section",
      { class: "rail", "aria-labelledby": "rail-title" },
      h("header", { class: "rail-head" }, this.title, this.count),
      h("div", { class: "rail-body" }, ...body),
      this.urgent,
      this.polite,
    );
    this.title.id = "rail-title";
  }

  /**
   * @param {Violation[]} open
   * @param {Violation[]} ended  while this page looked on
   * @param {number | null} nowMs  server time
   */
  show(open, ended, nowMs) {
    this.shown = open;
    setText(this.title, this.words.t("rail.title"));
    setText(this.count, String(open.length));
    setAttribute(this.count, "data-any", open.length > 0);
    fill(this.empty, h("strong", {}, this.words.t("rail.empty")), this.words.t("rail.empty.hint"));
    this.empty.hidden = open.length > 0;
    this.cards.show(open, nowMs, this.current);
    this.left.show(this.current);
    this.#showEnded(ended.slice(0, ENDED_SHOWN));
  }

  /** @param {Violation[]} ended */
  #showEnded(ended) {
    const { words } = this;
    this.ended.hidden = ended.length === 0;
    setText(this.endedTitle, words.t("rail.ended", { count: ended.length }));
    fill(
      this.endedList,
      ...ended.map((violation) =>
        h(
          "li",
          { title: bothClocks(violation.closed_at ?? "", words.language) },
          `${localTime(violation.closed_at ?? "", words.language)} · `,
          `${words.t(`code.${violation.code}`)} · ${deviceName(violation)} · `,
          words.t(`handling.${violation.handling}`),
        ),
      ),
    );
  }

  /** @param {number | null} nowMs */
  tick(nowMs) {
    this.cards.tick(nowMs);
  }

  /**
   * Say a new one aloud.
   *
   * @param {Violation} violation
   */
  announce(violation) {
    const urgent = violation.severity === "critical" && !violation.late;
    const region = urgent ? this.urgent : this.polite;
    const what = whatOf(violation, this.words);
    setText(region, this.words.t("rail.announce", { what, who: deviceName(violation) }));
  }

  /** @param {1 | -1} step */
  move(step) {
    const next = neighbour(this.shown, this.current, step);
    const card = next === null ? undefined : this.cards.byId.get(next);
    card?.choose();
    card?.main.focus();
  }

  /** @param {string | null} id */
  mark(id) {
    this.current = id;
    this.cards.mark(id);
    this.left.mark(id);
  }

  get #currentCard() {
    if (this.current === null) return undefined;
    return this.cards.byId.get(this.current) ?? this.left.cards.byId.get(this.current);
  }

  acknowledgeCurrent() {
    this.#currentCard?.acknowledgeAtOnce();
  }

  /** @param {"acknowledge" | "resolve"} action */
  askCurrent(action) {
    this.#currentCard?.ask(action);
  }
}
