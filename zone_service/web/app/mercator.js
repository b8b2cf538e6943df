// Web Mercator, as the map uses it: the world is the unit square, y points south.

const TILE_PX = 512;
const MAX_LATITUDE_DEG = 85.051129;
export const EARTH_CIRCUMFERENCE_M = 40075016.686;

/** @param {number} longitudeDeg */
export function mercatorX(longitudeDeg) {
  return (longitudeDeg + 180) / 360;
}

/** @param {number} latitudeDeg */
export function mercatorY(latitudeDeg) {
  const held = Math.max(-MAX_LATITUDE_DEG, Math.min(MAX_LATITUDE_DEG, latitudeDeg));
  const radians = (held * Math.PI) / 180;
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + radians / 2)) / (2 * Math.PI);
}

/**
 * CSS pixels of the whole world at a zoom.
 *
 * @param {number} zoom
 */
export function worldPx(zoom) {
  return TILE_PX * 2 ** zoom;
}

/**
 * Pixels that a length on the ground takes at zoom 0; doubles with each zoom.
 *
 * @param {number} lengthM
 * @param {number} latitudeDeg
 */
export function groundPxAtZoom0(lengthM, latitudeDeg) {
  const circumferenceM = EARTH_CIRCUMFERENCE_M * Math.cos((latitudeDeg * Math.PI) / 180);
  return (lengthM / circumferenceM) * TILE_PX;
}

/**
 * What the camera shows: the centre in the unit square, the scale, the size of the screen.
 *
 * @typedef {object} Camera
 * @property {number} x
 * @property {number} y
 * @property {number} worldPx  CSS pixels of the world
 * @property {number} widthPx  CSS pixels
 * @property {number} heightPx
 */

/**
 * Where a point of the unit square is on the screen, in CSS pixels from the top left.
 *
 * @param {Camera} camera
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export function toScreen(camera, x, y) {
  return [
    (x - camera.x) * camera.worldPx + camera.widthPx / 2,
    (y - camera.y) * camera.worldPx + camera.heightPx / 2,
  ];
}
