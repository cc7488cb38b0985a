"""The rules of drills and recoveries: pure, no I/O, no clock, the standard library only."""
