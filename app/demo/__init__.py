"""``escalator demo``: the main job, where anyone can watch it."""
