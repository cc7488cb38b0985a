"""Encryption of the volume, found in tables as the kernel writes them."""

from pathlib import Path

import pytest

from drs_desktop.system.disk_encryption import Encryption, VolumeFindings, volume_encryption


class Machine:
    """A mount table and the kernel's description of devices, in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.mounts, self.sys = folder / "mountinfo", folder / "sys"
        (self.sys / "dev" / "block").mkdir(parents=True)
        (self.sys / "class" / "block").mkdir(parents=True)
        self.mount("0:1", "/", "rootfs", "none")

    def mount(self, device: str, point: str, kind: str, source: str) -> None:
        point = str(point).replace(" ", "\\040")
        with self.mounts.open("a", encoding="utf-8") as file:
            file.write(f"29 1 {device} / {point} rw,relatime shared:1 - {kind} {source} rw\n")

    def device(
        self, name: str, number: str = "", *, uuid: str = "", on: tuple[str, ...] = (), part_of: str = ""
    ) -> None:
        folder = self.sys / "devices" / part_of / name
        (folder / "slaves").mkdir(parents=True)
        (self.sys / "class" / "block" / name).symlink_to(folder)
        if number:
            (self.sys / "dev" / "block" / number).symlink_to(folder)
        if uuid:
            (folder / "dm").mkdir()
            (folder / "dm" / "uuid").write_text(uuid + "\n", encoding="utf-8")
        if part_of:
            (folder / "partition").write_text("1\n", encoding="utf-8")
        for below in on:
            (folder / "slaves" / below).symlink_to((self.sys / "class" / "block" / below).resolve())

    def found(self, platform: str = "linux") -> VolumeFindings:
        return volume_encryption(self.home, platform=platform, mounts=self.mounts, sys_folder=self.sys)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_plain_partition_has_none(machine: Machine) -> None:
    machine.device("sda")
    machine.device("sda1", "8:1", part_of="sda")
    machine.mount("8:1", str(machine.home), "ext4", "/dev/sda1")
    assert machine.found().encryption is Encryption.NOT_FOUND


def test_luks_volume_is_encrypted(machine: Machine) -> None:
    machine.device("sda2", "8:2")
    machine.device("dm-0", "253:0", uuid="CRYPT-LUKS2-0123-home", on=("sda2",))
    machine.mount("253:0", str(machine.home), "ext4", "/dev/mapper/home")
    found = machine.found()
    assert found.encryption is Encryption.FOUND
    assert "dm-0" in found.sentence


def test_logical_volume_on_luks_is_encrypted(machine: Machine) -> None:
    machine.device("dm-0", uuid="CRYPT-LUKS2-0123-disk")
    machine.device("dm-1", "253:1", uuid="LVM-abcdef", on=("dm-0",))
    machine.mount("253:1", str(machine.home), "xfs", "/dev/mapper/vg-home")
    assert machine.found().encryption is Encryption.FOUND


def test_volume_of_which_only_a_part_is_encrypted_is_not(machine: Machine) -> None:
    machine.device("sdb")
    machine.device("dm-0", uuid="CRYPT-LUKS2-0123-disk")
    machine.device("dm-1", "253:1", uuid="LVM-abcdef", on=("dm-0", "sdb"))
    machine.mount("253:1", str(machine.home), "xfs", "/dev/mapper/vg-home")
    assert machine.found().encryption is Encryption.NOT_FOUND


def test_btrfs_is_looked_up_by_the_name_of_its_device(machine: Machine) -> None:
    machine.device("dm-0", uuid="CRYPT-LUKS2-0123-home")
    machine.mount("0:42", str(machine.home), "btrfs", "/dev/dm-0")
    assert machine.found().encryption is Encryption.FOUND


def test_encrypting_file_system_is_known(machine: Machine) -> None:
    machine.mount("0:50", str(machine.home), "fuse.gocryptfs", "/home/anna/.cipher")
    assert machine.found().encryption is Encryption.FOUND


@pytest.mark.parametrize(
    ("kind", "source"), [("tmpfs", "tmpfs"), ("zfs", "tank/home"), ("overlay", "overlay")]
)
def test_what_the_system_does_not_tell_is_never_called_encrypted(
    kind: str, source: str, machine: Machine
) -> None:
    machine.mount("0:60", str(machine.home), kind, source)
    found = machine.found()
    assert found.encryption is Encryption.UNKNOWN
    assert found.sentence.startswith("could not be checked")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_could_not_be_checked(platform: str, machine: Machine) -> None:
    assert machine.found(platform).encryption is Encryption.UNKNOWN


def test_missing_mount_table_could_not_be_checked(machine: Machine) -> None:
    machine.mounts.unlink()
    assert machine.found().encryption is Encryption.UNKNOWN


def test_deepest_mount_counts_also_with_a_blank_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "my disk").mkdir()
    machine = Machine(tmp_path / "my disk")
    machine.device("dm-0", "253:0", uuid="CRYPT-LUKS2-0123-disk")
    machine.mount("253:0", str(tmp_path / "my disk"), "ext4", "/dev/mapper/disk")
    assert machine.found().encryption is Encryption.FOUND
