"""The tables in the documentation are those of the program."""

from pathlib import Path

from drs_desktop.domain.actions import ACTIONS, Permission
from drs_desktop.domain.permissions import MATRIX, READS_EVIDENCE, roles_with
from drs_desktop.domain.roles import Role

PAGE = Path(__file__).parents[3] / "docs" / "permissions.md"


def matrix_table() -> str:
    lines = [f"| permission | {' | '.join(Role)} |", "|---|" + ":-:|" * len(Role)]
    for permission in Permission:
        marks = ["yes" if permission in MATRIX[role] else "-" for role in Role]
        lines.append(f"| {permission} | {' | '.join(marks)} |")
    marks = ["yes" if role in READS_EVIDENCE else "-" for role in Role]
    lines.append(f"| the audit trail | {' | '.join(marks)} |")
    return "\n".join(lines)


def action_table() -> str:
    lines = ["| action | permission | who may |", "|---|---|---|"]
    for action, rule in ACTIONS.items():
        who = "everybody" if len(roles_with(action)) == len(Role) else ", ".join(roles_with(action))
        lines.append(f"| {rule.words} (`{action}`) | {rule.permission or 'none'} | {who} |")
    return "\n".join(lines)


def test_page_has_the_matrix_of_the_program() -> None:
    assert matrix_table() in PAGE.read_text(encoding="utf-8")


def test_page_has_every_action_with_its_permission() -> None:
    assert action_table() in PAGE.read_text(encoding="utf-8")
