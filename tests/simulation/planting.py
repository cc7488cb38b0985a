"""Plants a mistake in the running program: the changed text is compiled, and its functions are put in place.

The program has no such switch. Only what functions do is exchanged, and it is put back at the end.
"""

import gc
import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType

import drs_desktop

ROOT = Path(drs_desktop.__file__).parent


@contextmanager
def planted_text(file: str, old: str, new: str) -> Iterator[None]:
    """Have the program run as if `new` stood in the file where `old` stands, once.

    Args:
        file: a file of the program, below drs_desktop/.

    Raises:
        ValueError: `old` does not stand there once, or no function changes with it.
    """
    path = ROOT / file
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file} has {text.count(old)} places that read {old!r}, not one.")
    module = importlib.import_module("drs_desktop." + file.removesuffix(".py").replace("/", "."))
    changed = {
        _place(before): after
        for before, after in zip(
            _functions(compile(text, str(path), "exec")),
            _functions(compile(text.replace(old, new), str(path), "exec")),
            strict=True,
        )
        if before != after
    }
    swapped = [
        (function, function.__code__)
        for function in gc.get_objects()
        if isinstance(function, FunctionType)
        and function.__module__ == module.__name__
        and _place(function.__code__) in changed
    ]
    if not swapped:
        raise ValueError(f"No function of {file} changes with it.")
    try:
        for function, code in swapped:
            function.__code__ = changed[_place(code)]
        yield
    finally:
        for function, code in swapped:
            function.__code__ = code


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _functions(code: CodeType) -> list[CodeType]:
    """Return the code of each function and method of a module or class, in order."""
    found: list[CodeType] = []
    for constant in code.co_consts:
        if not isinstance(constant, CodeType) or constant.co_name.startswith("<"):
            continue
        is_function = constant.co_flags & inspect.CO_OPTIMIZED
        found += [constant] if is_function else _functions(constant)
    return found
