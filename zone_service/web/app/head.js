// The head of the live page: its name, which kinds are shown, map or table, who is signed in.

import { KINDS } from "./address.js";
import { fill, h, setAttribute } from "./dom.js";

/**
 * @typedef {object} HeadListener
 * @property {(kind: import("./protocol").Domain) => void} kindToggled
 * @property {(table: boolean) => void} viewChosen
 * @property {() => void} helpAsked
 * @property {() => void} signedOut
 */

export class Head {
  /**
   * @param {import("./words.js").Words} words
   * @param {import("./protocol").Principal} principal
   * @param {HeadListener} listener
   */
  constructor(words, principal, listener) {
    this.words = words;
    this.principal = principal;
    this.listener = listener;
    this.element = h("header", { class: "head" });
  }

  /** @param {import("./address.js").View} view */
  show(view) {
    const { words, listener, principal } = this;
    const focused = document.activeElement?.getAttribute("data-key");
    fill(
      this.element,
      h("img", { src: "/assets/css/icon.svg", alt: "", width: 26, height: 26 }),
      h("h1", {}, words.t("page.title")),
      h(
        "div",
        { class: "group", role: "group", "aria-label": words.t("head.kinds") },
        ...KINDS.map((kind) => this.#kind(kind, view.kinds.includes(kind))),
      ),
      h(
        "div",
        { class: "group", role: "group", "aria-label": words.t("head.view") },
        this.#view("map", !view.table),
        this.#view("table", view.table),
      ),
      h("span", { class: "space" }),
      h(
        "button",
        { type: "button", class: "quiet", click: listener.helpAsked, title: words.t("command.help") },
        "?",
      ),
      h("span", { class: "person" }, `${principal.username} · ${words.t(`role.${principal.role}`)}`),
      h("button", { type: "button", class: "quiet", click: listener.signedOut }, words.t("head.leave")),
    );
    // The buttons are new: whoever was on one stays on it.
    if (focused) this.#button(focused)?.focus();
  }

  /** @param {string} key  @returns {HTMLElement | null} */
  #button(key) {
    return this.element.querySelector(`[data-key="${key}"]`);
  }

  /**
   * @param {import("./protocol").Domain} kind
   * @param {boolean} on
   */
  #kind(kind, on) {
    const button = h(
      "button",
      { type: "button", "data-key": kind, click: () => this.listener.kindToggled(kind) },
      h("span", { class: "swatch", "data-domain": kind, "aria-hidden": "true" }),
      this.words.t(`domain.${kind}`),
    );
    setAttribute(button, "aria-pressed", String(on));
    return button;
  }

  /**
   * @param {"map" | "table"} name
   * @param {boolean} on
   */
  #view(name, on) {
    const chosen = () => this.listener.viewChosen(name === "table");
    const words = this.words.t(`head.${name}`);
    const button = h("button", { type: "button", "data-key": name, click: chosen }, words);
    setAttribute(button, "aria-pressed", String(on));
    return button;
  }
}
