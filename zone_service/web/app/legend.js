// What the shapes and colours on the map mean.

import { h } from "./dom.js";

const OBJECTS = ["road", "air", "water", "violating", "stale", "unknown", "ahead"];
const ZONES = ["road", "air", "water", "out", "authorise", "airport", "speed"];

/**
 * @param {import("./words.js").Words} words
 * @returns {HTMLElement[]}
 */
export function legend(words) {
  return [
    h("summary", {}, words.t("legend.title")),
    h("h3", {}, words.t("legend.objects")),
    h(
      "ul",
      {},
      ...OBJECTS.map((name) =>
        h("li", {}, h("span", { class: "swatch", "data-domain": name }), words.t(`legend.${name}`)),
      ),
    ),
    h("h3", {}, words.t("legend.zones")),
    h(
      "ul",
      {},
      ...ZONES.map((name) =>
        h("li", {}, h("span", { class: "patch", "data-zone": name }), words.t(`zone.${name}`)),
      ),
    ),
  ];
}
