/** What several views are made of: links, chips, signs, messages. */

import { h, s } from "./dom.js";
import { to } from "./router.js";
import { kindOf, oneLine, plain } from "./words.js";

/** @param {string} id */
export function ticketLink(id) {
  return h("a", { href: to("tickets", id), class: "id" }, h("bdi", {}, oneLine(id, 80)));
}

/** A ticket's title in a list. @param {string | null | undefined} title */
export function titleOf(title) {
  return title ? h("bdi", { class: "ticket-title", title: oneLine(title, 500) }, oneLine(title, 160)) : null;
}

/** @param {string | null | undefined} severity */
export function severityChip(severity) {
  return severity ? h("span", { class: "chip" }, h("bdi", {}, oneLine(severity, 40))) : null;
}

/** @param {string} status */
export function statusChip(status) {
  return h("span", { class: "chip quiet", "data-status": status }, plain(status));
}

/** Free text of somebody's, in one line. @param {string | null | undefined} text @param {number} [most] */
export function said(text, most = 80) {
  return text ? h("bdi", { title: oneLine(text, 500) }, oneLine(text, most)) : null;
}

/** @param {string} policyId */
export function policyLink(policyId) {
  return h("a", { href: to("policies", policyId) }, policyId);
}

const SHAPES = {
  warning: "M8 2 14.5 13.5H1.5z",
  breach: "M8 1.5 14.5 8 8 14.5 1.5 8z",
  escalation: "M8 2a6 6 0 1 0 .01 0z",
  met: "M1.5 8.6 3.5 6.6 6.4 9.5 12.5 3.2 14.5 5.2 6.4 13.4z",
  notice: "M3 4h10v7H8l-3 3v-3H3z",
};

/** The outline of a kind of mark, 16 by 16. @param {string} kind */
export function shapeOf(kind) {
  return SHAPES[kind] ?? SHAPES.notice;
}

/** A mark's sign; what it means is said beside it. @param {{kind: string, tier?: number | null}} mark */
export function sign(mark) {
  return s("svg", { class: `sign ${mark.kind}`, viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, s("path", { d: shapeOf(mark.kind) }));
}

/** A mark's sign and what kind it is. @param {{kind: string, tier?: number | null}} mark */
export function kindSaid(mark) {
  return h("span", { class: "kind" }, sign(mark), kindOf(mark));
}

/** @param {string | null | undefined} role */
export function roleSaid(role) {
  return role ? plain(role) : h("span", { class: "none" }, "everyone subscribed");
}

/** What stands where there is nothing to show. @param {string} words @param {...import("./dom.js").Child} more */
export function nothing(words, ...more) {
  return h("p", { class: "nothing" }, words, ...more);
}

/** @param {string} title @param {string} id @param {...(import("./dom.js").Child | import("./dom.js").Child[])} content */
export function section(title, id, ...content) {
  return h("section", { "aria-labelledby": id, "data-key": id }, h("h2", { id }, title), ...content);
}

/** A choice that changes the address. @param {string} name @param {string} label @param {[string, string][]} options value and words @param {string} chosen */
export function choice(name, label, options, chosen) {
  const known = options.some(([value]) => value === chosen) ? options : [...options, /** @type {[string, string]} */ ([chosen, chosen])];
  const drawn = known.map(([value, words]) => h("option", { value, selected: value === chosen, "data-key": value || "-" }, words));
  return h("div", { class: "field", "data-key": `choice-${name}` }, h("label", { for: `choice-${name}` }, label), h("select", { name, id: `choice-${name}` }, drawn));
}

/** Links to the pages of a list. @param {string} view @param {URLSearchParams} query @param {string | null} next */
export function pages(view, query, next) {
  const first = new URLSearchParams(query);
  first.delete("cursor");
  const after = new URLSearchParams(first);
  if (next) after.set("cursor", next);
  const links = [
    query.has("cursor") ? h("a", { class: "button", href: to(view, "", first) }, "First page") : null,
    next ? h("a", { class: "button", href: to(view, "", after), rel: "next" }, "Next page") : null,
  ].filter(Boolean);
  return links.length ? h("nav", { class: "pages", "aria-label": "Pages", "data-key": "pages" }, links) : null;
}

/** What a person decides by a button. @param {string} act @param {string} id @param {string} words @param {string} about for those who hear the button alone */
export function button(act, id, words, about) {
  return h("button", { type: "button", "data-act": act, "data-id": id, "data-key": `${act}-${id}`, "aria-label": `${words} ${about}` }, words);
}
