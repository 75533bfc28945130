/** What a reader prefers, kept on this device: colours, zone, short cuts, their name. */

const PREFIX = "escalator.";

/** @param {string} name @returns {string} empty if nothing was preferred */
export function preferred(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return ""; // storage may be forbidden: the board works without
  }
}

/** @param {string} name @param {string} value empty: as if nothing was preferred */
export function prefer(name, value) {
  try {
    if (value) localStorage.setItem(PREFIX + name, value);
    else localStorage.removeItem(PREFIX + name);
  } catch {
    // as above
  }
}

/** Shows the colours that are preferred. */
export function applyTheme() {
  const theme = preferred("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** The zone in which times are shown; undefined for the device's own. @returns {string | undefined} */
export function zone() {
  return preferred("zone") || undefined;
}

/** Whether single keys do something. */
export function keysOn() {
  return preferred("keys") !== "off";
}
