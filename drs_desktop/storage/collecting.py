"""Reading a long history makes many objects and no garbage: Python's collector need not look at them."""

import gc
import threading
from types import TracebackType


class CollectionPause:
    """Keeps the cyclic garbage collector off while short work makes many objects without cycles.

    Several threads may be inside at once: it works again when the last one leaves, unless it was off before
    the first one came.
    """

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._inside = 0
        self._was_on = True

    def __enter__(self) -> None:
        with self._gate:
            if self._inside == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._gate:
            self._inside -= 1
            if self._inside == 0 and self._was_on:
                gc.enable()


collection_paused = CollectionPause()
"""The one pause of this process, for the collector is one as well."""
