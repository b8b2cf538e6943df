// The panel of the selected object.

import { fill, h, setText } from "./dom.js";
import { condition, headingText, placeText } from "./sight.js";
import { bothClocks, duration } from "./times.js";

export class Panel {
  /**
   * @param {import("./words.js").Words} words
   * @param {() => void} closed
   */
  constructor(words, closed) {
    this.words = words;
    this.name = h("h2");
    this.close = h("button", { type: "button", class: "quiet", click: closed }, "✕");
    this.list = h("dl");
    this.element = h(
      "section",
      { class: "panel", hidden: true, "aria-live": "off" },
      h("header", {}, this.name, this.close),
      this.list,
    );
  }

  /**
   * @param {string | null} deviceId
   * @param {import("./fleet.js").Sight | null} sight
   * @param {import("./protocol").Violation[]} violations  open ones of this device
   * @param {number | null} nowMs  server time
   */
  show(deviceId, sight, violations, nowMs) {
    this.element.hidden = deviceId === null;
    if (deviceId === null) return;
    const { words } = this;
    setText(this.name, sight?.member.label || deviceId);
    this.close.setAttribute("aria-label", words.t("action.close"));
    this.close.title = words.t("action.close");
    const broken = violations.map(({ code }) => words.t(`code.${code}`)).join(words.t("list.comma"));
    if (!sight) {
      const gone = this.#row("panel.state", words.t("condition.out_of_view"));
      fill(this.list, ...this.#row("panel.device", deviceId), ...gone);
      return;
    }
    const now = broken ? "violating" : condition(sight.flags);
    const state = words.t(`condition.${now}`);
    fill(
      this.list,
      ...this.#row("panel.device", sight.member.deviceId),
      ...this.#row("panel.kind", words.t(`domain.${sight.member.domain}`)),
      ...this.#row("panel.permit", sight.member.permit ?? words.t("panel.no_permit")),
      ...this.#row("panel.state", broken ? `${state}: ${broken}` : state, now),
      ...this.#row("panel.place", placeText(sight) ?? words.t("value.unknown")),
      ...this.#row("panel.heading", headingText(sight.headingDeg) ?? words.t("value.unknown")),
      ...this.#ageRow(sight.fixMs, nowMs),
    );
  }

  /**
   * @param {number | null} fixMs
   * @param {number | null} nowMs
   */
  #ageRow(fixMs, nowMs) {
    const { words } = this;
    if (fixMs === null || nowMs === null) return this.#row("panel.age", words.t("value.unknown"));
    const [term, value] = this.#row(
      "panel.age",
      duration(nowMs - fixMs, (unit) => words.t(`unit.${unit}`)),
    );
    value.title = bothClocks(fixMs, words.language);
    return [term, value];
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {string} [mark]
   */
  #row(key, text, mark) {
    return [h("dt", {}, this.words.t(key)), h("dd", { "data-mark": mark }, text)];
  }
}
