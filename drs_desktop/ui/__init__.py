"""The window: Qt widgets over models over one bridge to the engine's thread."""
