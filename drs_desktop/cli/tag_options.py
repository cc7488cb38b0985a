"""The option --tag of the commands that list servers and groups."""

import typer


def wanted_tag(text: str) -> tuple[str, str | None]:
    """Return the key and value that an option names; the value is None where any will do."""
    key, separator, value = text.partition("=")
    if not key:
        raise typer.BadParameter(f"{text!r} is neither KEY nor KEY=VALUE.", param_hint="--tag")
    return key, value if separator else None
