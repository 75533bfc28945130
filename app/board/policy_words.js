/** A policy's content in words: spans, conditions, facts, ladders, as its file writes them. */

import { plain } from "./words.js";

/** What means nothing wherever it stands. */
const REMARKS = ["note", "assumed"];
const UNITS = { w: "week", d: "day", h: "hour", m: "minute", s: "second" };

/** @param {any} value @returns {any[]} */
export function list(value) {
  return value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** The members that mean something. @param {any} object @returns {[string, any][]} */
export function meant(object) {
  return Object.entries(object ?? {}).filter(([name]) => !REMARKS.includes(name));
}

/** A name, and what people call it: of a list of names or of {id, name}. @param {any} each */
export function nameWords(each) {
  if (each === null || typeof each !== "object") return plain(String(each));
  return each.name ? `${plain(String(each.id))} (${each.name})` : plain(String(each.id));
}

/** @param {string | number} number @param {string} thing */
function times(number, thing) {
  return `${number} ${thing}${String(number) === "1" ? "" : "s"}`;
}

/** "4h", "2bd", "eobd+1" as people say them. @param {unknown} span */
export function spanWords(span) {
  const text = String(span);
  const days = /^(\d+)bd$/.exec(text);
  if (days) return times(days[1], "business day");
  const close = /^eobd\+(\d+)$/.exec(text);
  if (close) return close[1] === "0" ? "close of the business day" : close[1] === "1" ? "close of the next business day" : `close of business, ${close[1]} days on`;
  return [...text.matchAll(/(\d+)([wdhms])/g)].map(([, number, unit]) => times(number, UNITS[unit])).join(" ") || text;
}

/** When somebody is told: so long after the start, before what is due, or past it. @param {any} mark */
export function whenWords(mark) {
  if (mark === null || typeof mark !== "object") return spanWords(mark);
  if (mark.before !== undefined) return `${spanWords(mark.before)} before it is due`;
  if (mark.past !== undefined) return `${spanWords(mark.past)} past what is due`;
  return mark.after === "0m" || mark.after === "0s" ? "at once" : spanWords(mark.after);
}

/** A condition: "severity is P1 and channel is not phone". @param {any} condition */
export function conditionWords(condition) {
  return meant(condition).map(([name, wanted]) => clause(name, wanted)).join(" and ");
}

/** @param {string} name @param {any} wanted */
function clause(name, wanted) {
  const subject = plain(name.replace(/^fact\./, "").replace(/^attributes\./, "").replace("opened_in.", "opened in hours of ").replace("previous.", "previous "));
  if (wanted === true) return subject;
  if (wanted === false) return `not ${subject}`;
  if (wanted === null || typeof wanted !== "object") return `${subject} is ${plain(String(wanted))}`;
  const [[word, value]] = Object.entries(wanted);
  const values = list(value).map((each) => plain(String(each))).join(" or ");
  if (word === "exists") return `${subject} is ${value ? "" : "not "}there`;
  return `${subject} is ${word.startsWith("not") ? "not " : ""}${values}`;
}

/** A fact, with its condition. @param {any} fact */
function factWords(fact) {
  if (typeof fact === "string") return plain(fact.replace("ticket.", ""));
  const words = plain(String(fact.fact ?? "").replace("ticket.", ""));
  return fact.if ? `${words} if ${conditionWords(fact.if)}` : words;
}

/** @param {any} facts */
export function factsWords(facts) {
  return list(facts).map(factWords).join(", or ");
}

/** Who is told, and what else happens. @param {any} action */
export function actionWords(action) {
  if (!action) return "";
  const { awaits } = action;
  const parts = [
    action.tell ? `tell ${plain(String(action.tell))}` : null,
    action.reason ? `(${plain(String(action.reason))})` : null,
    action.move_to_line ? `and move to ${plain(String(action.move_to_line))}` : null,
    action.close ? "and close the ticket" : null,
    action.if ? `if ${conditionWords(action.if)}` : null,
    awaits ? `once ${times(awaits.times, factWords(awaits))} came, else ${actionWords(awaits.meanwhile)} and wait ${spanWords(awaits.then)}` : null,
  ];
  return parts.filter(Boolean).join(" ");
}

/** Warnings before what is due. @param {any} warnings */
export function warnWords(warnings) {
  return list(warnings).map((each) => [whenWords(each), actionWords(typeof each === "object" ? each : null)].filter(Boolean).join(" ")).join("; ");
}

/** For whom a target is: "P1", "P3, P4", "basic". @param {any} target @param {string} name */
export function forWhom(target, name) {
  return list(target[name]).map((each) => plain(String(each))).join(", ") || "any";
}
