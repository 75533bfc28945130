/** What will be told to whom if nothing changes. */

import { getIfAny } from "../api.js";
import { kindLegend, KINDS, stacks } from "../chart.js";
import { all, h } from "../dom.js";
import { choice, kindSaid, nothing, pages, policyLink, roleSaid, section, severityChip, ticketLink } from "../parts.js";
import { instant } from "../server_time.js";
import { table } from "../table.js";
import * as tick from "../tick.js";
import { count, dayAndTime, plain, timeOfDay } from "../words.js";

export const title = "Forecast";
export const every = 15_000;
export const concerns = () => true;

const SPANS = /** @type {[string, string][]} */ ([["6", "6 hours"], ["24", "24 hours"], ["72", "3 days"], ["168", "7 days"], ["720", "30 days"]]);
const FULL_HOUR = 3600;

/** @param {import("../router.js").Route} route @param {AbortSignal} signal */
export function load({ query }, signal) {
  const hours = Number(query.get("hours")) || 24;
  const until = query.get("cursor") ? query.get("until") : instant(hours * FULL_HOUR);
  const asked = { until, role: query.get("role"), policy: query.get("policy"), severity: query.get("severity"), clock: query.get("clock"), limit: 100, cursor: query.get("cursor") };
  return getIfAny("/v1/forecast", asked, signal);
}

/** @param {any} forecast @param {import("../router.js").Route} route @param {number} width */
export function draw(forecast, { query }, width) {
  if (forecast === null) return nothing("This service has no forecast.");
  return all(form(query, forecast), shown(forecast, query, width));
}

/** @param {URLSearchParams} query @param {any} forecast */
function form(query, forecast) {
  const roles = [...new Set(forecast.by_role.map((/** @type {any} */ each) => each.role).filter(Boolean))].sort();
  return h("form", { class: "filters", "data-filters": "forecast", "data-key": "filters" },
    choice("hours", "The next", SPANS, query.get("hours") ?? "24"),
    choice("role", "Role", [["", "all"], ...roles.map((each) => /** @type {[string, string]} */ ([String(each), plain(String(each))]))], query.get("role") ?? ""));
}

/** @param {any} forecast @param {URLSearchParams} query @param {number} width */
function shown(forecast, query, width) {
  const marks = forecast.by_time.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.marks, 0);
  const sum = h("p", { class: "sum", "data-key": "sum" }, h("strong", {}, count(marks, "mark")), ` of ${count(forecast.tickets, "ticket")} by `, tick.instant(forecast.until), ", if nothing else happens");
  if (!marks) return all(sum, nothing("Nothing will be told to anybody in that time."));
  const after = new URLSearchParams(query);
  if (forecast.next_cursor) after.set("until", forecast.until);
  return all(sum,
    section("When", "chart", h("div", { "data-key": "stacks" }, stacks(forecast.by_time.map(column), width, "Marks to come by time")), kindLegend(), byTime(forecast.by_time)),
    h("div", { class: "with-aside before", "data-key": "columns" },
      h("aside", { "aria-labelledby": "who" }, section("Who", "who", byRole(forecast.by_role))),
      h("div", { class: "main-column" }, section("What", "what", items(forecast.items), pages("forecast", after, forecast.next_cursor)))));
}

/** @param {any} each */
function column(each) {
  return { name: timeOfDay(each.from) === "00:00" ? dayAndTime(each.from).split(",")[0] : timeOfDay(each.from), words: `${dayAndTime(each.from)} to ${timeOfDay(each.to)}`, by: each.by_kind };
}

/** @param {any[]} times */
function byTime(times) {
  const columns = [
    { name: "From", heads: true, cell: (/** @type {any} */ each) => tick.instant(each.from) },
    { name: "Marks", number: true, cell: (/** @type {any} */ each) => each.marks },
    ...KINDS.map((kind) => ({ name: kind === "escalation" ? "tiers told" : kind, number: true, cell: (/** @type {any} */ each) => each.by_kind[kind] ?? 0 })),
  ];
  return h("details", { "data-key": "by-time" }, h("summary", {}, "As a table"),
    table({ caption: "Marks to come by time", columns, groups: [{ rows: times.filter((each) => each.marks > 0) }], key: (each) => each.from }));
}

/** @param {any[]} roles */
function byRole(roles) {
  const columns = [
    { name: "Role", heads: true, cell: (/** @type {any} */ each) => roleSaid(each.role) },
    { name: "What", cell: (/** @type {any} */ each) => kindSaid(each) },
    { name: "Marks", number: true, cell: (/** @type {any} */ each) => each.marks },
    { name: "The first", cell: (/** @type {any} */ each) => [tick.countdown(each.first_at), h("small", {}, tick.instant(each.first_at))] },
  ];
  return table({ caption: "Who will be told", columns, groups: [{ rows: roles }], key: (each) => `${each.role} ${each.kind}` });
}

/** @param {any[]} marks */
function items(marks) {
  const columns = [
    { name: "When", class: "when", cell: (/** @type {any} */ each) => [tick.countdown(each.at, { deadline: each.kind === "breach" }), h("small", {}, tick.instant(each.at))] },
    { name: "What", cell: (/** @type {any} */ each) => [kindSaid(each), " ", h("span", { class: "of" }, plain(each.clock))] },
    { name: "Ticket", heads: true, cell: (/** @type {any} */ each) => ticketLink(each.ticket_id) },
    { name: "For", cell: (/** @type {any} */ each) => roleSaid(each.role) },
    { name: "Severity", cell: (/** @type {any} */ each) => severityChip(each.severity) },
    { name: "Policy", cell: (/** @type {any} */ each) => policyLink(each.policy?.id ?? each.policy) },
  ];
  const key = (/** @type {any} */ each) => `${each.ticket_id} ${each.clock} ${each.kind} ${each.tier} ${each.cycle} ${each.at}`;
  return table({ caption: "Marks to come, in the order of time", columns, groups: [{ rows: marks }], key });
}
