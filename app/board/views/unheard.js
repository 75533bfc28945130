/** What was raised for a role while nobody listened for it. */

import { acknowledge } from "../acknowledging.js";
import { get } from "../api.js";
import { all, h } from "../dom.js";
import { button, kindSaid, nothing, policyLink, section, severityChip, ticketLink } from "../parts.js";
import { instant as ago } from "../server_time.js";
import { table } from "../table.js";
import { countdown, instant } from "../tick.js";
import { count, plain } from "../words.js";

export const title = "Escalations nobody heard";
export const concerns = (/** @type {import("../stream.js").Message} */ message) => message.type.startsWith("sla.") || message.type === "escalation.acknowledged";
export const every = 20_000;
export const actions = { acknowledge };

const A_DAY = 86400;

/** @param {import("../router.js").Route} _ @param {AbortSignal} signal */
export async function load(_, signal) {
  const { detail } = await get("/readyz", {}, signal);
  const counted = detail.unheard_last_day;
  if (counted && !Object.keys(counted).length) return { roles: {}, escalations: [], known: true };
  const asked = { role: Object.keys(counted ?? {}).slice(0, 100), since: ago(-A_DAY), limit: 500 };
  const { items } = await get("/v1/escalations", asked, signal);
  return { roles: counted ?? {}, escalations: items.filter((/** @type {any} */ each) => each.unheard), known: Boolean(counted) };
}

/** @param {Awaited<ReturnType<typeof load>>} data */
export function draw({ roles, escalations, known }) {
  const names = Object.entries(roles).sort(([, one], [, other]) => other - one);
  if (!names.length && !escalations.length) {
    return nothing(known ? "Everything raised in the last 24 hours was heard by a subscription." : "Nothing that this key sees went unheard in the last 24 hours.");
  }
  const advice = h("p", { class: "sum" }, "In the last 24 hours these roles were to be told, and no enabled subscription heard it. Subscribe somebody: ", h("code", {}, "POST /v1/subscriptions"), " with ", h("code", {}, '"roles": [...]'), " (", h("a", { href: "/docs" }, "API"), ").");
  return all(names.length ? [advice, section("By role", "roles", byRole(names))] : null, section("The latest", "latest", listed(escalations)));
}

/** @param {[string, number][]} names */
function byRole(names) {
  const columns = [
    { name: "Role", heads: true, cell: (/** @type {[string, number]} */ [role]) => plain(role) },
    { name: "Unheard", number: true, cell: (/** @type {[string, number]} */ [, number]) => count(number, "escalation") },
  ];
  return table({ caption: "Roles that nobody listens for", class: "narrow", columns, groups: [{ rows: names }], key: ([role]) => role });
}

/** @param {any[]} escalations */
function listed(escalations) {
  if (!escalations.length) return nothing("None of the latest.");
  const columns = [
    { name: "Raised", class: "when", cell: (/** @type {any} */ each) => [countdown(each.raised_at), h("small", {}, instant(each.raised_at))] },
    { name: "What", cell: (/** @type {any} */ each) => [kindSaid(each), " ", h("span", { class: "of" }, plain(each.clock) || plain(each.reason))] },
    { name: "Ticket", heads: true, cell: (/** @type {any} */ each) => ticketLink(each.ticket_id) },
    { name: "For", cell: (/** @type {any} */ each) => plain(each.role) },
    { name: "Severity", cell: (/** @type {any} */ each) => severityChip(each.severity) },
    { name: "Policy", cell: (/** @type {any} */ each) => policyLink(each.policy.id) },
    { name: "Taken on", cell: (/** @type {any} */ each) => (each.acknowledged_at ? `by ${each.acknowledged_by ?? "somebody"}` : button("acknowledge", each.id, "Acknowledge", `the ${kindSaid(each).textContent} of ${each.ticket_id}`)) },
  ];
  return table({ caption: "Escalations that nobody heard, the latest first", columns, groups: [{ rows: escalations }], key: (each) => each.id });
}
