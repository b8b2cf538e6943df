// A circle on the ground as it is judged: so far from its middle on the WGS 84 ellipsoid.

const SEMI_MAJOR_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
const FEWEST_CORNERS = 64;
const MOST_CORNERS = 720;
/** How far a corner may stand outside, as long as there are not too many. */
const OUTSIDE_M = 0.1;

/**
 * Its corners stand outside and its sides touch it, so nothing within is drawn outside of it.
 *
 * @param {import("geojson").Position} middle
 * @param {number} radiusM
 * @returns {import("geojson").Polygon}
 */
export function circle([longitude = 0, latitude = 0], radiusM) {
  const corners = cornersOf(radiusM);
  const reachM = radiusM / Math.cos(Math.PI / corners);
  const around = placesAround((longitude * Math.PI) / 180, (latitude * Math.PI) / 180);
  const ring = Array.from({ length: corners + 1 }, (_, corner) => {
    const angle = (2 * Math.PI * (corner % corners)) / corners;
    const [lon = 0, lat = 0] = around(reachM * Math.sin(angle), reachM * Math.cos(angle));
    const eastDeg = (lon * 180) / Math.PI - longitude;
    // On beyond 180°, and not back around the earth.
    return [longitude + eastDeg - 360 * Math.round(eastDeg / 360), (lat * 180) / Math.PI];
  });
  return { type: "Polygon", coordinates: [ring] };
}

/** @param {number} radiusM */
function cornersOf(radiusM) {
  const wanted = Math.PI / Math.acos(Math.max(0, 1 - OUTSIDE_M / radiusM));
  return Math.min(Math.max(FEWEST_CORNERS, Math.ceil(wanted)), MOST_CORNERS);
}

/**
 * Places by how far east and north they lie, in metres along the ground; all in radians.
 *
 * @param {number} lon
 * @param {number} lat
 * @returns {(east: number, north: number) => readonly [number, number]}
 */
function placesAround(lon, lat) {
  const [sine, cosine] = [Math.sin(lat), Math.cos(lat)];
  const flattened = 1 - ECCENTRICITY_2 * sine * sine;
  const across = SEMI_MAJOR_M / Math.sqrt(flattened);
  const along = (across * (1 - ECCENTRICITY_2)) / flattened;
  // Along the meridian through the middle, and towards the pole: the turn to its longitude comes last.
  const [outM, upM] = [across * cosine, across * (1 - ECCENTRICITY_2) * sine];
  return (east, north) => {
    const reach = Math.hypot(east, north);
    const curvature = reach ? (north ** 2 / along + east ** 2 / across) / reach ** 2 : 1;
    const share = reach ? Math.sin(reach * curvature) / (reach * curvature) : 1;
    const [toEast, toNorth] = [east * share, north * share];
    const fallM = depth(outM - toNorth * sine, toEast, upM + toNorth * cosine, sine, cosine);
    const x = outM - toNorth * sine - fallM * cosine;
    const z = upM + toNorth * cosine - fallM * sine;
    const level = (1 - ECCENTRICITY_2) * Math.hypot(x, toEast);
    return [lon + Math.atan2(toEast, x), Math.atan2(z, level)];
  };
}

/**
 * How far below a place of the plane that touches the ellipsoid this lies, along the plumb line of the
 * middle: the near root of a quadratic.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @param {number} sine
 * @param {number} cosine
 */
function depth(x, y, z, sine, cosine) {
  const minor = SEMI_MAJOR_M * (1 - FLATTENING);
  const square = (cosine / SEMI_MAJOR_M) ** 2 + (sine / minor) ** 2;
  const half = (x * cosine) / SEMI_MAJOR_M ** 2 + (z * sine) / minor ** 2;
  const rest = (x ** 2 + y ** 2) / SEMI_MAJOR_M ** 2 + (z / minor) ** 2 - 1;
  return rest / (half + Math.sqrt(Math.max(half * half - square * rest, 0)));
}
