"""Which fonts this machine has, found without a window: without one every text would be empty boxes."""

import ctypes
import sys

_LIBRARIES = ("libfontconfig.so.1", "libfontconfig.so")
_SYSTEM_FONTS = 0


class _FontSet(ctypes.Structure):
    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p))


def count_fonts(platform: str = sys.platform, libraries: tuple[str, ...] = _LIBRARIES) -> int | None:
    """Return how many fonts fontconfig finds, as Qt does on Linux; None where it cannot be asked.

    Blocks for a moment.
    """
    if not platform.startswith("linux"):
        return None
    for name in libraries:
        try:
            return _counted(ctypes.CDLL(name))
        except (OSError, AttributeError):
            continue
    return None


def _counted(library: ctypes.CDLL) -> int:
    library.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    library.FcConfigGetFonts.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.FcConfigGetFonts.restype = ctypes.POINTER(_FontSet)
    library.FcConfigDestroy.argtypes = (ctypes.c_void_p,)
    configuration = library.FcInitLoadConfigAndFonts()
    if not configuration:
        return 0
    try:
        found = library.FcConfigGetFonts(configuration, _SYSTEM_FONTS)
        return int(found.contents.count) if found else 0
    finally:
        library.FcConfigDestroy(configuration)
