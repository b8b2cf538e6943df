// The table: the map's twin for those who do not see it, and for reading many at once.

import { fill, h, setText } from "./dom.js";
import { heightText, speedText } from "./measures.js";
import { byCondition, condition, headingText, placeText } from "./sight.js";
import { bothClocks, duration } from "./times.js";

/** More rows than anybody reads; the gravest come first. */
const ROWS = 500;
const COLUMNS = ["state", "device", "kind", "permit", "place", "heading", "height", "speed", "age"];
const MARKS = { violating: "▲", unknown: "?", stale: "○", normal: "●" };

export class Table {
  /**
   * @param {import("./words.js").Words} words
   * @param {(deviceId: string) => void} picked
   */
  constructor(words, picked) {
    this.words = words;
    this.picked = picked;
    this.caption = h("caption");
    this.head = h("tr");
    this.body = h("tbody");
    this.empty = h("p", { class: "empty" });
    this.element = h(
      "div",
      { class: "table", hidden: true, tabindex: 0 },
      h("table", {}, this.caption, h("thead", {}, this.head), this.body),
      this.empty,
    );
  }

  /**
   * @param {Iterable<import("./fleet.js").Sight>} sights
   * @param {readonly string[]} kinds
   * @param {string | null} selected
   * @param {number | null} nowMs
   */
  show(sights, kinds, selected, nowMs) {
    const { words } = this;
    const all = [...sights].filter(({ member }) => kinds.includes(member.domain)).sort(byCondition);
    const shown = all.slice(0, ROWS);
    setText(this.caption, words.t("table.caption", { shown: shown.length, all: all.length }));
    fill(this.head, ...COLUMNS.map((name) => h("th", { scope: "col" }, words.t(`panel.${name}`))));
    fill(this.empty, h("strong", {}, words.t("table.empty")), words.t("table.empty.hint"));
    this.empty.hidden = shown.length > 0;
    while (this.body.rows.length > shown.length) this.body.deleteRow(-1);
    while (this.body.rows.length < shown.length) this.#newRow();
    shown.forEach((sight, index) => {
      this.#fillRow(this.body.rows[index], sight, sight.member.deviceId === selected, nowMs);
    });
  }

  #newRow() {
    const row = this.body.insertRow();
    for (const name of COLUMNS) row.insertCell().dataset.column = name;
    const button = h("button", { type: "button", class: "link" });
    button.addEventListener("click", () => this.picked(row.dataset.device ?? ""));
    row.cells[1].append(button);
  }

  /**
   * Only what differs is written, so that a focused button stays focused.
   *
   * @param {HTMLTableRowElement} row
   * @param {import("./fleet.js").Sight} sight
   * @param {boolean} selected
   * @param {number | null} nowMs
   */
  #fillRow(row, sight, selected, nowMs) {
    const { words } = this;
    const { member, fixMs } = sight;
    const state = condition(sight.flags);
    const [stateCell, device, kind, permit, place, heading, height, speed, age] = row.cells;
    row.dataset.device = member.deviceId;
    row.dataset.state = state;
    row.ariaSelected = String(selected);
    setText(stateCell, `${MARKS[state]} ${words.t(`condition.${state}`)}`);
    setText(/** @type {Element} */ (device.firstElementChild), member.label || member.deviceId);
    device.title = member.deviceId;
    setText(kind, words.t(`domain.${member.domain}`));
    setText(permit, member.permit ?? words.t("panel.no_permit"));
    setText(place, placeText(sight) ?? words.t("value.unknown"));
    setText(heading, headingText(sight.headingDeg) ?? "–");
    const inTheAir = member.domain === "air";
    setText(height, (inTheAir && heightText(sight, words.language)) || "–");
    setText(speed, speedText(sight, words.language) ?? "–");
    const known = fixMs !== null && nowMs !== null;
    setText(age, known ? duration(nowMs - fixMs, (unit) => words.t(`unit.${unit}`)) : "–");
    age.title = fixMs === null ? "" : bothClocks(fixMs, words.language);
  }
}
