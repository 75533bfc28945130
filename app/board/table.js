/**
 * Tables that are read by eye and by ear: with a caption, with scopes, and with roles, for on a narrow
 * page their rows are laid out as cards.
 */

import { h } from "./dom.js";

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: Row) => import("./dom.js").Child | import("./dom.js").Child[]} cell
 * @property {boolean} [heads] whether it names its row
 * @property {boolean} [number] whether it is aligned as a number
 * @property {string} [class]
 */

/**
 * @template Row
 * @typedef {object} Group
 * @property {import("./dom.js").Child | import("./dom.js").Child[]} [title]
 * @property {Row[]} rows
 */

/**
 * @template Row
 * @param {object} about
 * @param {string} about.caption
 * @param {Column<Row>[]} about.columns
 * @param {Group<Row>[]} about.groups those without rows are left out
 * @param {(row: Row) => string} about.key what a row is known by when it is drawn again
 * @param {(row: Row) => string} [about.rowClass]
 * @param {boolean} [about.captionShown]
 * @param {string} [about.class]
 */
export function table({ caption, columns, groups, key, rowClass, captionShown = false, class: extra = "" }) {
  const head = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map(header)));
  const bodies = groups.filter((group) => group.rows.length > 0).map((group) => body(group, columns, key, rowClass));
  const said = h("caption", { class: captionShown ? "" : "unseen" }, caption);
  return h("table", { role: "table", class: `cards ${extra}` }, said, head, bodies);
}

/** @param {Column<any>} column */
function header({ name, number, class: extra = "" }) {
  return h("th", { scope: "col", role: "columnheader", class: `${extra} ${number ? "number" : ""}` }, name);
}

/**
 * @param {Group<any>} group
 * @param {Column<any>[]} columns
 * @param {(row: any) => string} key
 * @param {((row: any) => string) | undefined} rowClass
 */
function body(group, columns, key, rowClass) {
  const title = group.title
    ? h("tr", { role: "row", class: "group" }, h("th", { role: "rowheader", scope: "rowgroup", colspan: columns.length }, group.title))
    : null;
  const rows = group.rows.map((row) => h("tr", { role: "row", "data-key": key(row), class: rowClass?.(row) ?? "" }, columns.map((column) => cell(column, row))));
  return h("tbody", { role: "rowgroup", "data-key": title ? title.textContent?.split(":")[0] : "" }, title, rows);
}

/** @param {Column<any>} column @param {any} row */
function cell({ name, cell: content, heads, number, class: extra = "" }, row) {
  const said = content(row);
  const empty = said === null || said === undefined || said === "" || (Array.isArray(said) && said.length === 0);
  const attributes = { class: `${extra} ${number ? "number" : ""} ${empty ? "empty" : ""}`, "data-label": name };
  return heads
    ? h("th", { ...attributes, scope: "row", role: "rowheader" }, said)
    : h("td", { ...attributes, role: "cell" }, said);
}
