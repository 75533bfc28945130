/** One ticket: where it stands, its ladder on a time line, why its deadlines are where they are. */

import { acknowledge } from "../acknowledging.js";
import { get, getIfAny } from "../api.js";
import { clocks } from "../clock_cards.js";
import { all, h, outside } from "../dom.js";
import { explanation } from "../explanation.js";
import { ladder, legend } from "../ladder.js";
import { button, kindSaid, nothing, policyLink, roleSaid, said, section, severityChip, statusChip } from "../parts.js";
import { to } from "../router.js";
import { table } from "../table.js";
import { countdown, instant } from "../tick.js";
import { length, oneLine, plain } from "../words.js";

export const title = "Ticket";
export const actions = { acknowledge };

/** @param {import("../router.js").Route} route */
export function titleOf({ id }) {
  return `Ticket ${oneLine(id, 80)}`;
}

/** @param {import("../stream.js").Message} message @param {import("../router.js").Route} route */
export function concerns(message, { id }) {
  return JSON.parse(message.data).subject === id;
}

/** @param {import("../router.js").Route} route @param {AbortSignal} signal */
export async function load({ id }, signal) {
  const path = `/v1/tickets/${encodeURIComponent(id)}`;
  const [ticket, timeline, explained, events] = await Promise.all([
    get(path, {}, signal),
    get(`${path}/timeline`, {}, signal),
    getIfAny(`${path}/explain`, {}, signal),
    get(`${path}/events`, { limit: 200 }, signal),
  ]);
  return { ticket, marks: timeline.items, explained: explained?.clocks ?? null, events };
}

/** @param {Awaited<ReturnType<typeof load>>} data @param {import("../router.js").Route} route @param {number} width */
export function draw({ ticket, marks, explained, events }, { id, query }, width) {
  const facts = events.items.filter((/** @type {any} */ event) => event.source !== "escalator" || event.type.startsWith("escalation."));
  const near = query.get("show") === "near";
  const switched = h("a", { class: "button", href: to("tickets", id, near ? {} : { show: "near" }) }, near ? "Show all of it" : "Show the time around now");
  return all(
    head(ticket),
    section("Clocks", "clocks", clocks(ticket)),
    section("Ladder", "ladder-title", ladder(ticket, marks, explained, facts, width, near), legend(), switched, listed(marks)),
    explained ? section("Why the deadlines are where they are", "why", explanation(explained)) : null,
    section("Told", "told", told(ticket)),
    section("What happened", "events", happened(events)),
  );
}

/** @param {any} ticket */
function head(ticket) {
  const facts = /** @type {[string, any][]} */ ([
    ["Status", statusChip(ticket.status)],
    ["Severity", severityChip(ticket.severity)],
    ["Policy", policyLink(ticket.policy.id)],
    ["Plan", said(ticket.plan)],
    ["Line", said(plain(ticket.line))],
    ["Kind", said(ticket.kind)],
    ["Customer", said(ticket.customer)],
    ["Channel", said(ticket.channel)],
    ["Opened", instant(ticket.opened_at)],
    ["Flags", ticket.flags.length ? ticket.flags.map(plain).join(", ") : null],
    ["Elsewhere", ticket.url ? outside(ticket.url) : null],
    ["Next", ticket.next_mark ? [kindSaid(ticket.next_mark), " ", countdown(ticket.next_mark.at, { deadline: ticket.next_mark.kind === "breach" })] : "nothing to come"],
  ]).filter(([, value]) => value);
  return h("div", { class: "ticket-head", "data-key": "head" },
    ticket.title ? h("p", { class: "headline" }, h("bdi", {}, oneLine(ticket.title, 20000))) : null,
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", { "data-key": name }, h("dt", {}, name), h("dd", {}, value)))));
}

/** @param {any[]} marks */
function listed(marks) {
  if (!marks.length) return nothing("No mark was reached, and none is to come.");
  const columns = [
    { name: "When", class: "when", cell: (/** @type {any} */ mark) => [instant(mark.at), mark.state === "to_come" ? h("small", {}, countdown(mark.at, { deadline: mark.kind === "breach" })) : null] },
    { name: "Mark", heads: true, cell: (/** @type {any} */ mark) => kindSaid(mark) },
    { name: "Clock", cell: (/** @type {any} */ mark) => (mark.clock ? `${plain(mark.clock)}${mark.cycle > 1 ? `, cycle ${mark.cycle}` : ""}` : null) },
    { name: "For", cell: (/** @type {any} */ mark) => roleSaid(mark.role) },
    { name: "State", cell: (/** @type {any} */ mark) => plain(mark.state) },
  ];
  const rows = marks.map((mark, place) => ({ ...mark, place }));
  return h("details", { open: rows.length <= 12, "data-key": "marks" }, h("summary", {}, `The ${rows.length} marks as a table`),
    table({ caption: "Marks in the order of time", columns, groups: [{ rows }], key: (mark) => `${mark.place}`, rowClass: (mark) => `mark-${mark.state}` }));
}

/** @param {any} ticket */
function told(ticket) {
  if (!ticket.escalations.length) return nothing("Nobody was told of anything.");
  const columns = [
    { name: "Reached", class: "when", cell: (/** @type {any} */ each) => instant(each.reached_at) },
    { name: "What", heads: true, cell: (/** @type {any} */ each) => [kindSaid(each), " ", h("span", { class: "of" }, plain(each.clock) || plain(each.reason))] },
    { name: "For", cell: (/** @type {any} */ each) => [roleSaid(each.role), each.unheard ? h("span", { class: "chip alarm" }, "nobody heard") : null] },
    { name: "Raised", cell: (/** @type {any} */ each) => raised(each) },
    { name: "Taken on", cell: (/** @type {any} */ each) => takenOn(each, ticket.ticket_id) },
  ];
  const rows = [...ticket.escalations].reverse();
  return table({ caption: "Who was told of what, the latest first", columns, groups: [{ rows }], key: (each) => each.id, rowClass: (each) => (each.retracted_at ? "is-over" : "") });
}

/** @param {any} each */
function raised(each) {
  if (!each.raised_at) return "at this moment";
  if (each.silent) return "of the past: nobody was told";
  return each.late_by_seconds >= 1 ? `${length(each.late_by_seconds)} later` : "at once";
}

/** @param {any} each @param {string} ticketId */
function takenOn(each, ticketId) {
  if (each.retracted_at) return ["retracted ", instant(each.retracted_at)];
  if (each.acknowledged_at) return ["by ", said(each.acknowledged_by) ?? "somebody", ", ", instant(each.acknowledged_at)];
  return each.raised_at ? button("acknowledge", each.id, "Acknowledge", `the ${kindSaid(each).textContent} of ${ticketId}`) : null;
}

/** @param {any} events */
function happened(events) {
  const columns = [
    { name: "When", class: "when", cell: (/** @type {any} */ event) => instant(event.time) },
    { name: "What", heads: true, cell: (/** @type {any} */ event) => h("bdi", {}, oneLine(event.type, 80)) },
    { name: "By", cell: (/** @type {any} */ event) => said(event.source) },
    { name: "Details", class: "details", cell: (/** @type {any} */ event) => details(event) },
  ];
  const more = events.next_cursor ? nothing("These are the first 200 events; the API has the rest.") : null;
  return h("details", { "data-key": "stream" }, h("summary", {}, `${events.items.length}${events.next_cursor ? " and more" : ""} events`),
    table({ caption: "The ticket's events in the order they were recorded", columns, groups: [{ rows: events.items }], key: (event) => String(event.position) }), more);
}

const SHOWN_OF_SLA = ["kind", "clock", "cycle", "tier", "role", "reason", "retracts"];

/** @param {any} event */
function details(event) {
  const data = event.type.startsWith("sla.") ? Object.fromEntries(SHOWN_OF_SLA.filter((name) => event.data[name] !== null && event.data[name] !== undefined).map((name) => [name, event.data[name]])) : event.data;
  const words = Object.entries(data ?? {}).map(([name, value]) => `${plain(name)}: ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return said(words.join(" · "), 300);
}
