// Cards in a list: kept and put in order, so that a note half written survives what comes in.

import { Card } from "./card.js";
import { h } from "./dom.js";

/** @typedef {import("./protocol").Violation} Violation */

export class Cards {
  /** @param {import("./card.js").Place} place */
  constructor(place) {
    this.place = place;
    /** @type {Map<string, Card>} */
    this.byId = new Map();
    this.element = h("ol", { class: "cards" });
  }

  /**
   * @param {Violation[]} violations
   * @param {number | null} nowMs
   * @param {string | null} current
   */
  show(violations, nowMs, current) {
    const wanted = new Set(violations.map(({ id }) => id));
    for (const [id, card] of this.byId) {
      if (!wanted.has(id)) {
        card.element.remove();
        this.byId.delete(id);
      }
    }
    violations.forEach((violation, place) => {
      const card = this.byId.get(violation.id) ?? this.#newCard(violation);
      card.show(violation, nowMs, violation.id === current);
      const there = this.element.children[place] ?? null;
      if (there !== card.element) this.element.insertBefore(card.element, there);
    });
  }

  /** @param {Violation} violation */
  #newCard(violation) {
    const card = new Card(violation, this.place);
    this.byId.set(violation.id, card);
    return card;
  }

  /** Ages go on while nothing is said. @param {number | null} nowMs */
  tick(nowMs) {
    for (const card of this.byId.values()) card.age(nowMs);
  }

  /** @param {string | null} current */
  mark(current) {
    for (const [id, card] of this.byId) card.mark(id === current);
  }
}
