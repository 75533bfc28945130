/** A ticket's clocks: how each stands, what is left, how much of it is used up. */

import { all, h, s } from "./dom.js";
import { nothing } from "./parts.js";
import { countdown, instant, standing } from "./tick.js";
import { length, plain } from "./words.js";

/** @param {any} ticket */
export function clocks(ticket) {
  if (!ticket.clocks.length) return nothing("This ticket has no clocks.");
  const begun = ticket.clocks.filter((/** @type {any} */ clock) => clock.state !== "pending");
  const pending = ticket.clocks.filter((/** @type {any} */ clock) => clock.state === "pending");
  return all(
    h("ul", { class: "clocks" }, begun.map((/** @type {any} */ clock) => card(clock, ticket.ticket_id))),
    pending.length ? h("p", { class: "aside pending" }, "Not begun: ", pending.map(notBegun).join(", "), ".") : null);
}

/** @param {any} clock */
function notBegun(clock) {
  return plain(clock.clock) + (clock.goal ? ` (${clock.goal})` : "");
}

/** @param {any} clock @param {string} ticketId */
function card(clock, ticketId) {
  const late = clock.breached && (clock.state === "running" || clock.state === "paused");
  const name = h("h3", {}, plain(clock.clock), clock.cycle > 1 ? h("small", {}, ` cycle ${clock.cycle}`) : null);
  return h("li", { class: `clock ${clock.state} ${late ? "late" : ""}`, "data-key": clock.clock },
    name,
    h("p", { class: "stand" }, stand(clock, ticketId)),
    bar(clock),
    h("p", { class: "aside" }, small(clock)));
}

/** How it stands, in one line. @param {any} clock @param {string} ticketId */
function stand(clock, ticketId) {
  if (clock.state === "running" && clock.due_at) return countdown(clock.due_at, { deadline: true, name: `${ticketId}, ${plain(clock.clock)},` });
  if (clock.state === "running") return ["runs, open for ", length(clock.elapsed_seconds)];
  if (clock.state === "paused") return ["paused", clock.remaining_seconds === null ? null : [", ", standing(clock.remaining_seconds)]];
  if (clock.state === "met") return [clock.breached ? "met, but late" : "met in time", " ", instant(clock.met_at)];
  return clock.breached ? `${plain(clock.state)}, late` : plain(clock.state);
}

/** @param {any} clock */
function small(clock) {
  const business = clock.calendar && clock.calendar !== "always" ? ` by ${plain(clock.calendar)} hours` : "";
  const parts = [
    clock.goal ? `${clock.goal}${business}` : null,
    clock.commitment !== "guarantee" ? clock.commitment : null,
    clock.started_at ? `open for ${length(clock.elapsed_seconds)}${business}` : null,
    clock.state === "running" && clock.remaining_seconds !== null && business ? `${length(clock.remaining_seconds)} ${clock.remaining_seconds < 0 ? "over" : "left"}` : null,
    clock.paused_seconds > 0 ? `paused for ${length(clock.paused_seconds)}` : null,
  ].filter(Boolean);
  return [parts.join(" · "), clock.due_at ? [parts.length ? " · " : "", "due ", instant(clock.due_at)] : null];
}

/** How much of its time is used up. @param {any} clock */
function bar(clock) {
  if (clock.remaining_seconds === null || !clock.started_at) return null;
  const whole = clock.elapsed_seconds + clock.remaining_seconds;
  const share = whole > 0 ? Math.min(1, Math.max(0, clock.elapsed_seconds / whole)) : 1;
  return s("svg", { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, s("rect", { width: Math.round(share * 1000) / 10, height: 6 }));
}
