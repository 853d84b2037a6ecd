"""REST beside what a team would otherwise pick: the same five calls on the same tables."""
