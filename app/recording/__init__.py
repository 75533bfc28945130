"""One road for both journeys: a fact that was posted, and time that has passed.

Lock the tickets' rows, fold, append what follows, save, write the outbox: one transaction.
"""
