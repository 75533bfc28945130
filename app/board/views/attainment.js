/** How much was met, by policy, severity, clock, month, or two of them. */

import { getIfAny } from "../api.js";
import { shareLegend, shares } from "../chart.js";
import { all, h } from "../dom.js";
import { choice, nothing, section } from "../parts.js";
import { instant } from "../server_time.js";
import { table } from "../table.js";
import { count, day, length, percent, plain } from "../words.js";

export const title = "Attainment";
export const every = 30_000;
export const concerns = (/** @type {import("../stream.js").Message} */ message) => message.type === "sla.met" || message.type === "sla.breached";

const GROUPS = ["policy", "severity", "plan", "clock", "line", "month"];
const DAYS = ["7", "30", "90", "365"];
const SECONDS_A_DAY = 86400;

/** @param {URLSearchParams} query */
function grouped(query) {
  const by = [query.get("by") ?? "policy", query.get("and") ?? ""].filter((each) => GROUPS.includes(each));
  return [...new Set(by)];
}

/** @param {import("../router.js").Route} route @param {AbortSignal} signal */
export function load({ query }, signal) {
  const days = Number(query.get("days")) || 30;
  const filters = { policy: query.get("policy"), severity: query.get("severity") };
  const period = { from: instant(-days * SECONDS_A_DAY), to: instant() };
  return getIfAny("/v1/reports/attainment", { ...period, group_by: grouped(query), ...filters }, signal);
}

/** @param {any} report @param {import("../router.js").Route} route @param {number} width */
export function draw(report, { query }, width) {
  return all(form(query), report === null ? nothing("This service has no such report.") : shown(report, grouped(query), width));
}

/** @param {URLSearchParams} query */
function form(query) {
  const groups = GROUPS.map((each) => /** @type {[string, string]} */ ([each, each]));
  return h("form", { class: "filters", "data-filters": "attainment", "data-key": "filters" },
    choice("by", "By", groups, query.get("by") ?? "policy"),
    choice("and", "and", [["", "nothing else"], ...groups], query.get("and") ?? ""),
    choice("days", "Period", DAYS.map((each) => [each, `the last ${each} days`]), query.get("days") ?? "30"));
}

/** @param {any} report @param {string[]} by @param {number} width */
function shown(report, by, width) {
  const total = report.totals;
  const period = `${day(report.from)} to ${day(report.to)}`;
  if (!report.items.length) return nothing(`No clock ended, and none runs, in ${period}.`);
  const name = (/** @type {any} */ item) => by.map((each) => nameOf(item[each])).join(" · ");
  const bars = report.items.map((/** @type {any} */ item) => ({ name: name(item), met: item.met, breached: item.breached, share: item.attainment }));
  const sum = h("p", { class: "sum", "data-key": "sum" }, h("strong", {}, percent(total.attainment)), ` of ${count(total.met + total.breached, "cycle")} met in time, ${period}`,
    total.running === null ? null : `. ${count(total.running, "clock")} running now, ${total.running_breached} of them late.`);
  return all(sum, section(`By ${by.join(" and ")}`, "chart", h("div", { "data-key": "bars" }, shares(bars, width, "Attainment")), shareLegend(), figures(report, by)));
}

/** @param {unknown} value of a group */
function nameOf(value) {
  return value === null || value === undefined ? "none" : plain(String(value));
}

/** @param {any} report @param {string[]} by */
function figures(report, by) {
  const number = (/** @type {string} */ name, /** @type {(item: any) => any} */ cell) => ({ name, number: true, cell });
  const columns = [
    ...by.map((each, place) => ({ name: each.charAt(0).toUpperCase() + each.slice(1), heads: place === 0, cell: (/** @type {any} */ item) => nameOf(item[each]) })),
    number("Met", (item) => item.met),
    number("Late", (item) => item.breached),
    number("Attainment", (item) => percent(item.attainment)),
    ...(by.includes("month") ? [] : [number("Running", (item) => item.running), number("of them late", (item) => item.running_breached)]),
    number("Median", (item) => lengthOf(item.elapsed_seconds?.p50)),
    number("90 %", (item) => lengthOf(item.elapsed_seconds?.p90)),
    number("99 %", (item) => lengthOf(item.elapsed_seconds?.p99)),
    { name: "Late: held by", cell: (/** @type {any} */ item) => held(item.missed_held) },
  ];
  const key = (/** @type {any} */ item) => by.map((each) => String(item[each])).join(" ");
  return table({ caption: "What was met and what was late; open time of finished cycles: half, 90 % and 99 % took at most so long", captionShown: true, columns, groups: [{ rows: report.items }], key });
}

/** @param {number | null | undefined} seconds */
function lengthOf(seconds) {
  return seconds === null || seconds === undefined ? "–" : length(seconds);
}

/** Who held the ticket in the cycles that were missed. @param {any} missed */
function held(missed) {
  if (!missed) return null;
  const lines = (missed.lines ?? []).filter((/** @type {any} */ each) => each.working_seconds > 0);
  const parts = [
    ...lines.map((/** @type {any} */ each) => `${each.line ? plain(each.line) : "support"} ${length(each.working_seconds)}`),
    missed.customer_seconds > 0 ? `customer ${length(missed.customer_seconds)}` : null,
  ].filter(Boolean);
  return parts.join(", ");
}
