"""Where resources are looked for, in the three ways the program can be laid out."""

import sys
from pathlib import Path

import pytest

from drs_desktop.system import resource_paths
from drs_desktop.system.resource_paths import ResourceMissing, resource_path

CHECKOUT = Path(__file__).resolve().parents[3]


def test_checkout_resources_lie_beside_the_package() -> None:
    assert resource_path() == CHECKOUT / "resources"


def test_installed_resources_lie_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "drs_desktop"
    (package / "_resources" / "demo").mkdir(parents=True)
    (package / "_resources" / "demo" / "scenario.yaml").touch()
    monkeypatch.setattr(resource_paths, "__file__", str(package / "system" / "resource_paths.py"))

    assert resource_path("demo", "scenario.yaml") == package / "_resources" / "demo" / "scenario.yaml"


def test_frozen_resources_lie_in_the_unpacked_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "drs_desktop" / "_resources" / "theme").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)

    assert resource_path("theme") == tmp_path / "drs_desktop" / "_resources" / "theme"


def test_missing_resource_is_named() -> None:
    with pytest.raises(ResourceMissing, match=r"The resource demo/nowhere\.yaml is missing"):
        resource_path("demo", "nowhere.yaml")


def test_missing_resources_folder_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource_paths, "__file__", str(tmp_path / "drs_desktop" / "system" / "x.py"))

    with pytest.raises(ResourceMissing, match="Install it again") as caught:
        resource_path("demo")
    assert str(tmp_path / "resources") in str(caught.value)
