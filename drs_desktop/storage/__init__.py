"""The database: an append-only journal per execution, and what is derived from it. SQL lives here only."""
