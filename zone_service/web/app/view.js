// The map: zones on a schematic ground, the objects' canvas above it, names beside a few objects.

import {
  AttributionControl,
  Map as MapLibre,
  NavigationControl,
  ScaleControl,
} from "/assets/vendor/maplibre-gl/maplibre-gl.mjs";
import { Courses } from "./courses.js";
import { fill, h } from "./dom.js";
import { HomeControl } from "./home.js";
import { mercatorX, mercatorY, worldPx } from "./mercator.js";
import { Names } from "./names.js";
import { Overlay } from "./overlay.js";
import { groundFeatures } from "./ground.js";
import { DARK, LIGHT } from "./palette.js";
import { SHEET, hatch, mapStyle } from "./style.js";
import { bounds, drawable, graticule, labels, placed, positions, zonesBounds } from "./zones.js";

const FRAME_MS = 1000 / 30;
/** On a wide view nothing moves a pixel in this time: at zoom 11, 20 m/s is 0.3 px a second. */
const WIDE_FRAME_MS = 100;
const WIDE_ZOOM = 11;
const REACH_PX = 16;
const FLY_TO_ZOOM = 13.5;
const SETTLE_MS = 200;
const MARGIN = 0.2;
/** Shanghai: where a map without zones begins. */
export const HOME = { longitudeDeg: 121.6, latitudeDeg: 31.1, zoom: 8.6 };

/**
 * @typedef {object} Choice  what is shown of the objects
 * @property {readonly import("./protocol").Domain[]} kinds
 * @property {string | null} selected
 * @property {ReadonlyMap<string, import("./protocol").Prealarm[]>} ahead  what devices are about to break
 */

export class MapView {
  /**
   * @param {HTMLElement} container
   * @param {import("./fleet.js").Fleet} fleet
   * @param {object} listener
   * @param {() => Choice} listener.choice
   * @param {(deviceId: string | null) => void} listener.picked
   * @param {(bbox: [number, number, number, number]) => void} listener.moved
   */
  constructor(container, fleet, listener) {
    this.fleet = fleet;
    this.listener = listener;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.ground = h("div", { class: "ground" });
    this.canvas = h("canvas", { class: "objects", "aria-hidden": "true" });
    this.names = new Names();
    this.courses = new Courses();
    fill(container, this.ground, this.courses.element, this.canvas, this.names.element);
    /** @type {import("./zones.js").ZoneCollection | null} */
    this.zones = null;
    /** @type {import("./zones.js").ZoneCollection | null} as they came, some of them nowhere yet */
    this.drawn = null;
    /** @type {import("./zones.js").ZoneFeature | null} */
    this.route = null;
    /** @type {import("./ground.js").Backdrop | null} */
    this.backdrop = null;
    /** @type {"zh-CN" | "en"} */
    this.language = "zh-CN";
    this.lastDrawMs = 0;
    this.frameAsked = 0;
    this.settling = 0;
    // Read before the map writes its own: an address that says where to look is kept to.
    this.placed = location.hash.length > 1;
    this.map = this.#makeMap();
    this.overlay = new Overlay(this.canvas);
    this.#listen();
  }

  get palette() {
    return this.dark.matches ? DARK : LIGHT;
  }

  #makeMap() {
    const map = new MapLibre({
      container: this.ground,
      style: mapStyle(this.palette),
      center: [HOME.longitudeDeg, HOME.latitudeDeg],
      zoom: HOME.zoom,
      minZoom: 6,
      maxZoom: 19,
      hash: true,
      // With north up and no tilt the objects' canvas needs four numbers to stay in place.
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      rollEnabled: false,
      maxPitch: 0,
      renderWorldCopies: false,
      attributionControl: false,
      fadeDuration: 0,
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-left");
    map.addControl(new HomeControl(() => this.home(true)), "top-left");
    map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
    return map;
  }

  #listen() {
    const { map } = this;
    map.setMissingStyleImageResolver((id) => {
      if (id === "hatch") map.addImage(id, hatch(this.palette.zone.out));
    });
    map.on("style.load", () => this.#fillSources());
    map.on("move", () => this.draw(performance.now()));
    map.on("moveend", () => this.#settled());
    map.on("resize", () => this.draw(performance.now()));
    map.on("click", (event) => this.#clicked(event.lngLat));
    this.dark.addEventListener("change", () => this.#changeLight());
    document.addEventListener("visibilitychange", () => this.refresh());
  }

  #changeLight() {
    if (this.map.hasImage("hatch")) this.map.removeImage("hatch");
    this.map.setStyle(mapStyle(this.palette), { diff: false });
    this.refresh();
  }

  /**
   * @param {import("./zones.js").ZoneCollection} zones
   * @param {"zh-CN" | "en"} language
   */
  showZones(zones, language) {
    this.drawn = zones;
    this.language = language;
    this.#fillSources();
    if (!this.placed) this.home(false);
  }

  /**
   * Show the corridor of the device that is selected, or none.
   *
   * @param {import("./zones.js").ZoneFeature | null} route
   */
  showRoute(route) {
    if (route === this.route) return;
    this.route = route;
    this.#fillZones();
  }

  /** Move the zones that follow a device to where that is now. */
  follow() {
    if (this.drawn?.features.some(({ properties }) => properties.follows)) this.#fillZones();
  }

  /**
   * Put a ground under the zones, and say on the map what it is worth.
   *
   * @param {import("./ground.js").Backdrop} backdrop
   */
  showBackdrop(backdrop) {
    this.backdrop = backdrop;
    const customAttribution = backdrop.attribution;
    const said = new AttributionControl({ compact: false, customAttribution });
    this.map.addControl(said, "bottom-left");
    this.#fillSources();
  }

  /** @param {import("./words.js").Words} words */
  speak(words) {
    this.language = words.language;
    this.#name(".maplibregl-ctrl-zoom-in", words.t("map.zoom_in"));
    this.#name(".maplibregl-ctrl-zoom-out", words.t("map.zoom_out"));
    this.#name(".maplibregl-ctrl-home", words.t("command.home"));
    this.#name(".maplibregl-canvas", words.t("head.map"));
    this.#fillSources();
  }

  /**
   * @param {string} selector
   * @param {string} name
   */
  #name(selector, name) {
    const element = /** @type {HTMLElement | null} */ (this.ground.querySelector(selector));
    if (!element) return;
    element.ariaLabel = name;
    element.title = selector.endsWith("canvas") ? "" : name;
  }

  #fillSources() {
    if (this.backdrop) this.#fillGround(this.backdrop);
    this.#fillZones();
    if (this.backdrop || !this.zones) return;
    this.#source("grid", graticule(zonesBounds(this.zones) ?? [121, 30.7, 122, 31.6]));
  }

  #fillZones() {
    if (!this.drawn) return;
    this.zones = placed(this.drawn, (deviceId) => this.fleet.sight(deviceId));
    const { features } = this.zones;
    const shown = this.route ? [...features, this.route] : features;
    this.#source("zones", drawable({ type: "FeatureCollection", features: shown }, this.language));
    this.#source("labels", labels(this.zones, this.language));
  }

  /** @param {import("./ground.js").Backdrop} backdrop */
  #fillGround(backdrop) {
    if (!this.map.getLayer(SHEET)) return;
    this.#source("ground", groundFeatures(backdrop, this.language));
    this.#source("grid", { type: "FeatureCollection", features: [] });
    // Only now: without land on it, all would be sea.
    this.map.setPaintProperty(SHEET, "background-color", this.palette.water);
  }

  /**
   * @param {string} name
   * @param {import("geojson").FeatureCollection} data
   */
  #source(name, data) {
    const source = this.map.getSource(name);
    if (source && "setData" in source) {
      /** @type {import("maplibre-gl").GeoJSONSource} */ (source).setData(data);
    }
  }

  /** @param {boolean} animate */
  home(animate) {
    // Asked for before the zones came, it is done when they come.
    this.placed = this.zones !== null;
    const held = this.zones && zonesBounds(this.zones);
    if (held) this.map.fitBounds(held, { padding: 32, animate });
  }

  /**
   * @param {number} longitudeDeg
   * @param {number} latitudeDeg
   */
  flyTo(longitudeDeg, latitudeDeg) {
    const zoom = Math.max(this.map.getZoom(), FLY_TO_ZOOM);
    this.map.flyTo({ center: [longitudeDeg, latitudeDeg], zoom, duration: 900 });
  }

  /**
   * Fly to a zone; false where the map does not know it.
   *
   * @param {string} zoneId
   */
  flyToZone(zoneId) {
    const found = this.zones?.features.find(({ properties }) => properties.zone_id === zoneId);
    if (!found || !this.zones) return false;
    const drawn = drawable({ type: "FeatureCollection", features: [found] }, this.language);
    const held = bounds(positions(drawn.features[0].geometry));
    this.map.fitBounds(held, { padding: 60, maxZoom: 15 });
    return true;
  }

  /** The visible box with a margin. @returns {[number, number, number, number]} */
  bbox() {
    const box = this.map.getBounds();
    const [west, south, east, north] = [
      box.getWest(),
      box.getSouth(),
      box.getEast(),
      box.getNorth(),
    ];
    const [wide, high] = [(east - west) * MARGIN, (north - south) * MARGIN];
    return [
      Math.max(-180, west - wide),
      Math.max(-90, south - high),
      Math.min(180, east + wide),
      Math.min(90, north + high),
    ];
  }

  #settled() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.listener.moved(this.bbox()), SETTLE_MS);
  }

  /** @param {{lng: number, lat: number}} at */
  #clicked({ lng, lat }) {
    const reach = REACH_PX / worldPx(this.map.getZoom());
    const { kinds } = this.listener.choice();
    const member = this.fleet.nearest(
      mercatorX(lng),
      mercatorY(lat),
      reach,
      performance.now(),
      ({ domain }) => kinds.includes(domain),
    );
    this.listener.picked(member?.deviceId ?? null);
  }

  /** @returns {import("./mercator.js").Camera} */
  camera() {
    const { lng, lat } = this.map.getCenter();
    return {
      x: mercatorX(lng),
      y: mercatorY(lat),
      worldPx: worldPx(this.map.getZoom()),
      widthPx: this.ground.clientWidth,
      heightPx: this.ground.clientHeight,
    };
  }

  /** Draw soon: at most 30 times a second (10 on a wide view), and not at all while nobody can see it. */
  refresh() {
    if (this.frameAsked || document.hidden) return;
    this.frameAsked = requestAnimationFrame((nowMs) => this.#frame(nowMs));
  }

  /** @param {number} nowMs */
  #frame(nowMs) {
    this.frameAsked = 0;
    const periodMs = this.map.getZoom() < WIDE_ZOOM ? WIDE_FRAME_MS : FRAME_MS;
    if (nowMs - this.lastDrawMs < periodMs - 2) {
      this.refresh();
      return;
    }
    this.draw(nowMs);
    if (this.fleet.moving(nowMs)) this.refresh();
  }

  /** @param {number} nowMs */
  draw(nowMs) {
    const camera = this.camera();
    if (camera.widthPx === 0 || camera.heightPx === 0) return;
    this.lastDrawMs = nowMs;
    const { kinds, selected, ahead } = this.listener.choice();
    this.courses.draw(ahead, this.fleet, camera, nowMs, kinds);
    this.overlay.draw(this.fleet, camera, {
      nowMs,
      ratio: devicePixelRatio,
      palette: this.palette,
      kinds,
      selected,
      zoom: this.map.getZoom(),
    });
    this.#drawNames(camera, nowMs, kinds, selected);
  }

  /**
   * Names beside the selected object and beside those that break a rule.
   *
   * @param {import("./mercator.js").Camera} camera
   * @param {number} nowMs
   * @param {readonly string[]} kinds
   * @param {string | null} selected
   */
  #drawNames(camera, nowMs, kinds, selected) {
    const chosen = selected === null ? null : this.fleet.sight(selected)?.member;
    const others = this.fleet
      .violating()
      .filter(({ deviceId, domain }) => deviceId !== selected && kinds.includes(domain));
    this.names.draw([...(chosen ? [chosen] : []), ...others], this.fleet, camera, nowMs);
  }

  resize() {
    this.map.resize();
  }

  remove() {
    cancelAnimationFrame(this.frameAsked);
    clearTimeout(this.settling);
    this.map.remove();
  }
}
