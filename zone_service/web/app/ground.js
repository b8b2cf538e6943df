// The ground under the zones: a schematic land and water, a few roads, the names of places.

import { groundPxAtZoom0 } from "./mercator.js";
import { zoneName } from "./zones.js";

/**
 * @typedef {object} GroundProperties
 * @property {"land" | "lake" | "river" | "road" | "runway" | "place" | "airport"} kind
 * @property {string} name
 * @property {string | null} [name_zh]
 * @property {"expressway" | "bridge" | "arterial"} [road_class]
 * @property {number} [width_m]
 *
 * @typedef {import("geojson").Feature<import("geojson").Geometry, GroundProperties>} GroundFeature
 * @typedef {{type: "FeatureCollection", attribution: string, features: GroundFeature[]}} Backdrop
 */

/**
 * The backdrop as its layers draw it: names in the reader's language, rivers as wide as they are.
 *
 * @param {Backdrop} backdrop
 * @param {"zh-CN" | "en"} language
 * @returns {import("geojson").FeatureCollection}
 */
export function groundFeatures(backdrop, language) {
  return {
    type: "FeatureCollection",
    features: backdrop.features.map(({ geometry, properties }) => ({
      type: "Feature",
      geometry,
      properties: {
        kind: properties.kind,
        name: zoneName(properties, language),
        road_class: properties.road_class ?? "arterial",
        width0: groundPxAtZoom0(properties.width_m ?? 0, latitudeOf(geometry)),
      },
    })),
  };
}

/** @param {import("geojson").Geometry} geometry */
function latitudeOf(geometry) {
  return geometry.type === "LineString" ? (geometry.coordinates[0]?.[1] ?? 0) : 0;
}

/** @param {string} kind @returns {any} */
const isKind = (kind) => ["==", ["get", "kind"], kind];

/**
 * A width on the ground that is never thinner than a line can be seen.
 *
 * @param {number} thinnestPx
 * @returns {any}
 */
function groundWidth(thinnestPx) {
  const at = (/** @type {number} */ zoom) => [
    "max",
    thinnestPx,
    ["*", ["get", "width0"], 2 ** zoom],
  ];
  const stops = [8, 10, 12, 14, 16, 19].flatMap((zoom) => [zoom, at(zoom)]);
  return ["interpolate", ["exponential", 2], ["zoom"], ...stops];
}

/**
 * What lies below every zone.
 *
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification[]}
 */
export function groundLayers({ land, water, coast }) {
  return [
    {
      id: "ground-land",
      type: "fill",
      source: "ground",
      filter: isKind("land"),
      paint: { "fill-color": land },
    },
    {
      id: "ground-lakes",
      type: "fill",
      source: "ground",
      filter: isKind("lake"),
      paint: { "fill-color": water },
    },
    {
      id: "ground-rivers",
      type: "line",
      source: "ground",
      filter: isKind("river"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": water, "line-width": groundWidth(1.5) },
    },
    {
      id: "ground-coast",
      type: "line",
      source: "ground",
      filter: ["any", isKind("land"), isKind("lake")],
      paint: { "line-color": coast, "line-width": 0.8 },
    },
  ];
}

/**
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification[]}
 */
export function roadLayers({ road, runway }) {
  /** @type {any} */
  const isArterial = ["==", ["get", "road_class"], "arterial"];
  return [
    {
      id: "ground-arterials",
      type: "line",
      source: "ground",
      minzoom: 10,
      filter: ["all", isKind("road"), isArterial],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": road, "line-width": growing(0.6, 4) },
    },
    {
      id: "ground-expressways",
      type: "line",
      source: "ground",
      filter: ["all", isKind("road"), ["!", isArterial]],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": road, "line-width": growing(1.2, 6) },
    },
    {
      id: "ground-runways",
      type: "line",
      source: "ground",
      minzoom: 9,
      filter: isKind("runway"),
      paint: { "line-color": runway, "line-width": growing(1.2, 9) },
    },
  ];
}

/**
 * A width in pixels from a wide view (zoom 8) to a near one (zoom 15).
 *
 * @param {number} widePx
 * @param {number} nearPx
 * @returns {any}
 */
function growing(widePx, nearPx) {
  return ["interpolate", ["exponential", 1.5], ["zoom"], 8, widePx, 15, nearPx];
}

/**
 * Names of the ground: below those of the zones, to which they give way.
 *
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification[]}
 */
export function groundNameLayers({ place, halo }) {
  return [
    {
      id: "ground-road-names",
      type: "symbol",
      source: "ground",
      minzoom: 10,
      filter: ["any", isKind("road"), isKind("river")],
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-field": ["get", "name"],
        "text-size": 10.5,
        "text-padding": 12,
      },
      paint: { "text-color": place, "text-halo-color": halo, "text-halo-width": 1.2 },
    },
    {
      id: "ground-places",
      type: "symbol",
      source: "ground",
      minzoom: 8,
      filter: isKind("place"),
      layout: {
        "text-field": ["get", "name"],
        "text-size": ["interpolate", ["linear"], ["zoom"], 8, 10.5, 13, 14],
        "text-letter-spacing": 0.06,
        "text-padding": 10,
      },
      paint: { "text-color": place, "text-halo-color": halo, "text-halo-width": 1.2 },
    },
  ];
}

/**
 * Names of airports: above those of the zones, which give way to them.
 *
 * @param {import("./palette.js").Palette} palette
 * @returns {import("maplibre-gl").LayerSpecification}
 */
export function airportNameLayer({ halo, zone }) {
  return {
    id: "ground-airports",
    type: "symbol",
    source: "ground",
    filter: isKind("airport"),
    layout: {
      "text-field": ["get", "name"],
      "text-size": ["interpolate", ["linear"], ["zoom"], 8, 12, 14, 15],
      "text-max-width": 8,
    },
    paint: { "text-color": zone.out, "text-halo-color": halo, "text-halo-width": 1.8 },
  };
}
