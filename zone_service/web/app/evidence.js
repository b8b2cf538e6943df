// What is told of the fix that opened a violation: what was measured, how high it was, how sure, why it
// began, and whether it was judged by the law of its time.

import { measuredAndLimit } from "./measures.js";
import { localMoment } from "./times.js";

/** @typedef {import("./protocol").Violation} Violation */
/** @typedef {import("./zones.js").ZoneProperties} ZoneProperties */

/** More than this no receiver can promise. */
const SUREST = 0.99;
/** What is broken by being outside of something. */
const OUTSIDE = new Set(["KEEP_IN_EXIT", "AUTO_OUTSIDE_AUTHORISED", "ROUTE_DEVIATION"]);
const ENTERED = "KEEP_OUT_BREACH";

/** The limits of height of zones, as the map was last told. */
export class ZoneHeights {
  constructor() {
    /** @type {Map<string, ZoneProperties[]>} */
    this.volumes = new Map();
  }

  /** @param {import("./zones.js").ZoneCollection} zones */
  take(zones) {
    this.volumes.clear();
    for (const { properties } of zones.features) {
      const others = this.volumes.get(properties.zone_id) ?? [];
      this.volumes.set(properties.zone_id, [...others, properties]);
    }
  }

  /**
   * "ground to 120 m AGL"; of volumes with different limits each; empty where there are none.
   *
   * @param {string | null} zoneId
   * @param {import("./words.js").Words} words
   */
  of(zoneId, words) {
    const limited = (this.volumes.get(zoneId ?? "") ?? []).filter(({ lower, upper }) => lower || upper);
    const said = limited.map(({ lower, upper }) =>
      words.t("evidence.band", {
        lower: lower ? limit(lower, words.language) : words.t("evidence.ground"),
        upper: upper ? limit(upper, words.language) : words.t("evidence.unlimited"),
      }),
    );
    return [...new Set(said)].join(" / ");
  }
}

/**
 * @param {{value_m: number, reference: string}} height
 * @param {string} language
 */
function limit({ value_m: metres, reference }, language) {
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(metres)} m ${reference}`;
}

/**
 * What there is to say beside the code, in few words; empty where there is nothing.
 *
 * @param {Violation} violation
 * @param {import("./words.js").Words} words
 * @param {ZoneHeights} heights
 * @returns {string[]}
 */
export function factsOf(violation, words, heights) {
  const { code, measured, limit: allowed } = violation;
  const { language } = words;
  const limitWord = words.t("rail.limit");
  return [
    measuredAndLimit(code, measured, allowed, { language, limitWord }),
    height(violation, words, heights),
    sureness(violation, words),
    cause("opening_cause", violation, words),
    cause("closing_cause", violation, words),
    otherLaw(violation, words),
    violation.joins ? words.t("evidence.joins") : null,
  ].filter((said) => said !== null);
}

/**
 * Whether what was received around a violation is sealed, until when that is kept, and how much is sealed beside it:
 * what units delivered later, and times that were asked for.
 *
 * @param {import("./protocol").EvidenceClip[]} clips
 * @param {import("./words.js").Words} words
 */
export function sealingOf(clips, words) {
  if (clips.length === 0) return words.t("evidence.none");
  const firsts = clips.filter(({ first_id: first }) => !first);
  const until = firsts.map(({ kept_until }) => kept_until).filter((each) => each !== null);
  if (until.length < firsts.length) return words.t("evidence.unsealed");
  const said = words.t("evidence.sealed", { at: localMoment(until.sort()[0], words.language) });
  const count = clips.filter(({ first_id: first, sealed }) => first && sealed).length;
  return count > 0 ? words.t("evidence.beside", { said, count }) : said;
}

/**
 * Whether its unit has the zones that it is to know, and how much of them it cannot be told.
 *
 * @param {import("./protocol").Fence} fence
 * @param {import("./words.js").Words} words
 */
export function onBoardOf({ state, version, held_version: held, left_out: leftOut }, words) {
  const said = words.t(`fence.${state}`, { version: version ?? "–", held: held ?? "–" });
  if (leftOut.length === 0) return said;
  return words.t("fence.left_out", { said, count: leftOut.length });
}

/**
 * How high an aircraft was that is where it may not be, beside the limits of the zone.
 *
 * @param {Violation} violation
 * @param {import("./words.js").Words} words
 * @param {ZoneHeights} heights
 */
function height({ code, zone_id: zoneId, height_agl_m: metres }, words, heights) {
  if (metres == null || !(code === ENTERED || OUTSIDE.has(code))) return null;
  const figure = new Intl.NumberFormat(words.language, { maximumFractionDigits: 0 }).format(metres);
  const said = words.t("evidence.height", { height: `${figure} m` });
  const band = heights.of(zoneId, words);
  return band ? words.t("evidence.within", { said, band }) : said;
}

/**
 * How probable it is, by the accuracy of the fix, that it shows what it seems to.
 *
 * @param {Violation} violation
 * @param {import("./words.js").Words} words
 */
function sureness({ code, inside_probability: inside }, words) {
  if (inside == null) return null;
  const sure = code === ENTERED ? inside : 1 - inside;
  const figure = new Intl.NumberFormat(words.language, { style: "percent" });
  const percent = sure > SUREST ? `>${figure.format(SUREST)}` : figure.format(sure);
  return words.t(code === ENTERED ? "evidence.inside" : "evidence.outside", { percent });
}

/**
 * Why it began, or why it was over, where that is known.
 *
 * @param {"opening_cause" | "closing_cause"} which
 * @param {Violation} violation
 * @param {import("./words.js").Words} words
 */
function cause(which, violation, words) {
  const told = violation[which];
  return told ? words.t(`evidence.${which}`, { why: words.t(`cause.${told}`) }) : null;
}

/**
 * That it was judged by what held at another time, where nobody knows any more what held at its own.
 *
 * @param {Violation} violation
 * @param {import("./words.js").Words} words
 */
function otherLaw({ law_of: since }, words) {
  return since ? words.t("evidence.law_of", { at: localMoment(since, words.language) }) : null;
}
