// How good the data of the selected object was, day by day: the latest days on which it was heard.

import { qualityOf } from "./api.js";
import { fill, h, setText } from "./dom.js";

/** @typedef {import("./protocol").QualityDay} QualityDay */

const DAYS = 7;

export class Quality {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    /** @type {string | null} */
    this.deviceId = null;
    /** @type {QualityDay[] | null}  null before it is known */
    this.days = null;
    this.filledIn = "";
    this.title = h("p", { class: "title" });
    this.none = h("p", { class: "none" });
    this.heads = h("tr");
    this.rows = h("tbody");
    this.table = h("table", {}, h("thead", {}, this.heads), this.rows);
    this.element = h("section", { class: "quality", hidden: true }, this.title, this.none, this.table);
  }

  /**
   * Asked once an object is selected, not as often as it moves.
   *
   * @param {string | null} deviceId
   */
  show(deviceId) {
    if (deviceId !== this.deviceId) {
      this.deviceId = deviceId;
      this.days = null;
      this.element.hidden = true;
      if (deviceId !== null) this.#ask(deviceId);
    } else if (this.days !== null && this.filledIn !== this.words.language) this.#fill(this.days);
  }

  /** @param {string} deviceId */
  async #ask(deviceId) {
    const days = await qualityOf(deviceId).catch(() => null);
    if (deviceId !== this.deviceId || days === null) return;
    this.days = days.slice(-DAYS).reverse();
    this.#fill(this.days);
  }

  /** @param {QualityDay[]} days */
  #fill(days) {
    const { words } = this;
    this.filledIn = words.language;
    this.element.hidden = false;
    setText(this.title, words.t("quality.title"));
    this.element.ariaLabel = words.t("quality.title");
    setText(this.none, words.t("quality.none"));
    this.none.hidden = days.length > 0;
    this.table.hidden = days.length === 0;
    const heads = [words.t("quality.day"), words.t("quality.score"), words.t("quality.missing")];
    fill(this.heads, ...heads.map((head) => h("th", { scope: "col" }, head)));
    fill(this.rows, ...days.map((day) => this.#row(day)));
  }

  /** @param {QualityDay} day */
  #row({ day, score, reports, missing, items }) {
    const { words } = this;
    const lacking = items.filter(({ item }) => missing.includes(item));
    const names = lacking.map(({ name, name_zh: zh }) => (words.language === "zh-CN" ? zh : name));
    const comma = words.language === "zh-CN" ? "、" : ", ";
    // A day of which nothing was counted lacks nothing that is known.
    const none = words.t(items.length > 0 ? "quality.nothing" : "value.unknown");
    return h(
      "tr",
      { title: words.t("quality.reports", { count: reports }) },
      h("th", { scope: "row" }, day),
      h("td", {}, score === null ? words.t("value.unknown") : score.toFixed(1)),
      h("td", {}, names.length > 0 ? names.join(comma) : none),
    );
  }
}
