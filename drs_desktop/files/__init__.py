"""Readers and writers of the files that people keep: YAML, checked strictly."""
