"""The target accounts of a database that is only looked at."""

from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from drs_desktop.domain.accounts import TargetAccount
from drs_desktop.domain.errors import StorageError
from drs_desktop.storage.database import cause_of, reading_engine
from drs_desktop.storage.event_codec import decode_document
from drs_desktop.storage.schema import document_version

_NEWEST = (
    select(document_version.c.document_id, func.max(document_version.c.revision).label("revision"))
    .where(document_version.c.kind == "account")
    .group_by(document_version.c.document_id)
    .subquery()
)
_BODIES = select(document_version.c.body).join(
    _NEWEST,
    (document_version.c.document_id == _NEWEST.c.document_id)
    & (document_version.c.revision == _NEWEST.c.revision),
)


def read_accounts(path: Path) -> tuple[TargetAccount, ...]:
    """Return the target accounts in a database file, or none where there is no file. Blocks.

    Raises:
        StorageError: the file cannot be read.
    """
    if not path.exists():
        return ()
    engine = reading_engine(path)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(document_version.name):
                return ()
            query = _BODIES.where(document_version.c.kind == "account")
            found = [decode_document(TargetAccount, body) for body in connection.execute(query).scalars()]
    except (OSError, SQLAlchemyError) as error:
        raise StorageError(f"The accounts in {path} cannot be read: {cause_of(error)}.") from error
    finally:
        engine.dispose()
    return tuple(one for one in found if isinstance(one, TargetAccount))  # one that was removed is none
