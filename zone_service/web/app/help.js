// The dialog that lists the keys.

import { fill, h } from "./dom.js";
import { HELP } from "./keys.js";

export class Help {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    this.element = h("dialog", { class: "help" });
  }

  get isOpen() {
    return this.element.open;
  }

  open() {
    this.element.showModal();
  }

  speak() {
    const { words } = this;
    const rows = HELP.map(([key, command]) => [
      h("dt", {}, h("kbd", {}, key)),
      h("dd", {}, words.t(`command.${command}`)),
    ]);
    const close = () => this.element.close();
    fill(
      this.element,
      h("h2", {}, words.t("command.help")),
      h("dl", {}, ...rows.flat()),
      h("button", { type: "button", click: close }, words.t("action.close")),
    );
  }
}
