// The map's button that shows all zones again.

import { h } from "./dom.js";

/** A control as MapLibre takes it. */
export class HomeControl {
  /** @param {() => void} home */
  constructor(home) {
    const icon = h("span", { class: "maplibregl-ctrl-icon", "aria-hidden": "true" });
    const button = h("button", { type: "button", class: "maplibregl-ctrl-home", click: home }, icon);
    this.element = h("div", { class: "maplibregl-ctrl maplibregl-ctrl-group" }, button);
  }

  onAdd() {
    return this.element;
  }

  onRemove() {
    this.element.remove();
  }
}
