/** What is next: late tickets first, then the others by their next mark. */

import { acknowledge } from "../acknowledging.js";
import { get } from "../api.js";
import { all, h } from "../dom.js";
import { button, choice, kindSaid, nothing, pages, policyLink, roleSaid, said, section, severityChip, statusChip, ticketLink, titleOf } from "../parts.js";
import { to } from "../router.js";
import { table } from "../table.js";
import { countdown, instant, standing } from "../tick.js";
import { count, markWords, plain } from "../words.js";

export const title = "What is next";
export const concerns = () => true;
export const actions = { acknowledge };

const ACTIVE = ["new", "open", "in_progress", "waiting_on_customer"];
const OVER = ["resolved", "closed", "cancelled"];
/** So many late tickets stand before what is next. */
const FIRST_LATE = 10;
const FILTERS = ["q", "policy", "severity", "status"];

/** @param {import("../router.js").Route} route @param {AbortSignal} signal */
export async function load({ query }, signal) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
  const first = !query.has("cursor");
  const onlyLate = query.get("late") === "yes";
  const most = onlyLate ? 500 : 100;
  const ofLate = { ...filters, status: filters.status || ACTIVE, breached: true, limit: most };
  const [late, next, lately, policies] = await Promise.all([
    first && !OVER.includes(filters.status) ? get("/v1/tickets", ofLate, signal) : { items: [] },
    onlyLate ? { items: [], next_cursor: null } : get("/v1/tickets", { ...filters, limit: 50, cursor: query.get("cursor") }, signal),
    first ? get("/v1/escalations", { acknowledged: false, limit: 12 }, signal) : { items: [] },
    policiesOnce(signal),
  ]);
  return { late: late.items.filter(lateClock), more: Boolean(late.next_cursor), next, lately: lately.items, policies };
}

/** @type {Promise<any> | null} */
let policies = null;
/** The policies, for the filters; asked for once. @param {AbortSignal} signal */
function policiesOnce(signal) {
  policies ??= get("/v1/policies", {}, signal).then(
    (answer) => answer.items,
    (error) => {
      policies = null;
      throw error;
    },
  );
  return policies;
}

/** The clock by which a ticket is late now: of several the one that became so last. @param {any} ticket */
function lateClock(ticket) {
  const late = ticket.clocks.filter((/** @type {any} */ clock) => clock.breached && (clock.state === "running" || clock.state === "paused"));
  return late.sort((/** @type {any} */ a, /** @type {any} */ b) => Date.parse(b.breached_at) - Date.parse(a.breached_at))[0];
}

/** @typedef {{ticket: any, late: any, first: boolean}} Row a ticket, its late clock, and whether it stands among the late ones */

/** @param {Awaited<ReturnType<typeof load>>} data @param {import("../router.js").Route} route */
export function draw(data, { query }) {
  const groups = grouped(data, query);
  const list = groups.some((group) => group.rows.length > 0) ? tickets(groups) : none(query);
  const column = h("div", { class: "main-column", "data-key": "list" }, list, pages("next", query, data.next.next_cursor));
  return all(filters(query, data.policies), h("div", { class: "with-aside", "data-key": "columns" }, column, lately(data.lately, query)));
}

/** Late ones, the latest to turn first; the others by what comes next. @param {Awaited<ReturnType<typeof load>>} data @param {URLSearchParams} query */
function grouped(data, query) {
  const row = (/** @type {boolean} */ first) => (/** @type {any} */ ticket) => ({ ticket, late: lateClock(ticket), first });
  const late = data.late.map(row(true)).sort((/** @type {Row} */ a, /** @type {Row} */ b) => Date.parse(b.late.breached_at) - Date.parse(a.late.breached_at));
  const shown = query.get("late") === "yes" ? late : late.slice(0, FIRST_LATE);
  const listed = new Set(shown.map((/** @type {Row} */ each) => each.ticket.ticket_id));
  const others = data.next.items.filter((/** @type {any} */ ticket) => !listed.has(ticket.ticket_id)).map(row(false));
  return [
    { title: lateTitle(late.length, data.more, shown.length, query), rows: shown },
    { title: "Next", rows: others.filter((/** @type {Row} */ each) => each.ticket.next_mark) },
    { title: "Nothing to come", rows: others.filter((/** @type {Row} */ each) => !each.ticket.next_mark) },
  ];
}

/** @param {number} number @param {boolean} more @param {number} shown @param {URLSearchParams} query */
function lateTitle(number, more, shown, query) {
  const words = `Late: ${count(number, "ticket")}${more ? " or more" : ""}`;
  if (shown === number) return words;
  const rest = new URLSearchParams(query);
  rest.set("late", "yes");
  return [`${words}, the last ${shown} to turn late. `, h("a", { href: to("next", "", rest) }, "Show all late ones")];
}

/** @param {{title: any, rows: Row[]}[]} groups */
function tickets(groups) {
  const columns = [
    { name: "When", class: "when", cell: when },
    { name: "What", class: "what", cell: what },
    { name: "Ticket", heads: true, class: "ticket", cell: (/** @type {Row} */ { ticket }) => [ticketLink(ticket.ticket_id), " ", titleOf(ticket.title)] },
    { name: "Severity", cell: (/** @type {Row} */ { ticket }) => severityChip(ticket.severity) },
    { name: "Status", cell: (/** @type {Row} */ { ticket }) => [statusChip(ticket.status), flagsOf(ticket)] },
    { name: "Customer", class: "customer", cell: (/** @type {Row} */ { ticket }) => said(ticket.customer, 40) },
    { name: "Policy", class: "policy", cell: (/** @type {Row} */ { ticket }) => policyLink(ticket.policy.id) },
  ];
  const rowClass = (/** @type {Row} */ { ticket, late }) => (late ? "is-late" : ticket.next_mark ? "" : "is-over");
  return table({ caption: "Tickets: late ones, then by what comes next", class: "tickets", columns, groups, rowClass, key: ({ ticket }) => ticket.ticket_id });
}

/** What its policy says of it at the moment. @param {any} ticket */
function flagsOf(ticket) {
  return ticket.flags.filter((/** @type {string} */ flag) => flag !== "unreadable").map((/** @type {string} */ flag) => h("span", { class: "chip flag" }, plain(flag)));
}

/** @param {Row} row */
function when({ ticket, late, first }) {
  const mark = ticket.next_mark;
  if (late && (first || !mark)) return lateSince(ticket, late);
  if (!mark) return null;
  const deadline = mark.kind === "breach";
  return [countdown(mark.at, { deadline, name: deadline ? `${ticket.ticket_id}, ${plain(mark.clock)},` : "" }), h("small", {}, instant(mark.at))];
}

/** How late it is; of a clock that is paused by its calendar. @param {any} ticket @param {any} clock */
function lateSince(ticket, clock) {
  if (clock.due_at) return countdown(clock.due_at, { deadline: true, name: `${ticket.ticket_id}, ${plain(clock.clock)},` });
  return [standing(Math.min(clock.remaining_seconds ?? 0, -0.001)), " (paused)"];
}

/** @param {Row} row */
function what({ ticket, late, first }) {
  const mark = ticket.next_mark;
  if (late && (first || !mark)) {
    const then = mark ? h("small", {}, `then ${markWords(mark)}, `, countdown(mark.at)) : h("small", {}, "nothing more to come");
    return [kindSaid({ kind: "breach" }), " ", h("span", { class: "of" }, plain(late.clock)), then];
  }
  if (ticket.flags.includes("unreadable")) return h("span", { class: "chip alarm" }, "its state cannot be read: the service's log says why");
  if (!mark) return null;
  const already = late ? h("small", {}, `${plain(late.clock)} `, lateSince(ticket, late)) : null;
  return [kindSaid(mark), " ", h("span", { class: "of" }, plain(mark.clock), mark.role ? [" → ", plain(mark.role)] : null), already];
}

/** @param {URLSearchParams} query */
function none(query) {
  const filtered = [...FILTERS, "late"].some((name) => query.get(name));
  if (filtered) return nothing("No ticket matches these filters. ", h("a", { href: to("next") }, "Show all"));
  return nothing("There are no tickets yet. They appear here by themselves as soon as a ticket system ", h("a", { href: "/docs" }, "posts events"), ".");
}

/** @param {URLSearchParams} query @param {any[]} known */
function filters(query, known) {
  const chosen = (/** @type {string} */ name) => query.get(name) ?? "";
  const policy = known.filter((each) => !chosen("policy") || each.id === chosen("policy"));
  const severities = [...new Set(policy.flatMap((each) => each.content.severities ?? []).map((each) => String(each.id ?? each)))].sort();
  const statuses = [...ACTIVE, ...OVER].map((each) => /** @type {[string, string]} */ ([each, plain(each)]));
  return h("form", { class: "filters", role: "search", "data-filters": "next", "data-key": "filters" },
    h("div", { class: "field grow" }, h("label", { for: "search" }, "Search"), h("input", { type: "search", name: "q", id: "search", maxlength: 200, value: chosen("q"), placeholder: "id, title or customer" })),
    choice("policy", "Policy", [["", "all"], ...known.map((each) => /** @type {[string, string]} */ ([each.id, each.id]))], chosen("policy")),
    choice("severity", "Severity", [["", "all"], ...severities.map((each) => /** @type {[string, string]} */ ([each, each]))], chosen("severity")),
    choice("status", "Status", [["", "all"], ...statuses], chosen("status")),
    choice("late", "Show", [["", "all"], ["yes", "late only"]], chosen("late")));
}

/** @param {any[]} escalations @param {URLSearchParams} query */
function lately(escalations, query) {
  if (query.has("cursor")) return null;
  const rows = escalations.map((each) =>
    h("li", { "data-key": each.id },
      h("div", {}, kindSaid(each), " ", h("span", { class: "of" }, plain(each.clock) || plain(each.reason))),
      h("div", {}, ticketLink(each.ticket_id), " → ", roleSaid(each.role), each.unheard ? h("span", { class: "chip alarm" }, "nobody heard") : null),
      h("div", { class: "foot" }, countdown(each.raised_at), button("acknowledge", each.id, "Acknowledge", `the ${kindSaid(each).textContent} of ${each.ticket_id}`))));
  const list = rows.length ? h("ol", { class: "told" }, rows) : nothing("Nothing waits for somebody to take it on.");
  return h("aside", { "aria-labelledby": "lately", "data-key": "aside" }, section("Told and not yet taken on", "lately", list));
}
