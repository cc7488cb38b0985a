"""Text from outside stays text: Qt would take `<img src=…>` in a tooltip for a picture."""

import html

from PySide6.QtGui import Qt


def plain_tooltip(text: str) -> str:
    """Return the text so that a tooltip shows it letter by letter."""
    if Qt.mightBeRichText(text):
        return f"<p style='white-space:pre-wrap'>{html.escape(text)}</p>"
    return text
