"""The parts of the random state machine: one file for each kind of thing that happens to an engine."""
