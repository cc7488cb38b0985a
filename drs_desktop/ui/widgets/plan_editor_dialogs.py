"""What the plan editor asks: what to do about another's save, and how the draft differs from a version."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QPushButton, QWidget

from drs_desktop.domain.document_versions import DocumentVersion, StaleVersion
from drs_desktop.ui.models.status_text import moment_words
from drs_desktop.ui.widgets.asking_dialog import AskingDialog
from drs_desktop.ui.widgets.plain_text import NamesLabel, plain_label
from drs_desktop.ui.widgets.theme import Theme


class ConflictDialog(AskingDialog):
    """Somebody saved the plan meanwhile; nothing was written, and nothing is lost either way."""

    def __init__(self, theme: Theme, stale: StaleVersion, parent: QWidget) -> None:
        title = self.tr("{0} was saved by somebody else meanwhile").format(stale.document.name)
        super().__init__(theme, "conflictDialog", title, None, parent)
        self.body.addWidget(plain_label(title, pixels=16, is_strong=True, wraps=True))
        told = "\n".join(stale.differences) or self.tr("What changed in between is not known.")
        self.body.addWidget(NamesLabel(told, name="conflictDifferences"))
        self.body.addWidget(
            plain_label(
                self.tr(
                    "Your draft is kept. Saved over it, revision {0} stays in the list of versions."
                ).format(stale.newest),
                wraps=True,
            )
        )
        self.body.addStretch(1)
        keep = QPushButton(self.tr("Keep editing"))
        keep.setObjectName("conflictKeepButton")
        over = QPushButton(self.tr("Save mine over it"))
        over.setObjectName("conflictSaveButton")
        over.setProperty("danger", True)
        self.add_foot(keep, over)

    @classmethod
    async def save_over(cls, parent: QWidget, theme: Theme, stale: StaleVersion) -> bool:
        """Return whether the draft is to become the newest version all the same."""
        return await cls(theme, stale, parent).answer()


class DifferenceDialog(AskingDialog):
    """What the draft changes against a version, a sentence each."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        versions: Sequence[DocumentVersion],
        differences_to: Callable[[DocumentVersion], Sequence[str]],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "differenceDialog", title, None, parent)
        self.resize(680, 460)
        self._versions = versions
        self._differences_to = differences_to
        self.body.addWidget(plain_label(title, pixels=16, is_strong=True, wraps=True))
        self.choice = QComboBox()
        self.choice.setObjectName("differenceVersion")
        self.choice.setAccessibleName(self.tr("Version to compare with"))
        for version in versions:
            words = self.tr("version {0}, {1}, by {2}")
            self.choice.addItem(
                words.format(version.revision, moment_words(version.saved_at), version.saved_by)
            )
        self.choice.currentIndexChanged.connect(self._show)
        self.body.addWidget(self.choice)
        self.text = QPlainTextEdit()
        self.text.setObjectName("differenceText")
        self.text.setAccessibleName(self.tr("Differences"))
        self.text.setReadOnly(True)
        self.body.addWidget(self.text, 1)
        close = QPushButton(self.tr("Close"))
        close.setObjectName("differenceCloseButton")
        self.add_foot(close)
        self._show()

    def _show(self) -> None:
        version = self._versions[max(0, self.choice.currentIndex())]
        told = self._differences_to(version)
        self.text.setPlainText("\n".join(told) or self.tr("Nothing is different."))


class ImportDialog(AskingDialog):
    """What a file would change in the draft, before it does."""

    def __init__(self, theme: Theme, name: str, told: Sequence[str], parent: QWidget) -> None:
        title = self.tr("Take over plan {0} from the file?").format(name)
        super().__init__(theme, "importDialog", title, None, parent)
        self.body.addWidget(plain_label(title, pixels=16, is_strong=True, wraps=True))
        self.body.addWidget(NamesLabel("\n".join(told), name="importDifferences"))
        self.body.addWidget(
            plain_label(
                self.tr("Only the draft changes; it can be undone, and is not saved yet."), wraps=True
            )
        )
        self.body.addStretch(1)
        cancel = QPushButton(self.tr("Go back"))
        cancel.setObjectName("importCancelButton")
        take = QPushButton(self.tr("Take it over"))
        take.setObjectName("importTakeButton")
        take.setProperty("primary", True)
        self.add_foot(cancel, take)
