/**
 * A ticket's ladder on a time line: for each clock what counts, what stands still and when it is closed,
 * the marks passed and the marks to come. Everything in it stands in the tables below it, too.
 */

import { h, s } from "./dom.js";
import { shapeOf } from "./parts.js";
import { scale, ticks } from "./scale.js";
import { now } from "./server_time.js";
import { exactly, length, markWords, plain } from "./words.js";

const LANE = 58;
const BAND = 14;
const TOP = 64;
/** Where what happened is. */
const EVENTS = 52;
const MARGIN = 14;
/** Marks nearer to each other than this stand side by side, in pixels. */
const BESIDE = 13;
/** How wide a letter of a mark's name is at most, in pixels. */
const LETTER = 6.2;

/** @typedef {import("./scale.js").Scale} Scale */

/**
 * @param {any} ticket
 * @param {any[]} marks of `/timeline`
 * @param {any[] | null} explained clocks of `/explain`, if it could be had
 * @param {any[]} facts
 * @param {number} width in pixels
 * @param {boolean} near whether only the time around now is shown
 */
export function ladder(ticket, marks, explained, facts, width, near) {
  const clocks = ticket.clocks.filter((/** @type {any} */ clock) => clock.started_at);
  const line = span(ticket, marks, facts, width, near);
  const height = TOP + Math.max(1, clocks.length) * LANE + 8;
  const lanes = clocks.map((/** @type {any} */ clock, /** @type {number} */ place) => {
    const ofClock = marks.filter((mark) => mark.clock === clock.clock && mark.cycle === clock.cycle);
    return lane(clock, ofClock, explained?.find((each) => each.clock === clock.clock), line, TOP + place * LANE);
  });
  const words = `${clocks.length} clocks of ticket ${ticket.ticket_id}; the tables below say the same`;
  return h("div", { class: "picture", "data-key": "ladder" },
    s("svg", { class: "ladder", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words },
      patterns(), axis(line, height), told(facts, marks.filter((mark) => !mark.clock), line), present(line, height), lanes));
}

/** From opening, or from what came before it, to the last mark. @param {any} ticket @param {any[]} marks @param {any[]} facts @param {number} width @param {boolean} near */
function span(ticket, marks, facts, width, near) {
  const instants = [ticket.opened_at, ...marks.map((mark) => mark.at), ...facts.map((fact) => fact.time), ...ticket.clocks.flatMap((/** @type {any} */ clock) => [clock.started_at, clock.due_at, clock.met_at])];
  const known = instants.filter(Boolean).map((each) => Date.parse(each));
  let [from, until] = [Math.min(...known), Math.max(now(), ...known)];
  if (near) {
    const half = Math.min(until - from, 24 * 3600_000) / 2;
    [from, until] = [Math.max(from, now() - half), Math.min(until, now() + half)];
  }
  const room = Math.max(60_000, (until - from) * 0.03);
  return scale(from - room / 3, until + room, MARGIN, width - MARGIN);
}

/** What is shaded how, whatever the colours. */
function patterns() {
  const stripes = (/** @type {string} */ id, /** @type {string} */ d) =>
    s("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse" }, s("path", { d, class: id }));
  return s("defs", {}, stripes("paused-pattern", "M0 6 6 0M-1 1 1-1M5 7 7 5"), stripes("closed-pattern", "M3 0V6"), stripes("holiday-pattern", "M0 0 6 6M5-1 7 1M-1 5 1 7"));
}

/** @param {Scale} line @param {number} height */
function axis(line, height) {
  return s("g", { class: "axis" }, ticks(line).map(({ at, words }) => {
    const x = line.x(at);
    const anchor = x > line.right - 30 ? "end" : x < line.left + 30 ? "start" : "middle";
    return [s("path", { d: `M${x} 20V${height}` }), s("text", { x, y: 13, "text-anchor": anchor }, words)];
  }));
}

/** @param {Scale} line @param {number} height */
function present(line, height) {
  if (!line.shows(now())) return null;
  const x = line.x(now());
  const anchor = x > line.right - 24 ? "end" : "middle";
  return s("g", { class: "present" }, s("path", { d: `M${x} 20V${height}` }), s("text", { x, y: 30, "text-anchor": anchor }, "now"));
}

/** What was reported of the ticket, and what was told of that. @param {any[]} facts @param {any[]} notices @param {Scale} line */
function told(facts, notices, line) {
  return s("g", { class: "facts" }, notices.map((mark) => point(mark, line.x(mark.at), line, EVENTS - 12)), facts.filter((fact) => line.shows(fact.time)).map((fact) =>
    s("circle", { cx: line.x(fact.time), cy: EVENTS, r: 3.5 }, s("title", {}, `${plain(fact.type.replace("ticket.", ""))}, ${exactly(fact.time)}`))));
}

/** @param {any} clock @param {any[]} marks @param {any} explained @param {Scale} line @param {number} y */
function lane(clock, marks, explained, line, y) {
  const name = `${plain(clock.clock)}${clock.cycle > 1 ? ` (${clock.cycle}.)` : ""}`;
  const goal = clock.goal ? `, ${clock.goal}` : "";
  const state = clock.breached ? `${clock.state}, late` : clock.state;
  const band = y + 16;
  return s("g", { class: "lane" },
    s("text", { x: line.left, y: y + 10, class: "lane-name" }, s("tspan", { class: "strong" }, name), `${goal} · ${state}`),
    explained?.segments?.length ? explained.segments.map((/** @type {any} */ each) => segment(each, clock.due_at, line, band)) : whole(clock, line, band),
    beside(marks, line).map(([mark, x]) => point(mark, x, line, band + BAND / 2)),
    names(marks, line, band + BAND + 15));
}

/** @param {any} clock @param {Scale} line @param {number} y */
function whole(clock, line, y) {
  const end = clock.met_at ?? clock.due_at ?? now();
  return rectangle("counted", clock.started_at, Math.min(typeof end === "number" ? end : Date.parse(end), clock.met_at ? Infinity : now()), line, y);
}

/** @param {any} each @param {string | null} due @param {Scale} line @param {number} y */
function segment(each, due, line, y) {
  const words = `${each.reason ?? each.kind}: ${exactly(each.start)} to ${exactly(each.end)}, ${length(each.counted_seconds)} counted`;
  const over = each.kind === "counted" && due !== null && Date.parse(each.start) >= Date.parse(due) ? " over" : "";
  const future = each.elapsed === false ? " future" : "";
  return rectangle(each.kind + over + future, each.start, each.end, line, y, words);
}

/** @param {string} kind @param {string} start @param {string | number} end @param {Scale} line @param {number} y @param {string} [words] */
function rectangle(kind, start, end, line, y, words = "") {
  const x = line.x(start);
  const wide = line.x(end) - x;
  return wide <= 0 ? null : s("rect", { class: `segment ${kind}`, x, y, width: Math.max(0.5, wide), height: BAND }, words ? s("title", {}, words) : null);
}

/** Marks and where they are drawn: those of one instant beside each other. @param {any[]} marks @param {Scale} line @returns {[any, number][]} */
function beside(marks, line) {
  let free = -Infinity;
  return marks.map((mark) => {
    const x = Math.max(line.x(mark.at), free);
    free = x + BESIDE;
    return [mark, x];
  });
}

/** @param {any} mark @param {number} x @param {Scale} line @param {number} y */
function point(mark, x, line, y) {
  if (!line.shows(mark.at)) return null;
  const tier = mark.kind === "escalation" && mark.tier ? s("text", { x: 8, y: 11.6, "text-anchor": "middle" }, mark.tier) : null;
  const cross = mark.state === "retracted" ? s("path", { class: "cross", d: "M1 15 15 1" }) : null;
  const words = `${markWords(mark)}, ${mark.state === "to_come" ? "to come" : mark.state}, ${exactly(mark.at)}`;
  return s("g", { class: `point ${mark.kind} ${mark.state}`, transform: `translate(${x - 8} ${y - 8})` }, s("title", {}, words), s("path", { class: "shape", d: shapeOf(mark.kind) }), tier, cross);
}

/** Who is told, below the mark, where there is room for it. @param {any[]} marks @param {Scale} line @param {number} y */
function names(marks, line, y) {
  let free = -Infinity;
  const shown = marks.filter((mark) => line.shows(mark.at) && mark.state !== "retracted");
  return shown.map((mark, place) => {
    if (place > 0 && line.x(mark.at) - line.x(shown[place - 1].at) < BESIDE) return null; // said with the one before
    const near = shown.slice(place).filter((each) => line.x(each.at) - line.x(mark.at) < BESIDE);
    const words = [...new Set(near.map((each) => (each.role ? plain(each.role) : each.kind)))].join(", ");
    const wide = words.length * LETTER;
    const x = Math.min(Math.max(line.x(mark.at), line.left + wide / 2), line.right - wide / 2);
    if (x - wide / 2 < free) return null;
    free = x + wide / 2 + 8;
    return s("text", { x, y, "text-anchor": "middle", class: `name ${mark.state}` }, words);
  });
}

/** What the signs mean. */
export function legend() {
  const mark = (/** @type {string} */ kind, /** @type {string} */ words) =>
    h("li", {}, s("svg", { class: `sign ${kind}`, viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, s("path", { d: shapeOf(kind) })), words);
  const band = (/** @type {string} */ kind, /** @type {string} */ words) =>
    h("li", {}, s("svg", { class: "ladder swatch", viewBox: "0 0 22 12", width: 22, height: 12, "aria-hidden": "true" }, s("rect", { class: `segment ${kind}`, width: 22, height: 12 })), words);
  return h("ul", { class: "legend", "aria-label": "What the signs mean", "data-key": "legend" },
    band("counted", "counts"), band("counted future", "will count"), band("counted over", "counts, too late"), band("paused", "stands still"), band("closed", "closed"), band("holiday", "holiday"),
    mark("warning", "warning"), mark("breach", "breach"), mark("escalation", "a tier is told"), mark("met", "met"), mark("notice", "notice"),
    h("li", {}, "outlined: to come"));
}
