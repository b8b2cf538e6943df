// The map's style: no tiles, only the zones, and under them a schematic ground where there is one.

import { airportNameLayer, groundLayers, groundNameLayers, roadLayers } from "./ground.js";

/** The layer that covers all: the plain sheet, or the sea around a ground. */
export const SHEET = "sheet";
const EMPTY = { type: /** @type {const} */ ("FeatureCollection"), features: [] };

/**
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").StyleSpecification}
 */
export function mapStyle(palette) {
  return {
    version: 8,
    sources: {
      ground: { type: "geojson", data: EMPTY },
      grid: { type: "geojson", data: EMPTY },
      zones: { type: "geojson", data: EMPTY },
      labels: { type: "geojson", data: EMPTY },
    },
    layers: [
      { id: SHEET, type: "background", paint: { "background-color": palette.land } },
      ...groundLayers(palette),
      ...roadLayers(palette),
      {
        id: "grid",
        type: "line",
        source: "grid",
        paint: { "line-color": palette.grid, "line-width": 1 },
      },
      ...areaLayers(palette),
      ...lineLayers(palette),
      gridLabelLayer(palette),
      ...groundNameLayers(palette),
      labelLayer(palette),
      airportNameLayer(palette),
    ],
  };
}

/**
 * A value for each look of a zone.
 *
 * @param {Record<import("./zones.js").Look, string | number>} values
 * @returns {any}  MapLibre's types cannot follow an expression that is put together
 */
function byLook(values) {
  const cases = Object.entries(values).flat();
  return ["match", ["get", "look"], ...cases, Object.values(values)[0]];
}

/** @type {any} */
const IS_AREA = ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false];
/** @type {any} */
const KEEPS_OUT = ["match", ["get", "look"], ["out", "authorise"], true, false];
/** @type {any} */
const IS_LINE = ["==", ["geometry-type"], "LineString"];
/** @type {any} */
const GROUND_WIDTH = [
  "interpolate",
  ["exponential", 2],
  ["zoom"],
  0,
  ["get", "width0"],
  24,
  ["*", ["get", "width0"], 2 ** 24],
];

/**
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification[]}
 */
function areaLayers(palette) {
  const water = /** @type {any} */ (["all", IS_AREA, ["get", "water"]]);
  return [
    {
      id: "water",
      type: "fill",
      source: "zones",
      filter: water,
      paint: { "fill-color": palette.water },
    },
    {
      id: "areas",
      type: "fill",
      source: "zones",
      filter: IS_AREA,
      paint: { "fill-color": byLook(palette.zone), "fill-opacity": byLook(palette.fill) },
    },
    {
      id: "hatch",
      type: "fill",
      source: "zones",
      filter: ["all", IS_AREA, ["==", ["get", "look"], "out"]],
      paint: { "fill-pattern": "hatch", "fill-opacity": 0.5 },
    },
    {
      id: "edges",
      type: "line",
      source: "zones",
      filter: ["all", IS_AREA, ["!", KEEPS_OUT]],
      paint: { "line-color": byLook(palette.zone), "line-width": 1.2, "line-opacity": 0.85 },
    },
    {
      id: "authorise-edges",
      type: "line",
      source: "zones",
      filter: ["all", IS_AREA, ["==", ["get", "look"], "authorise"]],
      paint: { "line-color": palette.zone.authorise, "line-width": 1.4, "line-dasharray": [7, 3] },
    },
    {
      id: "out-edges",
      type: "line",
      source: "zones",
      filter: ["all", IS_AREA, ["==", ["get", "look"], "out"]],
      paint: {
        "line-color": palette.zone.out,
        // An airport is a dozen surfaces: on a wide view their edges would be one red blot.
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.4, 13, 1.6],
        "line-opacity": ["interpolate", ["linear"], ["zoom"], 8, 0.35, 12, 1],
        "line-dasharray": [4, 2],
      },
    },
  ];
}

/**
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification[]}
 */
function lineLayers(palette) {
  return [
    {
      id: "channels",
      type: "line",
      source: "zones",
      filter: ["all", IS_LINE, ["get", "water"]],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": palette.water, "line-width": GROUND_WIDTH },
    },
    {
      id: "corridors",
      type: "line",
      source: "zones",
      filter: ["all", IS_LINE, ["!=", ["get", "look"], "speed"]],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": byLook(palette.zone),
        "line-width": GROUND_WIDTH,
        "line-opacity": 0.28,
      },
    },
    {
      id: "centre-lines",
      type: "line",
      source: "zones",
      filter: ["all", IS_LINE, ["!=", ["get", "look"], "speed"]],
      paint: { "line-color": byLook(palette.zone), "line-width": 1.6, "line-opacity": 0.9 },
    },
    {
      id: "speed-limits",
      type: "line",
      source: "zones",
      filter: ["==", ["get", "look"], "speed"],
      paint: {
        "line-color": palette.zone.speed,
        "line-width": 1.4,
        "line-offset": 3,
        "line-dasharray": [2, 3],
        "line-opacity": 0.8,
      },
    },
  ];
}

/**
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification}
 */
function gridLabelLayer(palette) {
  return {
    id: "grid-labels",
    type: "symbol",
    source: "grid",
    minzoom: 9,
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 500,
      "text-field": ["get", "name"],
      "text-size": 10,
    },
    paint: { "text-color": palette.label, "text-opacity": 0.45 },
  };
}

/**
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification}
 */
function labelLayer(palette) {
  return {
    id: "labels",
    type: "symbol",
    source: "labels",
    filter: ["<=", ["get", "from_zoom"], ["zoom"]],
    layout: {
      "text-field": ["get", "name"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11, 14, 13.5],
      "text-max-width": 9,
      "text-padding": 5,
      // Where the middle is taken a name may stand beside it; where that is too, it waits.
      "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
      "text-radial-offset": 0.8,
      "text-justify": "auto",
      "symbol-sort-key": ["get", "order"],
    },
    paint: {
      "text-color": byLook(palette.zone),
      "text-halo-color": palette.halo,
      "text-halo-width": 1.6,
    },
  };
}

const HATCH_PX = 12;

/**
 * Diagonal lines: what says "keep out" without its colour.
 *
 * @param {string} colour  as #rrggbb
 * @returns {{width: number, height: number, data: Uint8Array}}
 */
export function hatch(colour) {
  const rgb = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const data = new Uint8Array(HATCH_PX * HATCH_PX * 4);
  for (let y = 0; y < HATCH_PX; y++) {
    for (let x = 0; x < HATCH_PX; x++) {
      const on = (x + y) % HATCH_PX < 2;
      data.set([...rgb, on ? 150 : 0], (y * HATCH_PX + x) * 4);
    }
  }
  return { width: HATCH_PX, height: HATCH_PX, data };
}
