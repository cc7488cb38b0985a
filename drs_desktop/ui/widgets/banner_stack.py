"""Lines above everything that stay until what they say is over: locked, emergency, sign-in, offline."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from drs_desktop.ui.models.operator_words import Banner
from drs_desktop.ui.widgets.plain_text import plain_label
from drs_desktop.ui.widgets.shapes import SIZE, paint_shape
from drs_desktop.ui.widgets.theme import Theme, Token

_EDGE = 4
_LEFT = 16


class BannerLine(QWidget):
    """One banner: an edge and a shape in its colour, its words, and the one thing to do about it.

    Signals:
        wanted: the id of the action on its button.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, banner: Banner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"banner-{banner.key}")
        self._theme = theme
        self._banner = banner
        self._text = plain_label(name="bannerText", wraps=True)
        self._button = QPushButton()
        self._button.setObjectName("bannerButton")
        self._button.setProperty("flat", True)
        self._button.clicked.connect(self._on_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(_LEFT + int(SIZE) + 8, 2, 12, 2)
        row.setSpacing(12)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        theme.changed.connect(self.update)
        self.show_banner(banner)

    def show_banner(self, banner: Banner) -> None:
        """Show the same matter as it stands now."""
        self._banner = banner
        if banner.text != self._text.text():
            self._text.setText(banner.text)
            self.setAccessibleName(banner.text)
        self._button.setText(banner.action)
        self._button.setVisible(bool(banner.action))
        self.update()

    def text(self) -> str:
        return self._text.text()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, max(32, super().minimumSizeHint().height()))

    def _on_clicked(self) -> None:
        self.wanted.emit(self._banner.action_id)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        panel = self._theme.colour(Token.PANEL)
        colour = self._theme.colour(Token.RECOVERY if self._banner.is_emergency else Token.PANEL)
        if not self._banner.is_emergency:
            colour = self._theme.tone(self._banner.tone)
        painter.fillRect(self.rect(), panel)
        painter.fillRect(0, 0, _EDGE, self.height(), colour)
        if self._banner.is_emergency:
            painter.fillRect(_EDGE + 2, 0, 2, self.height(), colour)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.colour(Token.LINE))
        box = QRectF(_LEFT, (self.height() - SIZE) / 2, SIZE, SIZE)
        paint_shape(painter, box, self._banner.shape, colour, panel)
        painter.end()


class BannerStack(QWidget):
    """All banners, the gravest on top; nothing at all where there is nothing to say.

    Signals:
        wanted: the id of the action of a banner's button.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banners")
        self._theme = theme
        self._lines: dict[str, BannerLine] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return what is said, from top to bottom."""
        return tuple(line.text() for line in self._lines.values())

    def show_banners(self, banners: Sequence[Banner]) -> None:
        """Show these; a line that stays keeps its place on the screen and its focus."""
        if [banner.key for banner in banners] != list(self._lines):
            self._rebuild(banners)
        for banner in banners:
            self._lines[banner.key].show_banner(banner)
        self.setVisible(bool(banners))

    def _rebuild(self, banners: Sequence[Banner]) -> None:
        before = self._lines
        self._lines = {one.key: before[one.key] if one.key in before else self._line(one) for one in banners}
        for key in before.keys() - self._lines.keys():
            self._layout.removeWidget(before[key])
            before[key].deleteLater()
        for place, line in enumerate(self._lines.values()):
            self._layout.insertWidget(place, line)

    def _line(self, banner: Banner) -> BannerLine:
        line = BannerLine(self._theme, banner)
        line.wanted.connect(self.wanted)
        return line
