/** A line of time: which instant is where, and where its ticks are. */

import { zone } from "./settings.js";
import { day, timeOfDay } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [MINUTE / 6, MINUTE / 2, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY];

/** Between two ticks at least, in pixels: as wide as "Sat 21 Nov". */
const APART = 78;

/**
 * @typedef {object} Scale
 * @property {number} from
 * @property {number} until
 * @property {number} left
 * @property {number} right
 * @property {(at: string | number) => number} x where an instant is, never outside
 * @property {(at: string | number) => boolean} shows whether it lies within
 */

/** @param {number} from @param {number} until milliseconds @param {number} left @param {number} right pixels @returns {Scale} */
export function scale(from, until, left, right) {
  const perPixel = Math.max(1, until - from) / Math.max(1, right - left);
  const ms = (/** @type {string | number} */ at) => (typeof at === "number" ? at : Date.parse(at));
  return {
    from,
    until,
    left,
    right,
    x: (at) => Math.min(right, Math.max(left, left + (ms(at) - from) / perPixel)),
    shows: (at) => ms(at) >= from && ms(at) <= until,
  };
}

/** Ticks at round times of the zone that is shown. @param {Scale} line @returns {{at: number, words: string}[]} */
export function ticks({ from, until, left, right }) {
  const most = Math.max(2, Math.floor((right - left) / APART));
  const step = STEPS.find((each) => (until - from) / each <= most) ?? (until - from) / most;
  const shift = offset(from);
  const found = [];
  for (let at = Math.ceil((from + shift) / step) * step - shift; at <= until; at += step) {
    const words = step >= DAY || (timeOfDay(at) === "00:00" && step >= HOUR) ? day(at) : timeOfDay(at);
    found.push({ at, words });
  }
  return found;
}

/** How far the zone that is shown is ahead of UTC then, in milliseconds. @param {number} at */
function offset(at) {
  const options = /** @type {const} */ ({ timeZone: zone(), hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", options).formatToParts(new Date(at)).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - Math.floor(at / 1000) * 1000;
}
