// Zones as the map draws them: areas, lines as wide as the ground they cover, one label each.

import { circle } from "./circle.js";
import { groundPxAtZoom0 } from "./mercator.js";

/**
 * @typedef {object} ZoneProperties
 * @property {string} zone_id
 * @property {string} name
 * @property {string | null} [name_zh]
 * @property {"keep_in" | "keep_out" | "speed_limit"} kind
 * @property {readonly string[]} [domains]
 * @property {string} [category]
 * @property {string | null} [restriction]  of a keep-out zone, as in ED-318
 * @property {boolean} [legal_effect]
 * @property {number} [speed_limit_mps]
 * @property {number} [radius_m]
 * @property {number} [half_width_m]
 * @property {string} [follows]  the device that it is around: then it has no geometry of its own
 * @property {{value_m: number, reference: string} | null} [lower]
 * @property {{value_m: number, reference: string} | null} [upper]
 *
 * @typedef {import("geojson").Feature<import("geojson").Geometry, ZoneProperties>} ZoneFeature
 * @typedef {{type: "FeatureCollection", features: ZoneFeature[]}} ZoneCollection
 *
 * @typedef {"out" | "authorise" | "road" | "air" | "water" | "speed"} Look  what decides a zone's colours
 */

/** Whoever has leave may be inside: not the red of what nobody may enter. */
const BY_LEAVE = new Set(["REQ_AUTHORIZATION", "CONDITIONAL"]);
const WATER_CATEGORIES = new Set(["water_area", "channel"]);

/**
 * From which whole zoom on the zones of a category are named. The order is that in which names
 * are placed: those further down give way.
 *
 * @type {Readonly<Record<string, number>>}
 */
const NAMED_FROM_ZOOM = {
  airport: 10,
  test_area: 8,
  airspace: 8,
  water_area: 11,
  no_go_water: 11,
  test_road_bridge: 10,
  channel: 9,
  flight_route: 9,
  test_road_expressway: 10,
  experience_zone: 11,
  test_road_freight: 11,
  test_road_arterial: 11,
  test_road_urban: 11,
  test_road_rural: 11,
  landing_site: 12,
  radio_navaid: 11,
};
const CATEGORIES = Object.keys(NAMED_FROM_ZOOM);
/** What nobody has thought of is named early: better one name too many than an unknown zone. */
const OTHERS_FROM_ZOOM = 9;

/**
 * @param {ZoneProperties} properties
 * @returns {Look}
 */
export function lookOf({ kind, domains = [], restriction }) {
  if (kind === "keep_out" && BY_LEAVE.has(restriction ?? "")) return "authorise";
  if (kind === "keep_out" && restriction !== "NO_RESTRICTION") return "out";
  if (kind === "speed_limit") return "speed";
  if (domains.includes("water")) return "water";
  return domains.includes("air") && !domains.includes("road") ? "air" : "road";
}

/**
 * The collection with what drawing needs: circles as polygons, widths in pixels at zoom 0.
 *
 * @param {ZoneCollection} zones
 * @param {"zh-CN" | "en"} language
 * @returns {import("geojson").FeatureCollection}
 */
export function drawable(zones, language) {
  return { type: "FeatureCollection", features: zones.features.map((zone) => shaped(zone, language)) };
}

/**
 * The zones with those that follow a device where that is seen; out of sight they are not drawn.
 *
 * @param {ZoneCollection} zones
 * @param {(deviceId: string) => import("./fleet.js").Sight | null} sightOf
 * @returns {ZoneCollection}
 */
export function placed(zones, sightOf) {
  /** @type {ZoneFeature[]} */
  const features = [];
  for (const zone of zones.features) {
    if (zone.geometry !== null) {
      features.push(zone);
      continue;
    }
    const { longitudeDeg = null, latitudeDeg = null } = sightOf(zone.properties.follows ?? "") ?? {};
    if (longitudeDeg === null || latitudeDeg === null) continue;
    features.push({ ...zone, geometry: { type: "Point", coordinates: [longitudeDeg, latitudeDeg] } });
  }
  return { type: "FeatureCollection", features };
}

/**
 * The corridor that a permit has of its own, to be drawn like a zone to keep in; null where it has none.
 *
 * @param {import("./protocol").Permit} permit
 * @param {import("./protocol").Domain} domain
 * @returns {ZoneFeature | null}
 */
export function routeOf({ number, terms: { corridor } }, domain) {
  if (!corridor) return null;
  const half = { half_width_m: corridor.half_width_m };
  const kind = /** @type {const} */ ("keep_in");
  const properties = { zone_id: number, name: number, kind, domains: [domain], ...half };
  return { type: "Feature", geometry: corridor.line, properties };
}

/**
 * @param {ZoneFeature} zone
 * @param {"zh-CN" | "en"} language
 * @returns {import("geojson").Feature}
 */
function shaped({ geometry, properties }, language) {
  const drawn = {
    zone_id: properties.zone_id,
    name: zoneName(properties, language),
    look: lookOf(properties),
    water: WATER_CATEGORIES.has(properties.category ?? ""),
  };
  if (geometry.type === "Point" && properties.radius_m) {
    const polygon = circle(geometry.coordinates, properties.radius_m);
    return { type: "Feature", geometry: polygon, properties: drawn };
  }
  if (geometry.type === "LineString") {
    const latitude = geometry.coordinates[0]?.[1] ?? 0;
    const width0 = groundPxAtZoom0(2 * (properties.half_width_m ?? 0), latitude);
    return { type: "Feature", geometry, properties: { ...drawn, width0 } };
  }
  return { type: "Feature", geometry, properties: drawn };
}

/**
 * @param {{name: string, name_zh?: string | null}} zone
 * @param {string} language
 */
export function zoneName(zone, language) {
  return (language === "zh-CN" && zone.name_zh) || zone.name;
}

/**
 * One point a zone for its name. A speed limit has none: it lies on a road that has one.
 *
 * @param {ZoneCollection} zones
 * @param {"zh-CN" | "en"} language
 * @returns {import("geojson").FeatureCollection}
 */
export function labels(zones, language) {
  /** @type {Map<string, import("geojson").Feature>} */
  const byZone = new Map();
  for (const { geometry, properties } of zones.features) {
    const look = lookOf(properties);
    if (look === "speed" || byZone.has(properties.zone_id)) continue;
    const coordinates = middle(geometry);
    byZone.set(properties.zone_id, {
      type: "Feature",
      geometry: { type: "Point", coordinates },
      properties: {
        name: zoneName(properties, language),
        look,
        from_zoom: NAMED_FROM_ZOOM[properties.category ?? ""] ?? OTHERS_FROM_ZOOM,
        order: nameOrder(geometry, properties),
      },
    });
  }
  return { type: "FeatureCollection", features: [...byZone.values()] };
}

/**
 * Which name gives way to which, the lowest first: by category, of the same one the larger.
 *
 * @param {import("geojson").Geometry} geometry
 * @param {ZoneProperties} properties
 */
function nameOrder(geometry, properties) {
  const rank = CATEGORIES.indexOf(properties.category ?? "");
  return (rank < 0 ? CATEGORIES.length : rank) * 1000 - extent(geometry, properties);
}

/**
 * Degrees across.
 *
 * @param {import("geojson").Geometry} geometry
 * @param {ZoneProperties} properties
 */
function extent(geometry, properties) {
  const [west, south, east, north] = bounds(positions(geometry));
  return Math.max(east - west, north - south, (properties.radius_m ?? 0) / 5e4);
}

/**
 * @param {import("geojson").Geometry} geometry
 * @returns {import("geojson").Position[]}
 */
export function positions(geometry) {
  switch (geometry.type) {
    case "Point":
      return [geometry.coordinates];
    case "LineString":
    case "MultiPoint":
      return geometry.coordinates;
    case "Polygon":
    case "MultiLineString":
      return geometry.coordinates.flat();
    case "MultiPolygon":
      return geometry.coordinates.flat(2);
    case "GeometryCollection":
      return geometry.geometries.flatMap(positions);
  }
}

/**
 * @param {readonly import("geojson").Position[]} points
 * @returns {[number, number, number, number]}  west, south, east, north
 */
export function bounds(points) {
  const longitudes = points.map(([longitude = 0]) => longitude);
  const latitudes = points.map(([, latitude = 0]) => latitude);
  return [
    Math.min(...longitudes),
    Math.min(...latitudes),
    Math.max(...longitudes),
    Math.max(...latitudes),
  ];
}

/**
 * Where a name stands: on a line, else in the middle.
 *
 * @param {import("geojson").Geometry} geometry
 * @returns {import("geojson").Position}
 */
function middle(geometry) {
  const points = positions(geometry);
  if (geometry.type === "LineString") return points[Math.floor(points.length / 2)];
  const [west, south, east, north] = bounds(points);
  return [(west + east) / 2, (south + north) / 2];
}

/**
 * What holds all zones as they are drawn, circles too, or null when there is none.
 *
 * @param {ZoneCollection} zones
 */
export function zonesBounds(zones) {
  const drawn = drawable(zones, "en").features;
  const points = drawn.flatMap(({ geometry }) => positions(geometry));
  return points.length ? bounds(points) : null;
}

/**
 * Meridians and parallels each tenth of a degree around what is shown: a sheet without a base
 * map still tells where it lies.
 *
 * @param {[number, number, number, number]} around
 * @returns {import("geojson").FeatureCollection}
 */
export function graticule([west, south, east, north]) {
  const features = [];
  const [left, right] = [Math.floor(west * 10) - 5, Math.ceil(east * 10) + 5];
  const [bottom, top] = [Math.floor(south * 10) - 5, Math.ceil(north * 10) + 5];
  for (let at = left; at <= right; at++) {
    features.push(line([at / 10, bottom / 10], [at / 10, top / 10], `${(at / 10).toFixed(1)}°E`));
  }
  for (let at = bottom; at <= top; at++) {
    features.push(line([left / 10, at / 10], [right / 10, at / 10], `${(at / 10).toFixed(1)}°N`));
  }
  return { type: "FeatureCollection", features };
}

/**
 * @param {import("geojson").Position} from
 * @param {import("geojson").Position} to
 * @param {string} name
 * @returns {import("geojson").Feature}
 */
function line(from, to, name) {
  return { type: "Feature", geometry: { type: "LineString", coordinates: [from, to] }, properties: { name } };
}
