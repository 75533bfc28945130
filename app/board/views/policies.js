/** Policies as tables that can be read: targets, ladders, calendars, and what in them is assumed. */

import { get } from "../api.js";
import { all, h } from "../dom.js";
import { nothing, section } from "../parts.js";
import { calendars } from "../policy_calendars.js";
import { actionWords, conditionWords, factsWords, forWhom, list, nameWords, spanWords, warnWords, whenWords } from "../policy_words.js";
import { to } from "../router.js";
import { table } from "../table.js";
import { instant } from "../tick.js";
import { capital, count, plain } from "../words.js";

export const title = "Policies";
export const concerns = () => false;

/** @param {import("../router.js").Route} route */
export function titleOf({ id }) {
  return id ? `Policy ${id}` : title;
}

/** @param {import("../router.js").Route} route @param {AbortSignal} signal */
export async function load({ id }, signal) {
  return id ? { policy: await get(`/v1/policies/${encodeURIComponent(id)}`, {}, signal) } : { policies: (await get("/v1/policies", {}, signal)).items };
}

/** @param {Awaited<ReturnType<typeof load>>} data */
export function draw({ policy, policies }) {
  return policy ? one(policy) : listed(policies);
}

/** @param {any[]} policies */
function listed(policies) {
  if (!policies.length) return nothing("There is no policy: put files into the folder of policies and start the service anew.");
  const columns = [
    { name: "Policy", heads: true, cell: (/** @type {any} */ each) => h("a", { href: to("policies", each.id), class: "id" }, each.id) },
    { name: "Name", cell: (/** @type {any} */ each) => each.name },
    { name: "Source", cell: (/** @type {any} */ each) => each.source },
    { name: "Clocks", cell: (/** @type {any} */ each) => list(each.content.clocks).map((clock) => plain(clock.id)).join(", ") },
    { name: "Assumptions", number: true, cell: (/** @type {any} */ each) => each.assumptions.length },
    { name: "In force since", cell: (/** @type {any} */ each) => instant(each.current_since) },
  ];
  return table({ caption: "The policies in force", columns, groups: [{ rows: policies }], key: (each) => each.id });
}

/** @typedef {{path: string, assumed?: string, note?: string}} Remark */

/** @param {any} policy */
function one({ name, source, version, current_since, assumptions, notes, content }) {
  const about = [h("dt", {}, "Source"), h("dd", {}, source ?? "–"), h("dt", {}, "In force since"), h("dd", {}, instant(current_since)), h("dt", {}, "Version"), h("dd", {}, h("code", {}, version.slice(0, 19)))];
  /** @type {Remark[]} */
  const left = [...assumptions, ...notes];
  const said = (/** @type {string} */ path) => remarks(taken(left, path));
  const sections = [
    ...list(content.clocks).map((each, place) => clock(each, said(`clocks[${place}]`))),
    notices(content.notices, said("notices")),
    calendars(content.calendars, said("calendars")),
  ];
  return all(
    h("p", { class: "headline", "data-key": "name" }, name ?? ""),
    h("dl", { class: "facts inline", "data-key": "about" }, about),
    h("p", { "data-key": "assumed" }, h("strong", {}, count(assumptions.length, "assumption")), ": what the text does not say, and how it was read, stands with the rule it is about."),
    sections,
    names(content, remarks(left)));
}

/** The remarks about a part of the policy, which are said there and nowhere else. @param {Remark[]} left @param {string} path */
function taken(left, path) {
  const about = left.filter((each) => each.path === path || each.path.startsWith(`${path}.`) || each.path.startsWith(`${path}[`));
  for (const each of about) left.splice(left.indexOf(each), 1);
  return about;
}

/** @param {Remark[]} found */
function remarks(found) {
  if (!found.length) return null;
  return h("ul", { class: "remarks" }, found.map((each) =>
    h("li", { class: each.assumed ? "assumed" : "note" }, h("strong", {}, each.assumed ? "Assumed" : "Note"), place(each.path), ": ", each.assumed ?? each.note)));
}

/** Which target or notice of several a remark is about. @param {string} path */
function place(path) {
  const found = /(targets|notices|ladder|flags|roles|severity_steps|resolves|starts|meets)\[(\d+)\][^[]*$/.exec(path) ?? /^calendars\.()([^.]+)/.exec(path);
  if (!found) return "";
  const [, of, which] = found;
  return of ? `, ${plain(of.replace(/s$/, ""))} ${Number(which) + 1}` : `, ${plain(which)}`;
}

/** @param {any} each @param {Node | null} remarked */
function clock(each, remarked) {
  const rows = list(each.targets).map((target, place) => ({ ...target, place }));
  const has = (/** @type {string} */ member) => rows.some((row) => row[member] !== undefined);
  const columns = [
    { name: "Severity", heads: true, cell: (/** @type {any} */ row) => forWhom(row, "severity") },
    has("plan") ? { name: "Plan", cell: (/** @type {any} */ row) => forWhom(row, "plan") } : null,
    has("warn") ? { name: "Warning after", cell: (/** @type {any} */ row) => warnWords(row.warn) } : null,
    has("due") ? { name: "Due after", cell: (/** @type {any} */ row) => (row.due ? h("strong", {}, spanWords(row.due)) : "nothing is due") } : null,
    { name: "Calendar", cell: (/** @type {any} */ row) => plain(row.calendar ?? each.calendar) || "day and night" },
    has("when_due") || each.when_due ? { name: "When due", cell: (/** @type {any} */ row) => actionWords(row.when_due ?? each.when_due) } : null,
    has("ladder") ? { name: "Ladder", class: "wide", cell: (/** @type {any} */ row) => rungs(row) } : null,
  ].filter((column) => column !== null);
  return section(capital(plain(each.id)), `clock-${each.id}`, rules(each),
    table({ caption: `Targets of ${plain(each.id)}`, columns, groups: [{ rows }], key: (row) => String(row.place) }), remarked);
}

/** What starts, meets and stops a clock. @param {any} each */
function rules(each) {
  const said = [
    ["Begins with", factsWords(each.starts) || "the ticket's opening"],
    ["Met by", factsWords(each.meets)],
    ["Begins anew with", factsWords(each.restarts)],
    ["Stands still", list(each.pauses_on).map((status) => `while ${plain(String(status))}`).join(", ")],
    ["Only if", each.when ? conditionWords(each.when) : ""],
    ["Line", plain(each.line)],
    ["Repeats", each.repeats ? `yes${each.interval_agreed ? ", at the interval agreed with the customer" : ""}` : ""],
    ["Goes on", each.outlives_resolution ? "when the ticket is resolved" : ""],
    ["Commitment", each.commitment ?? ""],
  ].filter(([, words]) => words);
  return h("dl", { class: "facts inline" }, said.map(([name, words]) => [h("dt", {}, name), h("dd", {}, words)]));
}

/** @param {any} target */
function rungs({ ladder, repeat }) {
  if (!list(ladder).length) return null;
  const rows = list(ladder).map((rung) => h("li", {}, h("strong", {}, `${capital(whenWords(rung))}: `), actionWords(rung)));
  const again = repeat ? h("p", { class: "aside" }, `The last one again every ${spanWords(repeat.every)}, ${repeat.times} times.`) : null;
  return [h("ol", { class: "rungs" }, rows), again];
}

/** @param {any} found @param {Node | null} remarked */
function notices(found, remarked) {
  const rows = list(found).map((each, place) => ({ ...each, place }));
  if (!rows.length) return null;
  const columns = [
    { name: "When", heads: true, cell: (/** @type {any} */ each) => plain(String(each.fact ?? "").replace("ticket.", "")) },
    { name: "If", cell: (/** @type {any} */ each) => (each.if ? conditionWords(each.if) : null) },
    { name: "Tell", cell: (/** @type {any} */ each) => list(each.tell).map((role) => plain(String(role))).join(", ") },
    { name: "Reason", cell: (/** @type {any} */ each) => plain(each.reason) },
  ];
  return section("Notices", "notices", table({ caption: "Who is told of what at once", columns, groups: [{ rows }], key: (each) => String(each.place) }), remarked);
}

/** @param {any} content @param {Node | null} remarked */
function names(content, remarked) {
  const rows = [
    ["Severities", list(content.severities).map(nameWords).join(", ")],
    ["Plans", list(content.plans).map(nameWords).join(", ")],
    ["Lines", list(content.lines).map(nameWords).join(" → ")],
    ["Roles", list(content.roles).map(nameWords).join(", ")],
    ["Severity changes", list(content.severity_steps).map((each) => `${each.down} less severe if ${conditionWords(each.if)}`).join("; ")],
    ["Flags", list(content.flags).map((each) => `${plain(each.flag)} if ${conditionWords(each.if)}`).join("; ")],
    ["Also resolved by", factsWords(content.resolves)],
  ].filter(([, words]) => words);
  return section("Names", "names", h("dl", { class: "facts inline" }, rows.map(([name, words]) => [h("dt", {}, name), h("dd", {}, words)])), remarked);
}
