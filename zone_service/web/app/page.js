// The live page: puts the map, the rail, the panel, the table and the bar around one feed.

import * as address from "./address.js";
import * as api from "./api.js";
import { Banner } from "./bar.js";
import { fill, h, setAttribute, setText } from "./dom.js";
import { ZoneHeights } from "./evidence.js";
import { Feed } from "./feed.js";
import { Head } from "./head.js";
import { Help } from "./help.js";
import { commandOf, isTyping } from "./keys.js";
import { legend } from "./legend.js";
import { freshness } from "./link.js";
import { Live } from "./live.js";
import { mercatorX, mercatorY } from "./mercator.js";
import { NoMap } from "./nomap.js";
import { Panel } from "./panel.js";
import { Rail } from "./rail.js";
import { Sound } from "./sound.js";
import { Table } from "./table.js";
import { HOME, MapView } from "./view.js";
import { routeOf } from "./zones.js";

const TICK_MS = 500;
/** Below this an open legend would lie on the right side of the map. */
const WIDE_PX = 1600;
const ZONES_AGAIN_MS = 5000;
const HANDLERS = new Set(["police", "administrator"]);

export class LivePage {
  /**
   * @param {import("./words.js").Words} words
   * @param {import("./protocol").Principal} principal
   * @param {import("./bar.js").Bar} bar
   * @param {() => void} left
   */
  constructor(words, principal, bar, left) {
    this.words = words;
    this.bar = bar;
    this.left = left;
    this.view = address.readView(location.search);
    /** @type {string | null} */
    this.selected = null;
    this.startedMs = performance.now();
    this.live = new Live({ x: mercatorX(HOME.longitudeDeg), y: mercatorY(HOME.latitudeDeg) });
    this.sound = new Sound();
    this.head = new Head(words, principal, {
      kindToggled: (kind) => this.#changeView(address.withKindToggled(this.view, kind)),
      viewChosen: (table) => this.#changeView({ ...this.view, table }),
      helpAsked: () => this.help.open(),
      signedOut: () => this.#signOut(),
    });
    this.zoneHeights = new ZoneHeights();
    const listener = {
      chosen: (/** @type {import("./protocol").Violation} */ violation) => this.#chosen(violation),
      answered: (/** @type {import("./protocol").Violation} */ violation) => this.#answered(violation),
    };
    this.rail = new Rail(words, HANDLERS.has(principal.role), listener, this.zoneHeights);
    this.banner = new Banner(words);
    this.panel = new Panel(words, this.zoneHeights, () => this.#select(null));
    this.table = new Table(words, (deviceId) => this.#select(deviceId));
    this.help = new Help(words);
    this.stage = h("div", { class: "stage" });
    this.legend = h("details", { class: "legend", open: innerWidth > WIDE_PX });
    this.lost = h("div", { class: "lost", hidden: true, "aria-hidden": "true" });
    this.noMap = h("p", { class: "no-map", role: "status", hidden: true });
    const toggleSound = () => this.#toggleSound();
    this.soundButton = h("button", { type: "button", class: "quiet", click: toggleSound });
    fill(bar.extra, this.soundButton);
    this.element = this.#arrange();
    this.map = this.#makeMap();
    this.feed = this.#makeFeed();
  }

  #arrange() {
    const { stage, lost, noMap, table, legend: key, panel } = this;
    const box = h("div", { class: "stage-box" }, stage, lost, noMap, table.element, key);
    const middle = h("div", { class: "middle" }, box, this.rail.element, panel.element);
    const parts = [this.head.element, this.banner.element, middle, this.help.element];
    return h("main", { class: "live" }, ...parts);
  }

  /** @returns {MapView | NoMap} */
  #makeMap() {
    try {
      return new MapView(this.stage, this.live.fleet, {
        choice: () => ({ kinds: this.view.kinds, selected: this.selected, ahead: this.live.ahead }),
        picked: (deviceId) => this.#select(deviceId),
        moved: () => this.#watch(),
      });
    } catch (error) {
      console.error(error);
      this.noMap.hidden = false;
      this.view = { ...this.view, table: true };
      return new NoMap();
    }
  }

  #makeFeed() {
    return new Feed({
      resumePoint: () => this.live.resumePoint(),
      signedOut: () => this.leave(),
      frame: (buffer) => {
        if (this.live.takeFrame(buffer, performance.now()) === "objects") this.map.refresh();
      },
      message: (message) => this.#take(message),
    });
  }

  start() {
    this.keys = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
    this.ticker = setInterval(() => this.#tick(), TICK_MS);
    this.speak();
    // Made before it was in the document, the map knows its size only now.
    this.map.resize();
    this.#changeView(this.view);
    this.#loadBackdrop();
    this.#loadZones();
    this.feed.start();
  }

  leave() {
    this.feed.stop();
    this.rail.left.stop();
    clearInterval(this.ticker);
    if (this.keys) document.removeEventListener("keydown", this.keys);
    this.map.remove();
    fill(this.bar.extra);
    this.left();
  }

  async #signOut() {
    await api.signOut().catch(() => null);
    this.leave();
  }

  speak() {
    this.head.show(this.view);
    this.help.speak();
    setText(this.noMap, this.words.t("page.no_map"));
    this.legend.replaceChildren(...legend(this.words));
    this.#showSound();
    this.map.speak(this.words);
    this.#showViolations();
    this.#tick();
  }

  async #loadBackdrop() {
    try {
      this.map.showBackdrop(await api.backdrop());
    } catch {
      // Then the zones lie on a plain sheet with a grid.
    }
  }

  async #loadZones() {
    try {
      const zones = await api.zones();
      this.zoneHeights.take(zones);
      this.map.showZones(zones, this.words.language);
      this.#showViolations();
    } catch {
      // Without zones the objects still move; a heartbeat later they are asked for again.
      this.live.zonesRevision = -1;
      setTimeout(() => this.#loadZones(), ZONES_AGAIN_MS);
    }
  }

  /** @param {import("./protocol").ServerMessage} message */
  #take(message) {
    const change = this.live.take(message, performance.now());
    if (message.op === "snap") {
      this.#showViolations();
      this.rail.left.refresh(0);
    }
    if (change === "zones") this.#loadZones();
    if (change === "objects") this.map.refresh();
    if (change === "missed") this.feed.subscribe();
    if (change === "heartbeat" || change === "missed") this.#tick();
    if (change === "violations" && message.op === "violation") this.#news(message);
  }

  /** @param {import("./protocol").ViolationMessage} message */
  #news({ event, violation }) {
    this.#showViolations();
    if (violation.closed_at !== null) this.rail.left.refresh();
    if (event !== "opened" && event !== "late") return;
    this.rail.announce(violation);
    // What is over already rings nobody to the screen.
    if (event === "opened" && violation.severity === "critical") this.sound.ring();
  }

  #showViolations() {
    const { violations, clock } = this.live;
    const open = violations.open();
    this.rail.show(open, violations.ended(), clock.now(performance.now()));
    this.#showTitle();
  }

  #feedState() {
    const now = performance.now();
    const silenceMs = this.live.clock.silence(now);
    return {
      freshness: freshness(silenceMs, now - this.startedMs),
      silenceMs,
      heartbeat: this.live.heartbeat,
    };
  }

  #tick() {
    const state = this.#feedState();
    const serverMs = this.live.clock.now(performance.now());
    this.map.follow();
    this.bar.show(state);
    this.banner.show(state);
    this.rail.tick(serverMs);
    this.#showPanel(serverMs);
    this.#showTable(serverMs);
    this.lost.hidden = state.freshness !== "lost";
    setAttribute(this.element, "data-link", state.freshness);
    setText(this.lost, this.words.t("link.lost"));
    this.#showTitle();
  }

  #showTitle() {
    const open = this.live.violations.open().length;
    const name = this.words.t("page.title");
    const lost = this.#feedState().freshness === "lost";
    const mark = lost ? this.words.t("link.lost") : open ? `(${open})` : "";
    const title = [mark, name].filter(Boolean).join(" ");
    if (document.title !== title) document.title = title;
  }

  /** @param {number | null} serverMs */
  #showPanel(serverMs) {
    const { selected, live } = this;
    const sight = selected === null ? null : live.fleet.sight(selected);
    const broken = selected === null ? [] : live.violations.ofDevice(selected);
    const ahead = selected === null ? [] : (live.ahead.get(selected) ?? []);
    this.panel.show(selected, sight, broken, serverMs, ahead);
  }

  /** @param {number | null} serverMs */
  #showTable(serverMs) {
    if (!this.view.table) return;
    this.table.show(this.live.fleet.sights(), this.view.kinds, this.selected, serverMs);
  }

  /** @param {string | null} deviceId */
  #select(deviceId) {
    this.selected = deviceId;
    // Both lie on the right side of the map.
    if (deviceId !== null && innerWidth <= WIDE_PX) this.legend.open = false;
    this.map.refresh();
    this.#tick();
    this.#showRoute(deviceId);
  }

  /** @param {string | null} deviceId */
  async #showRoute(deviceId) {
    const member = deviceId === null ? undefined : this.live.fleet.sight(deviceId)?.member;
    const known = member?.permit ? await api.permit(member.permit).catch(() => null) : null;
    // Meanwhile somebody may have selected another.
    if (this.selected !== deviceId) return;
    this.map.showRoute(known && member ? routeOf(known, member.domain) : null);
  }

  /** @param {import("./protocol").Violation} violation */
  #chosen(violation) {
    this.selected = violation.device_id;
    const sight = this.live.fleet.sight(violation.device_id);
    const longitude = sight?.longitudeDeg ?? violation.longitude_deg;
    const latitude = sight?.latitudeDeg ?? violation.latitude_deg;
    if (longitude !== null && latitude !== null) this.map.flyTo(longitude, latitude);
    else if (violation.zone_id) this.map.flyToZone(violation.zone_id);
    this.#select(violation.device_id);
  }

  /** @param {import("./protocol").Violation} violation */
  #answered(violation) {
    this.live.violations.put(violation);
    this.#showViolations();
    if (violation.closed_at !== null) this.rail.left.refresh(0);
  }

  /** @param {import("./address.js").View} view */
  #changeView(view) {
    const turned = view.table !== this.view.table;
    this.view = view;
    const search = address.writeView(view);
    history.replaceState(null, "", `${location.pathname}${search}${location.hash}`);
    this.head.show(view);
    this.stage.hidden = view.table;
    this.legend.hidden = view.table;
    this.table.element.hidden = !view.table;
    if (turned && !view.table) this.map.resize();
    this.#watch();
    this.map.refresh();
    this.#tick();
  }

  /** What is in view is asked for; the table lists every object. */
  #watch() {
    this.feed.watch(this.view.table ? null : this.map.bbox(), this.view.kinds);
  }

  #toggleSound() {
    this.sound.toggle();
    this.#showSound();
  }

  #showSound() {
    const button = this.soundButton;
    setText(button, this.words.t(this.sound.on ? "bar.sound_on" : "bar.sound_off"));
    setAttribute(button, "aria-pressed", String(this.sound.on));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const command = commandOf(event, isTyping(event.target));
    if (!command || this.help.isOpen) return;
    if (command !== "close") event.preventDefault();
    this.#do(command);
  }

  /** @param {import("./keys.js").Command} command */
  #do(command) {
    switch (command) {
      case "next":
        return this.rail.move(1);
      case "previous":
        return this.rail.move(-1);
      case "acknowledge":
        return this.rail.acknowledgeCurrent();
      case "note":
        return this.rail.askCurrent("acknowledge");
      case "resolve":
        return this.rail.askCurrent("resolve");
      case "home":
        return this.map.home(true);
      case "table":
        return this.#changeView({ ...this.view, table: !this.view.table });
      case "close":
        return this.#select(null);
      case "help":
        return this.help.open();
    }
  }
}
