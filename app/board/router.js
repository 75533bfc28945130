/** Addresses within the page: `#/tickets/T-1?as_of=...`. */

/**
 * @typedef {object} Route
 * @property {string} view
 * @property {string} id what follows the view's name; empty if nothing does
 * @property {URLSearchParams} query
 */

/** Where the page is. @returns {Route} */
export function route() {
  const hash = location.hash.startsWith("#/") ? location.hash.slice(2) : "next";
  const [path, query = ""] = split(hash, "?");
  const [view, id = ""] = split(path, "/");
  return { view: view || "next", id: decoded(id), query: new URLSearchParams(query) };
}

/** @param {string} text @param {string} at @returns {[string, string | undefined]} */
function split(text, at) {
  const place = text.indexOf(at);
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)];
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a "%" typed by hand
  }
}

/** The address of a view. @param {string} view @param {string} [id] @param {Record<string, string> | URLSearchParams} [query] */
export function to(view, id = "", query = {}) {
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const text = new URLSearchParams(entries.filter(([, value]) => value)).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${text ? `?${text}` : ""}`;
}

/** Goes there; the view stays where it is if it is there already. @param {string} address @param {boolean} [instead] of adding to the history */
export function go(address, instead = false) {
  if (address === location.hash) return;
  if (instead) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
