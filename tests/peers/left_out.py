"""The cases that do not run as their peers have them, each with the reason.

Every one is tried all the same: a case that comes to hold must leave this list.
"""

ESCALATIONS = {
    "erpnext-007": "a pause before the office opens is added by the wall clock: not sensible (10)",
}

TIERS = {
    "tiers-013": "one after the other is told in turn: who is on call is not the policy's matter",
    "tiers-015": "a step that waits for a window of the day: an on-call schedule's matter",
    "tiers-017": "the whole ladder again, five times: `repeat` is of the last tier (19)",
    "tiers-021": "nothing a policy says: the store pins versions (31), subscribers hear roles",
    "tiers-022": "nothing a policy says: how late the service itself is shows in its health",
}
