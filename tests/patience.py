"""How long tests wait for something to happen: long enough for a machine that is busy otherwise."""

PATIENCE_SECONDS = 30.0
