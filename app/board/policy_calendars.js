/** A policy's calendars: the hours of each day, days with hours of their own, holidays. */

import { h } from "./dom.js";
import { section } from "./parts.js";
import { list, meant } from "./policy_words.js";
import { table } from "./table.js";
import { capital, plain } from "./words.js";

/** @param {any} found the calendars by name @param {Node | null} remarked what is said of them */
export function calendars(found, remarked) {
  const rows = Object.entries(found ?? {});
  if (!rows.length) return null;
  const special = rows.some(([, each]) => each.special_days);
  const columns = [
    { name: "Calendar", heads: true, cell: (/** @type {[string, any]} */ [name]) => plain(name) },
    { name: "Zone", cell: (/** @type {[string, any]} */ [, each]) => each.zone },
    { name: "Open", cell: (/** @type {[string, any]} */ [, each]) => lines(meant(each.hours).map(([days, hours]) => `${capital(days)} ${list(hours).join(", ")}`)) },
    ...(special ? [{ name: "Special days", cell: (/** @type {[string, any]} */ [, each]) => lines(meant(each.special_days).map(([date, hours]) => `${date} ${list(hours).join(", ") || "closed"}`)) }] : []),
    { name: "Holidays", class: "wide", cell: (/** @type {[string, any]} */ [, each]) => lines(holidays(each.holidays)) },
  ];
  return section("Calendars", "calendars", table({ caption: "Hours and holidays", columns, groups: [{ rows }], key: ([name]) => name }), remarked);
}

/** @param {string[]} said */
function lines(said) {
  return said.length ? h("ul", { class: "plain" }, said.map((each) => h("li", {}, each))) : "none";
}

/** Dates with names, or rules. @param {any} found @returns {string[]} */
function holidays(found) {
  if (!found) return [];
  if (!found.rules && !found.dates && !found.not_on) return dates(found);
  const not = list(found.not_on);
  return [...list(found.rules).map(rule), ...dates(found.dates), ...(not.length ? [`not on ${not.join(", ")}`] : [])];
}

/** @param {any} found @returns {string[]} */
function dates(found) {
  return meant(found).map(([date, name]) => `${date} ${name}`);
}

/** @param {any} each */
function rule(each) {
  if (!each.country) return `${each.name} (${each.days} day${each.days === 1 ? "" : "s"} ${each.after ? `after ${each.after}` : `before ${each.before}`})`;
  const where = `${each.country}${each.subdivision ? `-${each.subdivision}` : ""}`;
  const which = each.only ? list(each.only).join(", ") : `all public holidays${each.except ? ` but ${list(each.except).join(", ")}` : ""}`;
  return `${where}: ${which}${each.observed === false ? ", on their own dates only" : ""}`;
}
