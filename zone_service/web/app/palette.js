// The colours of the map and of the objects, for a dark and a light room.

/**
 * @typedef {[number, number, number]} Rgb  each 0 to 1
 *
 * @typedef {object} Palette
 * @property {string} land
 * @property {string} water
 * @property {string} coast
 * @property {string} road  of the ground, not of a zone
 * @property {string} runway
 * @property {string} place  names of the ground
 * @property {string} grid
 * @property {string} label
 * @property {string} halo
 * @property {Record<import("./zones.js").Look, string>} zone
 * @property {Record<import("./zones.js").Look, number>} fill  opacity
 * @property {Record<import("./protocol").Domain, Rgb>} domain
 * @property {Rgb} violating
 * @property {Rgb} edge  around each object
 * @property {Rgb} selected
 */

/** @param {string} hex @returns {Rgb} */
function rgb(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  return [r ?? 0, g ?? 0, b ?? 0];
}

const FILL = { out: 0.16, authorise: 0.1, road: 0.1, air: 0.06, water: 0.12, speed: 0 };

/** @type {Palette} */
export const DARK = {
  land: "#1a2129",
  water: "#0e1e2b",
  coast: "#2e4152",
  road: "#323e4a",
  runway: "#5a6774",
  place: "#8d9aa7",
  grid: "#26303b",
  label: "#b4c0cc",
  halo: "#10151b",
  zone: { out: "#f0655b", authorise: "#f08cc8", road: "#5b9df0", air: "#b393f2", water: "#3fb8c4", speed: "#d9a441" },
  fill: FILL,
  domain: { road: rgb("#8fc1ff"), air: rgb("#cdb4ff"), water: rgb("#67e0e6") },
  violating: rgb("#ff4438"),
  edge: rgb("#0b0f14"),
  selected: rgb("#ffffff"),
};

/** @type {Palette} */
export const LIGHT = {
  land: "#f4f3ef",
  water: "#d3e2ea",
  coast: "#aabfcb",
  road: "#d6d2c6",
  runway: "#9d9a92",
  place: "#6a6f73",
  grid: "#dfdfda",
  label: "#3c4650",
  halo: "#ffffff",
  zone: { out: "#c5302a", authorise: "#a8237c", road: "#1f62b8", air: "#7447c4", water: "#0b7480", speed: "#94640a" },
  fill: { ...FILL, out: 0.12 },
  domain: { road: rgb("#1254ad"), air: rgb("#6630c2"), water: rgb("#05646f") },
  violating: rgb("#d3170c"),
  edge: rgb("#ffffff"),
  selected: rgb("#10151b"),
};
