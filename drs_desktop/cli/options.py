"""Options and arguments that several commands share."""

from typing import Annotated

import typer

Workspace = Annotated[
    str | None,
    typer.Option(
        "--workspace", metavar="NAME", help="The workspace: a folder with its own database and endpoint."
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON object as the last line; everything else goes to standard error."
    ),
]
ReleasePauses = Annotated[
    bool,
    typer.Option("--release-pauses", help="Release configured pauses without asking; drills only."),
]
SLOWEST, FASTEST = 0.01, 1_000_000.0
"""Speeds of the simulator: service seconds per real second."""
Execution = Annotated[str, typer.Argument(metavar="ID", help="The execution's id, as `status` lists it.")]
Plan = Annotated[str, typer.Option("--plan", metavar="NAME", help="The recovery plan's name.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stands in the history.")]
