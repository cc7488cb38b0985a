"""Which keyring this machine offers, found without ever hanging or failing."""

import threading

ASK_SECONDS = 5.0


def keyring_backend_name(seconds: float = ASK_SECONDS) -> str:
    """Return the backend's name for a person, or why there is none; takes at most `seconds`.

    The question is asked in a daemon thread: some systems never answer, and a pool's thread would then keep
    the process from ending.
    """
    answer: list[str] = []
    thread = threading.Thread(target=lambda: answer.append(_ask()), name="keyring-info", daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else f"no answer within {seconds:g} s"


def _ask() -> str:
    try:
        import keyring

        backend = keyring.get_keyring()
        name = f"{type(backend).__module__}.{type(backend).__qualname__}"
        return f"none ({name})" if name.startswith("keyring.backends.fail") else name
    except Exception as error:  # noqa: BLE001  # third-party backends raise whatever they like
        return f"not usable ({type(error).__name__})"
