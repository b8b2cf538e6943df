// Dashed lines from objects to where they are about to break a rule, if they go on as they do now.

import { setAttribute } from "./dom.js";
import { mercatorX, mercatorY, toScreen } from "./mercator.js";

const SVG = "http://www.w3.org/2000/svg";
/** More of them, the soonest first, nobody could follow. */
const LINES = 60;
const MARK_PX = 4;

/**
 * @typedef {import("./protocol").Prealarm} Prealarm
 *
 * @typedef {object} Course
 * @property {string} deviceId
 * @property {boolean} certain
 * @property {[number, number]} from  on the screen
 * @property {[number, number]} to
 */

export class Courses {
  constructor() {
    this.element = svg("svg");
    this.element.setAttribute("class", "courses");
    this.element.setAttribute("aria-hidden", "true");
  }

  /**
   * @param {ReadonlyMap<string, Prealarm[]>} ahead
   * @param {import("./fleet.js").Fleet} fleet
   * @param {import("./mercator.js").Camera} camera
   * @param {number} nowMs
   * @param {readonly string[]} kinds
   */
  draw(ahead, fleet, camera, nowMs, kinds) {
    const courses = soonest(ahead).map((one) => onScreen(one, fleet, camera, nowMs, kinds));
    const drawn = courses.filter((course) => course !== null);
    const { element } = this;
    while (element.childElementCount > drawn.length) element.lastElementChild?.remove();
    while (element.childElementCount < drawn.length) element.append(newLine());
    for (const [index, course] of drawn.entries()) write(element.children[index], course);
  }
}

/**
 * @param {ReadonlyMap<string, Prealarm[]>} ahead
 * @returns {[string, Prealarm][]}
 */
function soonest(ahead) {
  /** @type {[string, Prealarm][]} */
  const found = [];
  for (const [deviceId, alarms] of ahead) {
    for (const alarm of alarms) if (alarm.state === "ahead") found.push([deviceId, alarm]);
  }
  return found.sort(([, a], [, b]) => Date.parse(a.at) - Date.parse(b.at)).slice(0, LINES);
}

/**
 * @param {[string, Prealarm]} one
 * @param {import("./fleet.js").Fleet} fleet
 * @param {import("./mercator.js").Camera} camera
 * @param {number} nowMs
 * @param {readonly string[]} kinds
 * @returns {Course | null}  null where the object is not on the map, or the place is not known
 */
function onScreen([deviceId, alarm], fleet, camera, nowMs, kinds) {
  const domain = fleet.sight(deviceId)?.member.domain;
  const at = fleet.place(deviceId, nowMs);
  const { longitude_deg: longitude, latitude_deg: latitude, certain } = alarm;
  if (!at || !domain || !kinds.includes(domain) || longitude === null || latitude === null) return null;
  return {
    deviceId,
    certain,
    from: toScreen(camera, at.x, at.y),
    to: toScreen(camera, mercatorX(longitude), mercatorY(latitude)),
  };
}

function newLine() {
  const group = svg("g");
  group.append(svg("line"), svg("circle"));
  return group;
}

/**
 * @param {Element} group
 * @param {Course} course
 */
function write(group, { deviceId, certain, from, to }) {
  setAttribute(group, "data-device", deviceId);
  setAttribute(group, "data-certain", String(certain));
  const [line, mark] = group.children;
  const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
  for (const [name, px] of Object.entries(ends)) setAttribute(line, name, px.toFixed(1));
  for (const [name, px] of Object.entries({ cx: to[0], cy: to[1] })) setAttribute(mark, name, px.toFixed(1));
  setAttribute(mark, "r", MARK_PX);
}

/**
 * @template {"svg" | "g" | "line" | "circle"} Tag
 * @param {Tag} tag
 * @returns {SVGElementTagNameMap[Tag]}
 */
function svg(tag) {
  return document.createElementNS(SVG, tag);
}
