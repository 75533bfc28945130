/**
 * Makes a tree that is shown equal to one newly drawn, and touches only what differs: focus, selection,
 * scrolling, opened details and what is being typed stay.
 */

/** What a reader opens and closes by hand, and a refresh leaves alone. */
const THEIRS = { DETAILS: ["open"], DIALOG: ["open"] };

/**
 * @param {Element} shown
 * @param {Element | DocumentFragment} wanted its children are used up
 */
export function morph(shown, wanted) {
  const focused = document.activeElement;
  children(shown, wanted);
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true }); // it was moved, and lost it
  }
}

/** @param {Node} node @returns {string | null} */
function keyOf(node) {
  return node instanceof Element ? node.getAttribute("data-key") : null;
}

/** @param {Node} one @param {Node} other */
function alike(one, other) {
  return one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
}

/** @param {Element} shown @param {Element | DocumentFragment} wanted */
function children(shown, wanted) {
  const wantedKeys = new Set([...wanted.childNodes].map(keyOf).filter((key) => key !== null));
  /** @type {Map<string, Element>} */
  const kept = new Map();
  for (const child of [...shown.children]) {
    const key = keyOf(child);
    if (key === null) continue;
    if (wantedKeys.has(key) && !kept.has(key)) kept.set(key, child);
    else child.remove();
  }
  let place = shown.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = keyOf(child);
    const match = key === null ? place : kept.get(key);
    if (!match || !alike(match, child) || (key === null && keyOf(match) !== null)) {
      shown.insertBefore(child, place);
    } else {
      if (match === place) place = place.nextSibling;
      else shown.insertBefore(match, place);
      node(match, child);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** @param {Node} shown @param {Node} wanted */
function node(shown, wanted) {
  if (shown instanceof Element && wanted instanceof Element) {
    const before = shown.getAttribute("value");
    const chosen = wanted.querySelector(":scope > option[selected]")?.getAttribute("value");
    attributes(shown, wanted);
    children(shown, wanted);
    if (shown instanceof HTMLInputElement) write(shown, before);
    if (shown instanceof HTMLSelectElement && chosen !== undefined && shown.value !== chosen) shown.value = chosen;
  } else if (shown.nodeValue !== wanted.nodeValue) {
    shown.nodeValue = wanted.nodeValue;
  }
}

/** A field says what is drawn, where that has changed and nobody writes in it. @param {HTMLInputElement} field @param {string | null} before */
function write(field, before) {
  const value = field.getAttribute("value");
  if (value !== before && field !== document.activeElement) field.value = value ?? "";
}

/** @param {Element} shown @param {Element} wanted */
function attributes(shown, wanted) {
  const theirs = THEIRS[shown.nodeName] ?? [];
  for (const { name } of [...shown.attributes]) {
    if (!wanted.hasAttribute(name) && !theirs.includes(name)) shown.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (shown.getAttribute(name) !== value && !theirs.includes(name)) shown.setAttribute(name, value);
  }
}
