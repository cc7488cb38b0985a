"""One sentence that an operator must read."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from drs_desktop.ui.widgets.asking_dialog import AskingDialog
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.theme import Theme


class MessageDialog(AskingDialog):
    """Says what did not work, and why."""

    def __init__(self, theme: Theme, title: str, sentence: str, parent: QWidget) -> None:
        super().__init__(theme, "messageDialog", title, None, parent)
        self.body.addWidget(plain_label(title, pixels=16, is_strong=True, wraps=True))
        text = plain_label(sentence, name="messageText", wraps=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setAccessibleName(sentence)
        self.body.addWidget(text)
        self.body.addStretch(1)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("messageCloseButton")
        self.add_foot(close)

    @classmethod
    async def tell(cls, parent: QWidget, theme: Theme, title: str, sentence: str) -> None:
        """Show the sentence until the operator closes it."""
        await cls(theme, title, sentence, parent).answer()
