// Names beside a few objects: none over another, none off the edge, and a count where several
// objects lie under one mark.

import { h, setText } from "./dom.js";
import { toScreen } from "./mercator.js";

const LABELS = 24;
/** From an object to its name. */
const BESIDE_PX = 24;
const LINE_PX = 20;
/** Nearer than this, marks lie on each other and look like one. */
const MARK_PX = 20;

/**
 * @typedef {import("./fleet.js").Member} Member
 *
 * @typedef {object} Spot  a name and what it stands for
 * @property {Member} member
 * @property {[number, number]} at  of the object, on the screen
 * @property {number} more  objects that lie under the same mark
 */

export class Names {
  constructor() {
    this.element = h("div", { class: "names", "aria-hidden": "true" });
  }

  /**
   * @param {readonly Member[]} members  those that come first are named first
   * @param {import("./fleet.js").Fleet} fleet
   * @param {import("./mercator.js").Camera} camera
   * @param {number} nowMs
   */
  draw(members, fleet, camera, nowMs) {
    const spots = gathered(members, fleet, camera, nowMs).slice(0, LABELS);
    while (this.element.childElementCount < spots.length) this.element.append(h("span"));
    /** @type {[number, number, number, number][]} */
    const taken = [];
    for (const [index, label] of [...this.element.children].entries()) {
      const spot = spots[index];
      place(/** @type {HTMLElement} */ (label), spot, camera, taken);
    }
  }
}

/**
 * @param {readonly Member[]} members
 * @param {import("./fleet.js").Fleet} fleet
 * @param {import("./mercator.js").Camera} camera
 * @param {number} nowMs
 */
function gathered(members, fleet, camera, nowMs) {
  /** @type {Spot[]} */
  const spots = [];
  for (const member of members) {
    const found = fleet.place(member.deviceId, nowMs);
    if (!found) continue;
    const at = toScreen(camera, found.x, found.y);
    if (at[0] < 0 || at[1] < 0 || at[0] > camera.widthPx || at[1] > camera.heightPx) continue;
    const same = spots.find((spot) => Math.hypot(spot.at[0] - at[0], spot.at[1] - at[1]) < MARK_PX);
    if (same) same.more++;
    else spots.push({ member, at, more: 0 });
  }
  return spots;
}

/**
 * Write a name to the right of its object, or to the left where it would leave the map; not at
 * all where it would lie on one that came first.
 *
 * @param {HTMLElement} label
 * @param {Spot | undefined} spot
 * @param {import("./mercator.js").Camera} camera
 * @param {[number, number, number, number][]} taken  left, top, right, bottom
 */
function place(label, spot, camera, taken) {
  label.hidden = !spot;
  if (!spot) return;
  const { member, at, more } = spot;
  setText(label, `${member.label || member.deviceId}${more ? ` +${more}` : ""}`);
  const [wide, high] = size(label);
  const right = at[0] + BESIDE_PX;
  const fits = right + wide <= camera.widthPx;
  const left = fits ? right : Math.max(0, at[0] - BESIDE_PX - wide);
  const top = at[1] - high / 2;
  const covered = taken.some(
    (box) => left < box[2] && left + wide > box[0] && top < box[3] && top + high > box[1],
  );
  label.hidden = covered;
  if (covered) return;
  taken.push([left, top, left + wide, top + high]);
  label.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

/**
 * Measured once a text: measuring at each frame would lay out the page at each frame.
 *
 * @param {HTMLElement} label
 * @returns {[number, number]}
 */
function size(label) {
  const text = `${innerWidth} ${label.textContent}`;
  if (label.dataset.measured !== text) {
    label.dataset.measured = text;
    label.dataset.wide = String(label.offsetWidth);
    label.dataset.high = String(label.offsetHeight || LINE_PX);
  }
  return [Number(label.dataset.wide), Number(label.dataset.high)];
}
