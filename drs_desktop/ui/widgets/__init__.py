"""Widgets, panes and dialogs; `application.py` is the entry point."""
