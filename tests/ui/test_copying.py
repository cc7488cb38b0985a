"""Lines of tables go to the clipboard as text, CSV, JSON and commands, and nothing in them is obeyed."""

import csv
import io
import json

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from drs_desktop.domain.job import LaunchStatus
from drs_desktop.ui.models.aws_commands import log_commands, server_commands, source_server_commands
from drs_desktop.ui.models.copying import as_csv, as_json, as_text
from drs_desktop.ui.widgets.executions_pane import ExecutionsPane
from drs_desktop.ui.widgets.window_session import WindowSession
from tests.helpers import fake_services as fake
from tests.helpers.fake_services import FakeWorkspace
from tests.ui.conftest import Run
from tests.ui.test_execution import show


def test_text_has_a_line_for_each_row_whatever_is_in_its_cells() -> None:
    assert as_text(("A", "B"), (("1\n2", "x\ty"),)) == "A\tB\n1 2\tx y"


def test_csv_comes_back_as_it_was() -> None:
    lines = [["a,b", 'say "x"'], ["two\nlines", "–"]]
    assert list(csv.reader(io.StringIO(as_csv(("A", "B"), lines))))[1:] == lines


def test_a_spreadsheet_is_given_no_formula() -> None:
    (_, line) = list(csv.reader(io.StringIO(as_csv(("A",), [["=HYPERLINK(1)"]]))))
    assert line == ["'=HYPERLINK(1)"]


def test_json_has_awss_own_words_and_ids() -> None:
    row = fake.launched(fake.a_launch(1))
    (told,) = json.loads(as_json([row]))
    assert told["launch_status"] == LaunchStatus.LAUNCHED.value
    assert told["key"]["source_server_id"] == row.key.source_server_id
    assert told["changed_at"] == row.changed_at.isoformat()


def test_a_server_without_job_and_instance_is_asked_for_alone() -> None:
    lines = server_commands(fake.a_launch(1)).splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["aws", "drs", "describe-source-servers"]]


def test_commands_only_read() -> None:
    commands = "\n".join(
        (
            server_commands(fake.launched(fake.a_launch(1))),
            source_server_commands(fake.a_server(1)),
            log_commands(fake.a_log_line()),
        )
    )
    verbs = {line.split()[2] for line in commands.splitlines() if not line.startswith("#")}
    assert all(verb.startswith(("describe-", "get-")) for verb in verbs)


def test_an_account_name_cannot_begin_a_line_of_its_own() -> None:
    row = fake.a_launch(1, account_name="x\nrm -rf ~")
    assert not any(line.startswith("rm") for line in server_commands(row).splitlines())


def test_a_line_of_ours_has_no_job_to_show() -> None:
    assert log_commands(fake.a_log_line(job_id=None)) == ""


def test_shown_servers_are_copied_from_the_context_menu(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    pane = show(session, run)
    table = pane.panel.servers_table
    pane.panel.filter.setText("db-pay-03")

    def copied(name: str) -> str:
        action = next(each for each in table.actions() if each.objectName() == name)
        assert isinstance(action, QAction)
        action.trigger()
        return QApplication.clipboard().text()

    assert len(copied("copyAllText").splitlines()) == 2
    assert "db-pay-03" in copied("copyAllCsv")
    assert [row["name"] for row in json.loads(copied("copyAllJson"))] == ["db-pay-03"]
    table.select_key(fake.a_key(3))
    assert copied("copyLine").startswith("db-pay-03\t1\t")
    assert "describe-source-servers" in copied("copyCommands")


def test_every_table_of_the_executions_can_be_copied(
    session: WindowSession, workspace: FakeWorkspace, run: Run
) -> None:
    workspace.executions.add(fake.a_view())
    pane: ExecutionsPane = show(session, run)
    for table in (pane.table, pane.panel.servers_table, pane.panel.log_table):
        names = {action.objectName() for action in table.actions()}
        assert {"copyLine", "copyAllText", "copyAllCsv", "copyAllJson"} <= names
