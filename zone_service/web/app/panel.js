// The panel of the selected object.

import { fill, h, setText } from "./dom.js";
import { factsOf } from "./evidence.js";
import { heightText, speedText } from "./measures.js";
import { SHAPES, zoneOf } from "./card.js";
import { Quality } from "./quality.js";
import { condition, headingText, placeText } from "./sight.js";
import { bothClocks, duration } from "./times.js";

export class Panel {
  /**
   * @param {import("./words.js").Words} words
   * @param {import("./evidence.js").ZoneHeights} heights
   * @param {() => void} closed
   */
  constructor(words, heights, closed) {
    this.words = words;
    this.heights = heights;
    this.name = h("h2");
    this.close = h("button", { type: "button", class: "quiet", click: closed }, "✕");
    this.list = h("dl");
    this.broken = h("ul", { class: "broken", hidden: true });
    this.quality = new Quality(words);
    this.element = h(
      "section",
      { class: "panel", hidden: true, "aria-live": "off" },
      h("header", {}, this.name, this.close),
      this.list,
      this.broken,
      this.quality.element,
    );
  }

  /**
   * @param {string | null} deviceId
   * @param {import("./fleet.js").Sight | null} sight
   * @param {import("./protocol").Violation[]} violations  open ones of this device
   * @param {number | null} nowMs  server time
   * @param {import("./protocol").Prealarm[]} [ahead]  what it is about to break
   */
  show(deviceId, sight, violations, nowMs, ahead = []) {
    this.element.hidden = deviceId === null;
    this.quality.show(deviceId);
    if (deviceId === null) return;
    const { words } = this;
    setText(this.name, sight?.member.label || deviceId);
    this.close.setAttribute("aria-label", words.t("action.close"));
    this.close.title = words.t("action.close");
    fill(
      this.broken,
      ...violations.map((violation) => this.#broken(deviceId, violation, nowMs)),
      ...ahead.map((alarm) => this.#ahead(alarm, nowMs)),
    );
    this.broken.hidden = violations.length + ahead.length === 0;
    this.broken.setAttribute("aria-label", words.t("rail.title"));
    if (!sight) {
      const gone = this.#row("panel.state", words.t("condition.out_of_view"));
      fill(this.list, ...this.#row("panel.device", deviceId), ...gone);
      return;
    }
    const now = violations.length ? "violating" : condition(sight.flags);
    fill(
      this.list,
      ...this.#row("panel.device", sight.member.deviceId),
      ...this.#row("panel.kind", words.t(`domain.${sight.member.domain}`)),
      ...this.#row("panel.permit", sight.member.permit ?? words.t("panel.no_permit")),
      ...this.#row("panel.state", words.t(`condition.${now}`), now),
      ...this.#row("panel.place", placeText(sight) ?? words.t("value.unknown")),
      ...this.#row("panel.heading", headingText(sight.headingDeg) ?? words.t("value.unknown")),
      ...this.#heightRow(sight),
      ...this.#row("panel.speed", speedText(sight, words.language) ?? words.t("value.unknown")),
      ...this.#ageRow(sight.fixMs, nowMs),
    );
  }

  /**
   * One open violation: what, since when, where, by how much.
   *
   * @param {string} deviceId
   * @param {import("./protocol").Violation} violation
   * @param {number | null} nowMs
   */
  #broken(deviceId, violation, nowMs) {
    const { words } = this;
    const { code, severity, opened_at: openedAt } = violation;
    const { language } = words;
    const { device_id: first, other_device_id: second } = violation;
    const facts = [
      second === deviceId ? first : second,
      zoneOf(violation, language),
      ...factsOf(violation, words, this.heights),
    ].filter(Boolean);
    const age = nowMs === null ? "" : this.#length(nowMs - Date.parse(openedAt));
    return h(
      "li",
      { "data-severity": severity },
      h("strong", {}, `${SHAPES[severity] ?? SHAPES.critical} ${words.t(`code.${code}`)}`),
      h("time", { datetime: openedAt, title: bothClocks(openedAt, language) }, age),
      facts.length > 0 && h("span", {}, facts.join(" · ")),
    );
  }

  /**
   * One breach that lies ahead, or has begun and is no violation yet.
   *
   * @param {import("./protocol").Prealarm} alarm
   * @param {number | null} nowMs
   */
  #ahead({ code, state, at, certain, zone_name: name, zone_name_zh: nameZh }, nowMs) {
    const { words } = this;
    const zone = words.language === "en" ? name : (nameZh ?? name);
    const seconds = nowMs === null ? 0 : Math.max(0, Math.ceil((Date.parse(at) - nowMs) / 1000));
    const facts = [zone, !certain && words.t("ahead.uncertain")].filter(Boolean);
    return h(
      "li",
      { "data-severity": "warning", class: "ahead" },
      h("strong", {}, `${SHAPES.warning} ${words.t(`code.${code}`)}`),
      h("time", { datetime: at }, words.t(`ahead.${state}`, { seconds })),
      facts.length > 0 && h("span", {}, facts.join(" · ")),
    );
  }

  /** Of an aircraft: the others stay on the ground. @param {import("./fleet.js").Sight} sight */
  #heightRow(sight) {
    const { words } = this;
    if (sight.member.domain !== "air") return [];
    return this.#row("panel.height", heightText(sight, words.language) ?? words.t("value.unknown"));
  }

  /** @param {number} lengthMs */
  #length(lengthMs) {
    return duration(lengthMs, (unit) => this.words.t(`unit.${unit}`));
  }

  /**
   * @param {number | null} fixMs
   * @param {number | null} nowMs
   */
  #ageRow(fixMs, nowMs) {
    const { words } = this;
    if (fixMs === null || nowMs === null) return this.#row("panel.age", words.t("value.unknown"));
    const [term, value] = this.#row("panel.age", this.#length(nowMs - fixMs));
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
