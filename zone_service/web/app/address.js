// What the address of the page says: which kinds are shown and whether as a map or a table.
// The map's own centre and zoom are in the fragment, kept there by the map.

/** @typedef {import("./protocol").Domain} Domain */

/** @type {readonly Domain[]} */
export const KINDS = ["road", "air", "water"];

/**
 * @typedef {object} View
 * @property {readonly Domain[]} kinds  the kinds shown, at least one
 * @property {boolean} table
 */

/**
 * @param {string} search  as in location.search
 * @returns {View}
 */
export function readView(search) {
  const query = new URLSearchParams(search);
  const asked = (query.get("kinds") ?? "").split(",");
  const kinds = KINDS.filter((kind) => asked.includes(kind));
  return { kinds: kinds.length ? kinds : KINDS, table: query.get("view") === "table" };
}

/**
 * @param {View} view
 * @returns {string}  empty for the view that everybody starts with
 */
export function writeView(view) {
  const parts = [];
  if (view.kinds.length < KINDS.length) parts.push(`kinds=${view.kinds.join(",")}`);
  if (view.table) parts.push("view=table");
  return parts.length ? `?${parts.join("&")}` : "";
}

/**
 * The view with one kind switched; the last one shown stays.
 *
 * @param {View} view
 * @param {Domain} kind
 * @returns {View}
 */
export function withKindToggled(view, kind) {
  const shown = KINDS.filter((each) => view.kinds.includes(each) !== (each === kind));
  return shown.length ? { ...view, kinds: shown } : view;
}
