"""Bring a database to the newest revision: forward only, after a verified backup."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from drs_desktop.domain.errors import StorageError

NEWEST_REVISION = "0004"


def migrate(engine: Engine, path: Path) -> None:
    """Create or upgrade the schema; do nothing, and import nothing, when it is current.

    Raises:
        StorageError: a newer program wrote the file; it is left unchanged.
    """
    revision = _revision(engine)
    if revision == NEWEST_REVISION:
        return
    if revision is not None and revision > NEWEST_REVISION:
        raise StorageError(
            f"The database {path} was written by a newer version of this program (revision {revision}). "
            "Install that version; the file was not changed."
        )
    if revision is not None:
        _back_up(engine, path, revision)
    _upgrade(engine)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _back_up(engine: Engine, path: Path, revision: str) -> None:
    backup = path.with_name(f"{path.stem}-before-migration-from-{revision}{path.suffix}")
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("VACUUM INTO ?", (str(backup),))
        raw.execute("ATTACH ? AS backup", (str(backup),))
        verdict = raw.execute("PRAGMA backup.quick_check").fetchone()[0]
        raw.execute("DETACH backup")
    backup.chmod(0o600)
    if verdict != "ok":
        raise StorageError(f"The backup {backup} before the migration is not sound: {verdict}")


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
