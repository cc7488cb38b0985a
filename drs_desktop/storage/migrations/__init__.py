"""Forward-only migrations, numbered; each one's docstring says what it brings."""
