/** Charts drawn by hand. Each has a table beside it that says the same, so they are pictures to those who hear. */

import { h, s } from "./dom.js";
import { count, oneLine, percent } from "./words.js";

const BAR = 18;
/** How wide a letter is at most, in pixels. */
const LETTER = 7.4;
/** Where names do not fit beside their bars, in pixels. */
const NARROW = 560;

/** What is filled how, whatever the colours. */
function stripes() {
  return s("defs", {}, s("pattern", { id: "missed-pattern", width: 6, height: 6, patternUnits: "userSpaceOnUse" }, s("path", { d: "M0 6 6 0M-1 1 1-1M5 7 7 5", class: "missed-pattern" })));
}

/**
 * How much of each was met, as a bar from nothing to all of it.
 * @param {{name: string, met: number, breached: number, share: number | null}[]} rows
 * @param {number} width in pixels
 * @param {string} title
 */
export function shares(rows, width, title) {
  const place = width < NARROW ? above(width) : beside(rows, width);
  const height = rows.length * place.row + 8;
  const bars = rows.map((row, number) => share(row, place, number * place.row + 8));
  return h("div", { class: "picture" }, s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${title}; the table below says the same` }, stripes(), bars));
}

/**
 * Where a row's name and bar are; names end at `label` or, above their bar, begin there.
 * @typedef {{row: number, label: number, anchor: "start" | "end", bar: number, space: number, down: number, most: number, whole: boolean}} Place
 */

/** The names to the left of the bars. @param {{name: string}[]} rows @param {number} width @returns {Place} */
function beside(rows, width) {
  const most = Math.floor((width * 0.4) / LETTER);
  const label = 12 + LETTER * Math.max(6, ...rows.map((row) => Math.min(most, row.name.length)));
  return { row: 34, label, anchor: "end", bar: label + 10, space: width - label - 190, down: 0, most, whole: true };
}

/** The names above the bars. @param {number} width @returns {Place} */
function above(width) {
  return { row: 46, label: 10, anchor: "start", bar: 10, space: width - 86, down: 16, most: Math.floor((width - 20) / LETTER), whole: false };
}

/** @param {{name: string, met: number, breached: number, share: number | null}} row @param {Place} place @param {number} y */
function share(row, place, y) {
  const met = (row.share ?? 0) * place.space;
  const top = y + place.down;
  const words = place.whole && row.share !== null ? `${percent(row.share)}, ${row.met} of ${row.met + row.breached}` : percent(row.share);
  return s("g", {}, s("title", {}, `${row.name}: ${percent(row.share)}, ${row.met} met, ${row.breached} late`),
    s("text", { x: place.label, y: place.down ? y + 11 : y + 13, "text-anchor": place.anchor }, oneLine(row.name, place.most)),
    s("rect", { class: "ground", x: place.bar, y: top, width: place.space, height: BAR }),
    s("rect", { class: "met", x: place.bar, y: top, width: met, height: BAR }),
    row.share === null ? null : s("rect", { class: "missed", x: place.bar + met, y: top, width: place.space - met, height: BAR }),
    s("text", { class: "figure", x: place.bar + place.space + 8, y: top + 13 }, words));
}

/** What the filling of bars means. */
export function shareLegend() {
  const swatch = (/** @type {string} */ kind, /** @type {string} */ words) =>
    h("li", {}, s("svg", { class: "chart", viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, s("rect", { class: kind, width: 12, height: 12 })), words);
  return h("ul", { class: "legend", "aria-label": "What the bars mean" }, swatch("met", "met in time"), swatch("missed", "late"));
}

/** From below upwards. */
export const KINDS = /** @type {const} */ (["breach", "escalation", "warning", "notice"]);

/**
 * How many marks of each kind there are in each stretch of time, as stacked columns.
 * @param {{name: string, words: string, by: Record<string, number>}[]} columns
 * @param {number} width in pixels
 * @param {string} title
 */
export function stacks(columns, width, title) {
  const [top, bottom, left] = [12, 26, 34];
  const height = 190;
  const tall = height - top - bottom;
  const sum = (/** @type {Record<string, number>} */ by) => KINDS.reduce((all, kind) => all + (by[kind] ?? 0), 0);
  const most = nice(Math.max(1, ...columns.map((column) => sum(column.by))));
  const pitch = (width - left - 4) / Math.max(1, columns.length);
  const every = Math.max(1, Math.ceil((Math.max(...columns.map((column) => column.name.length), 1) * LETTER + 10) / pitch));
  const lines = [0, most / 2, most].filter(Number.isInteger).map((value) => {
    const y = top + tall - (value / most) * tall;
    return s("g", { class: "axis" }, s("path", { d: `M${left} ${y}H${width}` }), s("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, value));
  });
  const drawn = columns.map((column, place) => {
    let y = top + tall;
    const x = left + place * pitch;
    const parts = KINDS.map((kind) => {
      const high = ((column.by[kind] ?? 0) / most) * tall;
      y -= high;
      return high > 0 ? s("rect", { class: `kind-${kind}`, x: x + Math.min(3, pitch * 0.1), y, width: Math.max(1, pitch - Math.min(6, pitch * 0.2)), height: high }) : null;
    });
    const name = place % every === 0 ? s("text", { x: x + pitch / 2, y: height - 8, "text-anchor": "middle" }, column.name) : null;
    return s("g", {}, s("title", {}, `${column.words}: ${count(sum(column.by), "mark")}`), s("rect", { class: "catch", x, y: top, width: pitch, height: tall }), parts, name);
  });
  return h("div", { class: "picture" }, s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${title}; the table below says the same` }, lines, drawn));
}

/** The round number at or above a number: 1, 2, 4, 10, 20, 40, ... @param {number} value */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 10].find((each) => each * power >= value) ?? 10) * power;
}

/** What the colours of kinds mean. */
export function kindLegend() {
  return h("ul", { class: "legend", "aria-label": "What the colours mean" }, KINDS.map((kind) =>
    h("li", {}, s("svg", { class: "chart", viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, s("rect", { class: `kind-${kind}`, width: 12, height: 12 })), kind === "escalation" ? "tiers told" : kind)));
}
