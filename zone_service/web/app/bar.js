// The bar below: whether the feed lives, how old it is, how much it carries; the language.

import { fill, h, setText } from "./dom.js";
import { linkState } from "./link.js";
import { LANGUAGES } from "./words.js";

const OWN_NAMES = { "zh-CN": "中文", en: "English" };

/**
 * @typedef {object} FeedState
 * @property {import("./link.js").Freshness} freshness
 * @property {number | null} silenceMs
 * @property {import("./protocol").HeartbeatMessage | null} heartbeat
 */

export class Bar {
  /**
   * @param {import("./words.js").Words} words
   * @param {(language: import("./words.js").Language) => void} speak
   */
  constructor(words, speak) {
    this.words = words;
    this.link = h("span", { class: "link-state", role: "status" });
    this.age = h("span");
    this.objects = h("span");
    this.rate = h("span");
    this.zone = h("span", { class: "zone" });
    this.extra = h("span", { class: "extra" });
    this.language = h(
      "select",
      { name: "language", change: () => speak(/** @type {any} */ (this.language.value)) },
      ...LANGUAGES.map((each) => h("option", { value: each, lang: each }, OWN_NAMES[each])),
    );
    this.element = h(
      "footer",
      { class: "bar" },
      this.link,
      this.age,
      this.objects,
      this.rate,
      this.zone,
      this.extra,
      this.language,
    );
    this.speak();
  }

  speak() {
    this.language.value = this.words.language;
    this.language.ariaLabel = this.words.t("bar.language");
  }

  /** @param {FeedState} state */
  show({ freshness, silenceMs, heartbeat }) {
    const { words } = this;
    const number = new Intl.NumberFormat(words.language, { maximumFractionDigits: 0 });
    const state = linkState(freshness, heartbeat);
    this.link.dataset.state = state;
    setText(this.link, words.t(`link.${state}`));
    setText(this.age, this.#ageText(silenceMs, heartbeat));
    setText(this.objects, words.t("bar.objects", { count: heartbeat ? number.format(heartbeat.objects) : "–" }));
    const perSecond = heartbeat?.messages_per_second ?? null;
    setText(this.rate, words.t("bar.rate", { rate: perSecond === null ? "–" : number.format(perSecond) }));
    setText(this.zone, words.t("bar.zone"));
  }

  /**
   * How old what is shown is: what the server says, and the silence since.
   *
   * @param {number | null} silenceMs
   * @param {import("./protocol").HeartbeatMessage | null} heartbeat
   */
  #ageText(silenceMs, heartbeat) {
    const { words } = this;
    if (silenceMs === null || !heartbeat || heartbeat.feed_age_ms === null) {
      return words.t("bar.age", { age: "–" });
    }
    const late = silenceMs > 2000 ? silenceMs : 0;
    const seconds = (heartbeat.feed_age_ms + late) / 1000;
    const number = new Intl.NumberFormat(words.language, { maximumFractionDigits: 1 });
    return words.t("bar.age", { age: `${number.format(seconds)} ${words.t("unit.s")}` });
  }
}

/** The banner that says when what is shown cannot be relied on. */
export class Banner {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    this.text = h("span");
    this.element = h("div", { class: "banner", role: "alert", hidden: true });
    fill(this.element, h("span", { "aria-hidden": "true" }, "⚠"), this.text);
  }

  /** @param {FeedState} state */
  show({ freshness, silenceMs, heartbeat }) {
    const { words } = this;
    const seconds = Math.floor((silenceMs ?? 0) / 1000);
    const state = linkState(freshness, heartbeat);
    this.element.hidden = state === "live" || state === "connecting";
    this.element.dataset.state = state;
    if (state === "degraded") setText(this.text, words.t("banner.degraded"));
    else if (silenceMs === null) setText(this.text, words.t("banner.never"));
    else setText(this.text, words.t(`banner.${state}`, { seconds }));
  }
}
