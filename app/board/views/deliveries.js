/** What was sent to whom: what waits, what failed, what is dead, and a button that sends it again. */

import { get, post } from "../api.js";
import { all, h } from "../dom.js";
import { button, nothing, pages, said, section, ticketLink } from "../parts.js";
import { to } from "../router.js";
import { table } from "../table.js";
import { announce, countdown, instant } from "../tick.js";
import { capital, oneLine, plain } from "../words.js";

export const title = "Deliveries";
/** What becomes of a delivery is no event of the log. */
export const every = 2_000;
export const concerns = (/** @type {import("../stream.js").Message} */ message) => message.type.startsWith("sla.");
export const actions = { resend };

const STATUSES = ["pending", "failed", "dead", "delivered"];
const WORDS = { pending: "waiting", failed: "failed", dead: "dead", delivered: "delivered" };

/** @param {import("../router.js").Route} route @param {AbortSignal} signal */
export async function load({ query }, signal) {
  const asked = { status: query.get("status"), subscription: query.get("subscription"), ticket: query.get("ticket"), limit: 50, cursor: query.get("cursor") };
  const [found, subscriptions] = await Promise.all([get("/v1/deliveries", asked, signal), get("/v1/subscriptions", { limit: 500 }, signal)]);
  return { found, subscriptions: subscriptions.items };
}

/** @param {HTMLElement} pressed */
async function resend(pressed) {
  await post(`/v1/deliveries/${encodeURIComponent(pressed.dataset.id ?? "")}/redeliver`);
  announce("Sent again");
}

/** @param {Awaited<ReturnType<typeof load>>} data @param {import("../router.js").Route} route */
export function draw({ found, subscriptions }, { query }) {
  const status = query.get("status") ?? "";
  const list = found.items.length ? deliveries(found.items, subscriptions) : nothing(status ? `Nothing is ${WORDS[status] ?? status}.` : "Nothing was sent yet.");
  return all(statuses(query, status), h("div", { "data-key": "list" }, list, pages("deliveries", query, found.next_cursor)), section("Subscriptions", "subscriptions", receivers(subscriptions)));
}

/** @param {URLSearchParams} query @param {string} status */
function statuses(query, status) {
  const links = ["", ...STATUSES].map((each) => {
    const there = new URLSearchParams(query);
    there.delete("cursor");
    if (each) there.set("status", each);
    else there.delete("status");
    return h("li", {}, h("a", { href: to("deliveries", "", there), "aria-current": each === status ? "true" : null }, each ? capital(WORDS[each]) : "All"));
  });
  return h("nav", { class: "tabs", "aria-label": "By status", "data-key": "tabs" }, h("ul", {}, links));
}

/** @param {any[]} items @param {any[]} subscriptions */
function deliveries(items, subscriptions) {
  const url = new Map(subscriptions.map((each) => [each.id, each.url]));
  const columns = [
    { name: "Status", class: "status", cell: (/** @type {any} */ each) => [h("span", { class: `delivery ${each.status}` }, WORDS[each.status]), each.next_attempt_at ? h("small", {}, "next try ", countdown(each.next_attempt_at)) : null] },
    { name: "Ticket", heads: true, cell: (/** @type {any} */ each) => ticketLink(each.ticket_id) },
    { name: "To", class: "url", cell: (/** @type {any} */ each) => said(url.get(each.subscription_id) ?? "a subscription that is no more", 60) },
    { name: "Made", class: "when", cell: (/** @type {any} */ each) => instant(each.created_at) },
    { name: "Attempts", class: "attempts", cell: (/** @type {any} */ each) => attempts(each) },
    { name: "Again", cell: (/** @type {any} */ each) => (each.status === "failed" || each.status === "dead" ? button("resend", each.id, "Resend", `to ${each.ticket_id}`) : null) },
  ];
  return table({ caption: "Deliveries, the latest first", columns, groups: [{ rows: items }], key: (each) => each.id });
}

/** @param {any} delivery */
function attempts({ attempts: made }) {
  const last = made.at(-1);
  if (!last) return "none yet";
  const rows = made.map((/** @type {any} */ each) =>
    h("li", { value: each.attempt }, instant(each.at), ": ", outcome(each), `, ${each.took_seconds.toFixed(3)} s`, each.answer ? h("pre", {}, each.answer) : null));
  return h("details", {}, h("summary", {}, `${made.length}, last: `, outcome(last)), h("ol", {}, rows));
}

/** @param {any} attempt */
function outcome(attempt) {
  return attempt.status ? `answered ${attempt.status}` : oneLine(attempt.error ?? "no answer", 120);
}

/** @param {any[]} subscriptions */
function receivers(subscriptions) {
  if (!subscriptions.length) return nothing("Nobody has subscribed: whatever is raised, nobody hears it. The API says how, at ", h("a", { href: "/docs" }, "/docs"), ".");
  const columns = [
    { name: "To", heads: true, class: "url", cell: (/** @type {any} */ each) => h("a", { href: to("deliveries", "", { subscription: each.id }) }, oneLine(each.url, 80)) },
    { name: "Format", cell: (/** @type {any} */ each) => plain(each.format) },
    { name: "Hears", cell: (/** @type {any} */ each) => hears(each) },
    { name: "State", cell: (/** @type {any} */ each) => state(each) },
  ];
  return table({ caption: "Who is told", columns, groups: [{ rows: subscriptions }], key: (each) => each.id });
}

/** @param {any} each */
function hears(each) {
  const parts = ["roles", "types", "policies", "severities"].filter((name) => each[name].length).map((name) => `${name}: ${each[name].map(plain).join(", ")}`);
  return parts.join(" · ") || (each.unheard ? "what nobody else hears" : "everything");
}

/** @param {any} each */
function state(each) {
  if (!each.enabled) return h("span", { class: "chip alarm" }, `disabled${each.disabled_reason ? `: ${oneLine(each.disabled_reason, 80)}` : ""}`);
  if (each.breaker.state === "closed") return "well";
  const probe = each.breaker.next_probe_at;
  return [h("span", { class: "chip alarm" }, "fails"), " since ", instant(each.breaker.since), probe ? [", tried again ", countdown(probe)] : null];
}
