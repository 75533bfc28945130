/**
 * What time the service has. The device's clock may be wrong, so answers say it, and the time since is
 * measured on a clock that nobody sets.
 */

let offset = Date.now() - performance.now();

/** Round trip of the best measurement, in milliseconds, and when it was taken. */
let best = Infinity;
let measuredAt = -Infinity;

const FORGET_AFTER = 60_000;

/** Milliseconds since 1970, by the service's clock. */
export function now() {
  return performance.now() + offset;
}

/**
 * An answer said what time it was. The quickest answer of the last minute is believed: it leaves the
 * least room between the service's saying it and our hearing it.
 * @param {string} asOf
 * @param {number} askedAt by `performance.now()`
 */
export function learn(asOf, askedAt) {
  const heardAt = performance.now();
  const took = heardAt - askedAt;
  const said = Date.parse(asOf);
  if (Number.isNaN(said) || (took > best && heardAt - measuredAt < FORGET_AFTER)) return;
  best = took;
  measuredAt = heardAt;
  offset = said - (heardAt - took / 2);
}

/** A device that slept has a clock that may have stood still: the next answer is believed. */
export function doubt() {
  best = Infinity;
}

/** The instant by our clock in RFC 3339. @param {number} [later] in seconds */
export function instant(later = 0) {
  return new Date(now() + later * 1000).toISOString();
}
