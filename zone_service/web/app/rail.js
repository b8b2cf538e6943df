// The rail of open violations: one card an episode, the worst and the oldest first.

import { Refusal, handle, violation as fetchViolation } from "./api.js";
import { fill, h, setAttribute, setText } from "./dom.js";
import { measuredAndLimit } from "./measures.js";
import { bothClocks, duration, localTime } from "./times.js";
import { neighbour } from "./violations.js";

/** @typedef {import("./protocol").Violation} Violation */

/** The shape of each severity: what tells it apart without colour. */
export const SHAPES = /** @type {Record<string, string>} */ ({
  critical: "▲",
  high: "◆",
  major: "■",
  minor: "●",
  warning: "○",
});
const ENDED_SHOWN = 20;

/**
 * @typedef {object} RailListener
 * @property {(violation: Violation) => void} chosen
 * @property {(violation: Violation) => void} answered  a later state, from an answer
 */

export class Rail {
  /**
   * @param {import("./words.js").Words} words
   * @param {boolean} mayHandle  whether this person may acknowledge and resolve
   * @param {RailListener} listener
   */
  constructor(words, mayHandle, listener) {
    this.words = words;
    this.mayHandle = mayHandle;
    this.listener = listener;
    /** @type {Violation[]} */
    this.shown = [];
    /** @type {string | null} */
    this.current = null;
    /** @type {Map<string, Card>} */
    this.cards = new Map();
    this.title = h("h2");
    this.count = h("span", { class: "count" });
    this.list = h("ol", { class: "cards" });
    this.empty = h("p", { class: "empty" });
    this.endedTitle = h("summary");
    this.endedList = h("ol", { class: "ended" });
    this.ended = h("details", { class: "ended-box" }, this.endedTitle, this.endedList);
    this.urgent = h("p", { class: "unseen", "aria-live": "assertive" });
    this.polite = h("p", { class: "unseen", "aria-live": "polite" });
    this.element = h(
      "section",
      { class: "rail", "aria-labelledby": "rail-title" },
      h("header", { class: "rail-head" }, this.title, this.count),
      h("div", { class: "rail-body" }, this.empty, this.list, this.ended),
      this.urgent,
      this.polite,
    );
    this.title.id = "rail-title";
  }

  /**
   * @param {Violation[]} open
   * @param {Violation[]} ended
   * @param {number | null} nowMs  server time
   */
  show(open, ended, nowMs) {
    this.shown = open;
    setText(this.title, this.words.t("rail.title"));
    setText(this.count, String(open.length));
    setAttribute(this.count, "data-any", open.length > 0);
    fill(this.empty, h("strong", {}, this.words.t("rail.empty")), this.words.t("rail.empty.hint"));
    this.empty.hidden = open.length > 0;
    this.#keepCards(open, nowMs);
    this.#showEnded(ended.slice(0, ENDED_SHOWN));
  }

  /**
   * Cards are kept and put in order, so that a note half written survives what comes in.
   *
   * @param {Violation[]} open
   * @param {number | null} nowMs
   */
  #keepCards(open, nowMs) {
    const wanted = new Set(open.map(({ id }) => id));
    for (const [id, card] of this.cards) {
      if (!wanted.has(id)) {
        card.element.remove();
        this.cards.delete(id);
      }
    }
    open.forEach((violation, place) => {
      const card = this.cards.get(violation.id) ?? this.#newCard(violation);
      card.show(violation, nowMs, violation.id === this.current);
      const there = this.list.children[place] ?? null;
      if (there !== card.element) this.list.insertBefore(card.element, there);
    });
  }

  /** @param {Violation} violation */
  #newCard(violation) {
    const card = new Card(violation, this);
    this.cards.set(violation.id, card);
    return card;
  }

  /** @param {Violation[]} ended */
  #showEnded(ended) {
    this.ended.hidden = ended.length === 0;
    setText(this.endedTitle, this.words.t("rail.ended", { count: ended.length }));
    fill(
      this.endedList,
      ...ended.map((violation) =>
        h(
          "li",
          { title: bothClocks(violation.closed_at ?? "", this.words.language) },
          `${localTime(violation.closed_at ?? "", this.words.language)} · `,
          `${this.words.t(`code.${violation.code}`)} · ${deviceName(violation)}`,
        ),
      ),
    );
  }

  /** Ages go on while nothing is said. @param {number | null} nowMs */
  tick(nowMs) {
    for (const card of this.cards.values()) card.age(nowMs);
  }

  /**
   * Say a new one aloud.
   *
   * @param {Violation} violation
   */
  announce(violation) {
    const region = violation.severity === "critical" ? this.urgent : this.polite;
    const what = this.words.t(`code.${violation.code}`);
    setText(region, this.words.t("rail.announce", { what, who: deviceName(violation) }));
  }

  /** @param {1 | -1} step */
  move(step) {
    const next = neighbour(this.shown, this.current, step);
    const card = next === null ? undefined : this.cards.get(next);
    card?.choose();
    card?.main.focus();
  }

  /** @param {string | null} id */
  mark(id) {
    this.current = id;
    for (const [each, card] of this.cards) card.mark(each === id);
  }

  acknowledgeCurrent() {
    const card = this.current === null ? undefined : this.cards.get(this.current);
    card?.ask("acknowledge");
  }
}

class Card {
  /**
   * @param {Violation} violation
   * @param {Rail} rail
   */
  constructor(violation, rail) {
    this.violation = violation;
    this.rail = rail;
    /** @type {"acknowledge" | "resolve" | null} */
    this.asked = null;
    this.severity = h("span", { class: "severity" });
    this.code = h("span", { class: "code" });
    this.age_ = h("time", { class: "age" });
    this.who = h("span", { class: "who" });
    this.where = h("span", { class: "where" });
    this.facts = h("span", { class: "facts" });
    this.keys = h("span", { class: "keys" });
    this.main = h(
      "button",
      { type: "button", class: "card-main", click: () => this.choose() },
      h("span", { class: "row" }, this.severity, this.age_),
      this.code,
      this.who,
      this.where,
      this.facts,
      this.keys,
    );
    this.state = h("span", { class: "state" });
    this.acknowledge = this.#button("acknowledge");
    this.resolve = this.#button("resolve");
    this.actions = h("div", { class: "actions" }, this.state, this.acknowledge, this.resolve);
    this.note = h("textarea", { rows: 2, maxlength: 2000, name: "note" });
    this.noteLabel = h("span");
    this.send = h("button", { type: "submit", class: "primary" });
    this.cancel = h("button", { type: "button", click: () => this.#close() });
    this.form = h(
      "form",
      { class: "note", hidden: true, submit: (event) => this.#submit(event) },
      h("label", {}, this.noteLabel, this.note),
      h("div", { class: "actions" }, this.cancel, this.send),
    );
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    this.element = h("li", { class: "card" }, this.main, this.actions, this.form, this.problem);
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
  }

  /** @param {"acknowledge" | "resolve"} action */
  #button(action) {
    return h("button", { type: "button", "data-action": action, click: () => this.ask(action) });
  }

  /**
   * @param {Violation} violation
   * @param {number | null} nowMs
   * @param {boolean} current
   */
  show(violation, nowMs, current) {
    const { words, mayHandle } = this.rail;
    this.violation = violation;
    this.element.dataset.id = violation.id;
    this.element.dataset.severity = violation.severity;
    this.element.dataset.handling = violation.handling;
    const severity = words.t(`severity.${violation.severity}`);
    setText(this.severity, `${SHAPES[violation.severity] ?? SHAPES.critical} ${severity}`);
    setText(this.code, words.t(`code.${violation.code}`));
    setText(this.who, deviceName(violation));
    this.who.title = violation.device_id;
    const place = zoneOf(violation, words.language);
    setText(this.where, place);
    this.where.hidden = !place;
    const { device_id: device, organisation_id: operator, permit_number: permit } = violation;
    setText(this.keys, [device, operator, permit].filter(Boolean).join(" · "));
    this.#showFacts();
    this.#showState(mayHandle);
    this.age(nowMs);
    this.mark(current);
  }

  #showFacts() {
    const { words } = this.rail;
    const { code, measured, limit } = this.violation;
    const said = measuredAndLimit(code, measured, limit, {
      language: words.language,
      limitWord: words.t("rail.limit"),
    });
    setText(this.facts, said ?? "");
    this.facts.hidden = said === null;
  }

  /** @param {boolean} mayHandle */
  #showState(mayHandle) {
    const { words } = this.rail;
    const { handling, handled_by: by, note } = this.violation;
    const state = words.t(`handling.${handling}`);
    setText(this.state, by ? words.t("rail.handled", { state, by }) : state);
    this.state.title = note ?? "";
    setText(this.acknowledge, words.t("action.acknowledge"));
    setText(this.resolve, words.t("action.resolve"));
    this.acknowledge.hidden = !mayHandle || handling !== "new";
    this.resolve.hidden = !mayHandle;
    setText(this.noteLabel, words.t("rail.note"));
    setText(this.cancel, words.t("action.cancel"));
    if (this.asked) setText(this.send, words.t(`action.${this.asked}`));
  }

  /** @param {number | null} nowMs */
  age(nowMs) {
    const { words } = this.rail;
    const { opened_at: since } = this.violation;
    const ageMs = nowMs === null ? null : nowMs - Date.parse(since);
    setText(this.age_, ageMs === null ? "–" : duration(ageMs, (unit) => words.t(`unit.${unit}`)));
    this.age_.dateTime = since;
    this.age_.title = bothClocks(since, words.language);
  }

  /** @param {boolean} current */
  mark(current) {
    setAttribute(this.main, "aria-current", current && "true");
  }

  choose() {
    this.rail.mark(this.violation.id);
    this.rail.listener.chosen(this.violation);
  }

  /**
   * Ask for a note before it is done.
   *
   * @param {"acknowledge" | "resolve"} action
   */
  ask(action) {
    if (!this.rail.mayHandle) return;
    if (action === "acknowledge" && this.violation.handling !== "new") return;
    this.asked = action;
    setText(this.send, this.rail.words.t(`action.${action}`));
    this.problem.hidden = true;
    this.form.hidden = false;
    this.note.focus();
  }

  #close() {
    this.asked = null;
    this.form.hidden = true;
    this.main.focus();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    if (!this.asked) return;
    this.send.disabled = true;
    try {
      const later = await handle(this.violation, this.asked, this.note.value.trim());
      this.note.value = "";
      this.#close();
      this.rail.listener.answered(later);
    } catch (error) {
      await this.#failed(error instanceof Refusal ? error : new Refusal(0, String(error)));
    } finally {
      this.send.disabled = false;
    }
  }

  /** @param {Refusal} refusal */
  async #failed(refusal) {
    const { words, listener } = this.rail;
    this.problem.hidden = false;
    if (!refusal.isConflict) {
      setText(this.problem, words.t("rail.failed", { detail: refusal.message }));
      return;
    }
    const current = await fetchViolation(this.violation.id).catch(() => this.violation);
    const state = words.t(`handling.${current.handling}`);
    setText(this.problem, words.t("rail.conflict", { state, by: current.handled_by ?? "–" }));
    listener.answered(current);
  }
}

/** @param {Violation} violation */
export function deviceName({ device_label: label, device_id: id }) {
  return label || id;
}

/**
 * @param {Violation} violation
 * @param {string} language
 */
export function zoneOf({ zone_id: id, zone_name: name, zone_name_zh: zh }, language) {
  return (language === "zh-CN" ? zh || name : name || zh) || id || "";
}
