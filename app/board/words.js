/** How things are said: lengths of time, instants, names, marks. */

import { zone } from "./settings.js";

const UNITS = /** @type {const} */ ([["d", 86400], ["h", 3600], ["m", 60], ["s", 1]]);

/**
 * A length of time in its two largest units: "3 d 4 h", "2 h 5 m", "12 s".
 * @param {number} seconds its sign does not matter
 */
export function length(seconds) {
  let left = Math.floor(Math.abs(seconds));
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0 s";
}

/** A length to the second, for sums: "1 h 0 m 12 s". @param {number} seconds */
export function exactLength(seconds) {
  const rounded = Math.round(Math.abs(seconds) * 1000) / 1000;
  const parts = [];
  let left = rounded;
  for (const [unit, size] of UNITS) {
    const count = unit === "s" ? Math.round(left * 1000) / 1000 : Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ") || "0 s";
}

/** @param {Intl.DateTimeFormatOptions} options */
function format(options) {
  return new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", timeZone: zone(), ...options });
}

/** An instant's day and time: "Sat 21 Nov, 14:05"; with its year where that is not this one. @param {string | number} at */
export function dayAndTime(at) {
  const date = new Date(at);
  const other = date.getUTCFullYear() !== new Date().getUTCFullYear();
  const year = other ? /** @type {const} */ ({ year: "numeric" }) : {};
  return format({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", ...year }).format(date);
}

/** To the second, for those who compare. @param {string | number} at */
export function exactly(at) {
  return format({ year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" }).format(new Date(at));
}

/** @param {string | number} at */
export function timeOfDay(at) {
  return format({ hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** @param {string | number} at */
export function day(at) {
  return format({ weekday: "short", day: "numeric", month: "short" }).format(new Date(at));
}

/** The zone in which times are shown. */
export function zoneName() {
  const { timeZone } = format({}).resolvedOptions();
  const part = format({ timeZoneName: "short" }).formatToParts(new Date()).find((each) => each.type === "timeZoneName");
  return part && part.value !== timeZone ? `${timeZone} (${part.value})` : timeZone;
}

/** A name of the policy's or the API's, as people write it: "first response". @param {string | null | undefined} name */
export function plain(name) {
  return name ? name.replaceAll("_", " ") : "";
}

/** @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 ticket", "2 tickets". @param {number} number @param {string} thing */
export function count(number, thing) {
  return `${number.toLocaleString("en-GB")} ${thing}${number === 1 ? "" : "s"}`;
}

/**
 * What a mark is: "warning", "breach", "tier 2", "notice".
 * @param {{kind: string, tier?: number | null}} mark
 */
export function kindOf(mark) {
  if (mark.kind !== "escalation") return mark.kind;
  return mark.tier ? `tier ${mark.tier}` : "escalation";
}

/**
 * A mark in a few words: "tier 2 of resolution: cto".
 * @param {{kind: string, tier?: number | null, clock?: string | null, role?: string | null}} mark
 */
export function markWords(mark) {
  const of = mark.clock ? ` of ${plain(mark.clock)}` : "";
  return `${kindOf(mark)}${of}${mark.role ? `: ${plain(mark.role)}` : ""}`;
}

/** A share in per cent, never rounded up to all. @param {number | null} share */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  const tenths = Math.floor(share * 1000 + 1e-9) / 10;
  return `${tenths.toFixed(tenths === 100 || tenths === 0 ? 0 : 1)} %`;
}

/** The text as it is shown in one line: what turns the direction of writing around is taken out. @param {string} text @param {number} most characters */
export function oneLine(text, most = 200) {
  const flat = [...text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ")];
  return flat.length > most ? `${flat.slice(0, most).join("")}…` : flat.join("");
}
