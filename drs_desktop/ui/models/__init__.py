"""Qt models over the services' rows: no widget, no colour value, no thread."""
