// A card: one episode of a breach, what is known of it and what one can do about it.

import { Refusal, evidenceOf, fenceOf, handle, violation as fetchViolation } from "./api.js";
import { h, setAttribute, setText } from "./dom.js";
import { factsOf, onBoardOf, sealingOf } from "./evidence.js";
import { bothClocks, duration, localMoment } from "./times.js";
import { isOpen, isResolved } from "./violations.js";

/** @typedef {import("./protocol").Violation} Violation */

/** The shape of each severity: what tells it apart without colour. */
export const SHAPES = /** @type {Record<string, string>} */ ({
  critical: "▲",
  high: "◆",
  major: "■",
  minor: "●",
  warning: "○",
});

/**
 * Where a card stands.
 *
 * @typedef {object} Place
 * @property {import("./words.js").Words} words
 * @property {import("./evidence.js").ZoneHeights} heights
 * @property {boolean} mayHandle  whether this person may acknowledge and resolve
 * @property {(id: string | null) => void} mark
 * @property {CardListener} listener
 *
 * @typedef {object} CardListener
 * @property {(violation: Violation) => void} chosen
 * @property {(violation: Violation) => void} answered  a later state, from an answer
 */

export class Card {
  /**
   * @param {Violation} violation
   * @param {Place} place
   */
  constructor(violation, place) {
    this.violation = violation;
    this.place = place;
    /** @type {"acknowledge" | "resolve" | null} */
    this.asked = null;
    this.severity = h("span", { class: "severity" });
    this.code = h("span", { class: "code" });
    this.age_ = h("time", { class: "age" });
    this.who = h("span", { class: "who" });
    this.where = h("span", { class: "where" });
    this.facts = h("span", { class: "facts" });
    this.sealing = h("span", { class: "sealing", hidden: true });
    this.onBoard = h("span", { class: "on-board", hidden: true });
    this.isCurrent = false;
    this.keys = h("span", { class: "keys" });
    this.main = h(
      "button",
      { type: "button", class: "card-main", click: () => this.choose() },
      h("span", { class: "row" }, this.severity, this.age_),
      this.code,
      this.who,
      this.where,
      this.facts,
      this.sealing,
      this.onBoard,
      this.keys,
    );
    this.state = h("span", { class: "state" });
    this.acknowledge = this.#button("acknowledge", () => this.acknowledgeAtOnce());
    this.addNote = this.#button("add-note", () => this.ask("acknowledge"));
    this.resolve = this.#button("resolve", () => this.ask("resolve"));
    const buttons = [this.acknowledge, this.addNote, this.resolve];
    this.actions = h("div", { class: "actions" }, this.state, ...buttons);
    this.said = h("p", { class: "said", hidden: true });
    this.note = h("textarea", { rows: 2, maxlength: 2000, name: "note" });
    this.noteLabel = h("span");
    this.unfounded = h("input", { type: "checkbox", name: "unfounded" });
    this.unfoundedLabel = h("span");
    this.unfoundedChoice = h("label", { class: "choice" }, this.unfounded, this.unfoundedLabel);
    this.send = h("button", { type: "submit", class: "primary" });
    this.cancel = h("button", { type: "button", click: () => this.#close() });
    this.form = h(
      "form",
      { class: "note", hidden: true, submit: (event) => this.#submit(event) },
      h("label", {}, this.noteLabel, this.note),
      this.unfoundedChoice,
      h("div", { class: "actions" }, this.cancel, this.send),
    );
    this.problem = h("p", { class: "problem", role: "alert", hidden: true });
    const parts = [this.main, this.said, this.actions, this.form, this.problem];
    this.element = h("li", { class: "card" }, ...parts);
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
  }

  /**
   * @param {string} action
   * @param {() => void} click
   */
  #button(action, click) {
    return h("button", { type: "button", "data-action": action, click });
  }

  /**
   * @param {Violation} violation
   * @param {number | null} nowMs
   * @param {boolean} current
   */
  show(violation, nowMs, current) {
    const { words } = this.place;
    this.violation = violation;
    this.element.dataset.id = violation.id;
    this.element.dataset.severity = violation.severity;
    this.element.dataset.handling = violation.handling;
    const severity = words.t(`severity.${violation.severity}`);
    setText(this.severity, `${SHAPES[violation.severity] ?? SHAPES.critical} ${severity}`);
    setText(this.code, whatOf(violation, words));
    setText(this.who, deviceName(violation));
    this.who.title = [violation.device_id, violation.other_device_id].filter(Boolean).join(" ↔ ");
    const where = zoneOf(violation, words.language);
    setText(this.where, where);
    this.where.hidden = !where;
    const { device_id: device, organisation_id: operator, permit_number: permit } = violation;
    setText(this.keys, [device, operator, permit].filter(Boolean).join(" · "));
    this.#showFacts();
    this.#showState();
    this.#showForm();
    this.age(nowMs);
    this.mark(current);
  }

  #showFacts() {
    const facts = factsOf(this.violation, this.place.words, this.place.heights);
    setText(this.facts, facts.join(" · "));
    this.facts.hidden = facts.length === 0;
  }

  #showState() {
    const { words, mayHandle } = this.place;
    const { handling, handled_by: by, note } = this.violation;
    const goesOn = isOpen(this.violation) && isResolved(this.violation);
    const over = this.violation.unfounded ? "unfounded" : handling;
    const key = goesOn ? "resolved_open" : over;
    const state = words.t(`handling.${key}`);
    setText(this.state, by ? words.t("rail.handled", { state, by }) : state);
    setText(this.said, note ? words.t("rail.said", { note }) : "");
    this.said.hidden = !note;
    setText(this.acknowledge, words.t("action.acknowledge"));
    setText(this.addNote, words.t("action.add_note"));
    setText(this.resolve, words.t("action.resolve"));
    this.acknowledge.hidden = this.addNote.hidden = !mayHandle || handling !== "new";
    this.resolve.hidden = !mayHandle || isResolved(this.violation);
  }

  #showForm() {
    const { words } = this.place;
    const resolving = this.asked === "resolve";
    setText(this.noteLabel, words.t(resolving ? "rail.note_resolve" : "rail.note"));
    setText(this.send, words.t(resolving ? "action.resolve_send" : "action.acknowledge_send"));
    setText(this.cancel, words.t("action.cancel"));
    setText(this.unfoundedLabel, words.t("rail.unfounded"));
    this.unfoundedChoice.hidden = !resolving;
  }

  /** @param {number | null} nowMs */
  age(nowMs) {
    const { words } = this.place;
    const { opened_at: since, closed_at: until } = this.violation;
    const at = until ?? since;
    setText(this.age_, until === null ? this.#since(nowMs) : words.t("rail.ended_at", { at: localMoment(until, words.language) }));
    this.age_.dateTime = at;
    this.age_.title = bothClocks(at, words.language);
  }

  /** @param {number | null} nowMs */
  #since(nowMs) {
    if (nowMs === null) return "–";
    const lengthMs = nowMs - Date.parse(this.violation.opened_at);
    return duration(lengthMs, (unit) => this.place.words.t(`unit.${unit}`));
  }

  /** @param {boolean} current */
  mark(current) {
    setAttribute(this.main, "aria-current", current && "true");
    if (current && !this.isCurrent) {
      this.#askSealing();
      this.#askOnBoard();
    }
    this.isCurrent = current;
  }

  /** Asked of the one that is chosen alone, each time it is: a list of hundreds would ask as many times. */
  async #askSealing() {
    const clips = await evidenceOf(this.violation.id).catch(() => null);
    setText(this.sealing, clips === null ? "" : sealingOf(clips, this.place.words));
    this.sealing.hidden = clips === null;
  }

  /** Asked likewise. */
  async #askOnBoard() {
    const fence = await fenceOf(this.violation.device_id).catch(() => null);
    setText(this.onBoard, fence === null ? "" : onBoardOf(fence, this.place.words));
    this.onBoard.hidden = fence === null;
  }

  choose() {
    this.place.mark(this.violation.id);
    this.place.listener.chosen(this.violation);
  }

  acknowledgeAtOnce() {
    if (this.#may("acknowledge")) this.#do("acknowledge", "");
  }

  /**
   * Ask for a note before it is done.
   *
   * @param {"acknowledge" | "resolve"} action
   */
  ask(action) {
    if (!this.#may(action)) return;
    this.asked = action;
    this.#showForm();
    this.#warn("");
    this.form.hidden = false;
    this.note.focus();
    this.form.scrollIntoView({ block: "nearest" });
  }

  /** @param {"acknowledge" | "resolve"} action */
  #may(action) {
    const { handling } = this.violation;
    const open = action === "acknowledge" ? handling === "new" : handling !== "resolved";
    return this.place.mayHandle && open;
  }

  #close() {
    this.asked = null;
    this.form.hidden = true;
    this.#warn("");
    this.main.focus();
  }

  /** @param {string} problem  empty where there is none */
  #warn(problem) {
    setText(this.problem, problem);
    this.problem.hidden = !problem;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const note = this.note.value.trim();
    if (this.asked === "resolve" && !note) {
      this.#warn(this.place.words.t("rail.note_required"));
      this.note.focus();
      this.problem.scrollIntoView({ block: "nearest" });
    } else if (this.asked) this.#do(this.asked, note);
  }

  /**
   * @param {"acknowledge" | "resolve"} action
   * @param {string} note
   */
  async #do(action, note) {
    const buttons = [this.send, this.acknowledge];
    for (const button of buttons) button.disabled = true;
    try {
      const unfounded = this.unfounded.checked;
      const said = action === "resolve" ? { note, unfounded } : { note };
      const later = await handle(this.violation, action, said);
      this.note.value = "";
      this.#close();
      this.place.listener.answered(later);
    } catch (error) {
      await this.#failed(error instanceof Refusal ? error : new Refusal(0, String(error)));
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  /** @param {Refusal} refusal */
  async #failed(refusal) {
    const { words, listener } = this.place;
    if (!refusal.isConflict) {
      this.#warn(words.t("rail.failed", { detail: refusal.message }));
      return;
    }
    const current = await fetchViolation(this.violation.id).catch(() => this.violation);
    const state = words.t(`handling.${current.handling}`);
    this.#warn(words.t("rail.conflict", { state, by: current.handled_by ?? "–" }));
    listener.answered(current);
  }
}

/**
 * What was broken; what nobody could see while it went on says so.
 *
 * @param {Violation} violation
 * @param {import("./words.js").Words} words
 */
export function whatOf({ code, late }, words) {
  const what = words.t(`code.${code}`);
  return late ? words.t("rail.found_late", { what }) : what;
}

/**
 * What the device is called; of two that came too close, both.
 *
 * @param {Violation} violation
 */
export function deviceName(violation) {
  const { device_label: label, device_id: id, other_device_id: otherId } = violation;
  const name = label || id;
  return otherId ? `${name} ↔ ${violation.other_device_label || otherId}` : name;
}

/**
 * @param {Violation} violation
 * @param {string} language
 */
export function zoneOf({ zone_id: id, zone_name: name, zone_name_zh: zh }, language) {
  return (language === "zh-CN" ? zh || name : name || zh) || id || "";
}
