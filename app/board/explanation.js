/** Why a deadline is where it is: every stretch of time up to it, whether it counts, and what caused that. */

import { h } from "./dom.js";
import { said } from "./parts.js";
import { table } from "./table.js";
import { instant } from "./tick.js";
import { exactLength, oneLine, plain } from "./words.js";

/** @param {any[]} clocks of `/explain` */
export function explanation(clocks) {
  return h("div", { class: "explained" }, clocks.filter((each) => each.started_at).map(explained));
}

/** @param {any} clock */
function explained(clock) {
  const { name = "always", zone = null } = clock.calendar ?? {};
  const by = name === "always" ? "day and night" : `of ${plain(name)} hours${zone ? ` in ${zone}` : ""}`;
  const goal = clock.goal ? `${clock.goal}, ${by}` : "no deadline of its own";
  const due = clock.due_at ? [", due ", instant(clock.due_at)] : null;
  const begun = clock.started_by ? ["Begun by ", cause(clock.started_by), ", ", instant(clock.started_at), "."] : null;
  return h("details", { "data-key": `why-${clock.clock}` },
    h("summary", {}, h("strong", {}, plain(clock.clock)), `: ${goal}`, due),
    begun ? h("p", {}, begun) : null,
    clock.segments?.length ? segments(clock) : null,
    sums(clock.totals),
    clock.marks?.length ? marks(clock) : null);
}

/** @param {any} clock */
function segments(clock) {
  const columns = [
    { name: "From", class: "when", cell: (/** @type {any} */ each) => instant(each.start) },
    { name: "To", class: "when", cell: (/** @type {any} */ each) => instant(each.end) },
    { name: "Counts", number: true, cell: (/** @type {any} */ each) => exactLength(each.counted_seconds) },
    { name: "Of", number: true, cell: (/** @type {any} */ each) => exactLength(each.seconds) },
    { name: "Why", heads: true, cell: (/** @type {any} */ each) => [h("span", { class: `segment-kind ${each.kind}` }, each.kind), " ", said(plain(each.reason), 200), each.elapsed === false ? " (to come)" : null] },
    { name: "Because of", cell: (/** @type {any} */ each) => [each.fact ? cause(each.fact) : null, each.until_fact ? [" until ", cause(each.until_fact)] : null] },
  ];
  return table({ caption: `Every stretch of ${plain(clock.clock)} up to its deadline`, columns, groups: [{ rows: clock.segments }], key: (each) => each.start });
}

/** @param {any} totals */
function sums(totals) {
  if (!totals) return null;
  const said = /** @type {[string, number][]} */ ([["counted", totals.counted_seconds], ["standing still", totals.paused_seconds], ["closed", totals.closed_seconds], ["holidays", totals.holiday_seconds]]);
  const parts = said.filter(([, seconds]) => seconds > 0).map(([name, seconds]) => `${exactLength(seconds)} ${name}`);
  return h("p", {}, h("strong", {}, "In all: "), parts.join(", ") || "nothing yet", ".");
}

/** @param {any} clock */
function marks(clock) {
  const rows = clock.marks.map((/** @type {any} */ mark) =>
    h("li", {}, `${mark.kind}${mark.tier ? ` ${mark.tier}` : ""}${mark.role ? `: ${plain(mark.role)}` : ""}, ${mark.rule}`, mark.target_at ? [", ", instant(mark.target_at)] : null, `, ${plain(mark.state)}`));
  return h("ul", { class: "rules" }, rows);
}

/** A fact that caused something. @param {any} fact */
function cause(fact) {
  return h("span", { class: "fact", title: `${oneLine(fact.source, 100)} ${oneLine(fact.id, 100)}` }, plain(oneLine(fact.type, 60).replace("ticket.", "")));
}
