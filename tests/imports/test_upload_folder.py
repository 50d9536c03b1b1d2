"""Where uploaded files live."""

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mockserver.imports.upload_folder import UploadFolder
from mockserver.refusals.rule import Rejection

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has anonymous files with paths")


@pytest.fixture
def nowhere_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no folder can be written to: every one is below a file."""
    file = tmp_path / "a file"
    file.touch()
    monkeypatch.setattr(tempfile, "tempdir", str(file / "tmp"))
    return file / "folder"


def written(folder: UploadFolder, content: bytes = b"Email\n") -> Path:
    incoming = folder.begin()
    incoming.write(content)
    incoming.complete()
    return incoming.path


def test_an_upload_goes_to_the_folder_that_the_user_named(tmp_path: Path) -> None:
    folder = UploadFolder(temporary=tmp_path / "named", data=None)
    path = written(folder)
    assert path.read_bytes() == b"Email\n"
    assert path.is_relative_to(tmp_path / "named")
    folder.close()
    assert list((tmp_path / "named").iterdir()) == []


def test_an_upload_goes_beside_the_data_file(tmp_path: Path) -> None:
    folder = UploadFolder(data=tmp_path / "portal.db")
    assert written(folder).parent == tmp_path / "portal.db.uploads"


def test_an_upload_goes_to_the_systems_folder_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = UploadFolder()
    assert written(folder).is_relative_to(tmp_path)
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_the_next_place_is_taken_where_one_is_not_writable(tmp_path: Path, nowhere_writable: Path) -> None:
    folder = UploadFolder(temporary=nowhere_writable, data=tmp_path / "portal.db")
    assert written(folder).parent == tmp_path / "portal.db.uploads"


def test_nothing_is_made_before_the_first_upload(tmp_path: Path) -> None:
    folder = UploadFolder(temporary=tmp_path / "named", data=tmp_path / "portal.db")
    assert folder.sweep(set()) == 0
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_discarded_upload_is_gone(tmp_path: Path) -> None:
    folder = UploadFolder(temporary=tmp_path)
    first, second = written(folder), written(folder)
    folder.discard(str(first))
    folder.discard(str(first))
    assert not first.exists()
    assert second.exists()


def test_only_uploads_are_discarded(tmp_path: Path) -> None:
    other = tmp_path / "portal.db"
    other.touch()
    UploadFolder(temporary=tmp_path).discard(str(other))
    assert other.exists()


def test_an_upload_that_is_dropped_half_way_is_gone(tmp_path: Path) -> None:
    folder = UploadFolder(temporary=tmp_path)
    incoming = folder.begin()
    incoming.write(b"Em")
    incoming.drop()
    assert not incoming.path.exists()


def test_uploads_of_kept_portals_outlive_the_server(tmp_path: Path) -> None:
    data = tmp_path / "portal.db"
    before = UploadFolder(data=data)
    needed, left = written(before, b"needed"), written(before)
    before.close()
    after = UploadFolder(data=data)
    assert after.sweep({str(needed)}) == 1
    assert needed.read_bytes() == b"needed"
    assert not left.exists()
    after.discard(str(needed))
    assert written(after).parent == needed.parent


def test_a_kept_folder_goes_when_it_is_empty(tmp_path: Path) -> None:
    folder = UploadFolder(data=tmp_path / "portal.db")
    folder.discard(str(written(folder)))
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_two_data_files_of_one_name_do_not_sweep_each_others_uploads(tmp_path: Path) -> None:
    one = UploadFolder(temporary=tmp_path / "tmp", data=tmp_path / "one" / "portal.db")
    two = UploadFolder(temporary=tmp_path / "tmp", data=tmp_path / "two" / "portal.db")
    path = written(one)
    assert path.is_relative_to(tmp_path / "tmp")
    written(two)
    assert two.sweep(set()) == 1
    assert path.exists()


def test_a_relative_data_file_keeps_its_uploads_wherever_the_server_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert written(UploadFolder(data=Path("portal.db"))).is_absolute()


def test_a_temporary_folder_goes_at_exit(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from mockserver.imports.upload_folder import UploadFolder\n"
        "folder = UploadFolder(temporary=Path(sys.argv[1])); folder.begin().complete(); print(folder.place)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(str(tmp_path))
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_closed_folder_can_be_used_again(tmp_path: Path) -> None:
    folder = UploadFolder(temporary=tmp_path)
    written(folder)
    folder.close()
    folder.close()
    assert written(folder).exists()


@linux_only
def test_where_nothing_is_writable_uploads_go_to_memory(nowhere_writable: Path) -> None:
    folder = UploadFolder(temporary=nowhere_writable, data=nowhere_writable / "portal.db")
    first, second = written(folder, b"one"), written(folder, b"two")
    assert folder.place == "memory, up to 64 MB"
    assert [first.read_bytes(), second.read_bytes(), first.read_bytes()] == [b"one", b"two", b"one"]
    assert first.stat().st_size == 3
    folder.discard(str(first))
    assert not first.exists()
    folder.close()
    assert not second.exists()


@linux_only
def test_memory_is_shared_and_limited(nowhere_writable: Path) -> None:
    folder = UploadFolder(temporary=nowhere_writable, memory_limit=100)
    first = written(folder, b"x" * 60)
    incoming = folder.begin()
    incoming.write(b"x" * 40)
    with pytest.raises(Rejection) as caught:
        incoming.write(b"x")
    rejection = caught.value
    assert (rejection.rule.id, rejection.rule.status) == ("no-space-for-upload", 507)
    assert "HUBSPOT_MOCK_SERVER_TMP" in rejection.diagnosis.hint
    assert "100 bytes" in rejection.diagnosis.got
    incoming.drop()
    folder.discard(str(first))
    assert written(folder, b"x" * 100).stat().st_size == 100


def test_where_nothing_is_writable_and_memory_has_no_files_an_upload_is_refused(
    nowhere_writable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Rejection, match="no folder is writable"):
        UploadFolder(temporary=nowhere_writable).begin()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_clearly(tmp_path: Path) -> None:
    folder = UploadFolder(temporary=tmp_path)
    incoming = folder.begin()
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, incoming._file.fileno())
    os.close(full)
    with pytest.raises(Rejection) as caught:
        incoming.write(b"x" * 1_000_000)
    assert caught.value.rule.id == "no-space-for-upload"
    assert os.strerror(errno.ENOSPC) in caught.value.diagnosis.got
    incoming.drop()
    assert not incoming.path.exists()
    folder.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from mockserver.imports.upload_folder import UploadFolder
upload = UploadFolder(temporary=Path(sys.argv[1])).begin()
upload.write(b"left behind")
upload.complete()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs flock")
def test_the_folder_of_a_killed_server_is_removed_at_the_next_start_and_that_of_a_live_one_stays(
    tmp_path: Path,
) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    alive = UploadFolder(temporary=tmp_path)
    kept = alive.begin()
    kept.complete()
    (tmp_path / "hubspot-mock-of-somebody").mkdir()
    assert len(list(tmp_path.iterdir())) == 3
    UploadFolder(temporary=tmp_path).sweep(set())
    assert {path.name for path in tmp_path.iterdir()} == {kept.path.parent.name, "hubspot-mock-of-somebody"}
    assert kept.path.exists()
    alive.close()
    assert [path.name for path in tmp_path.iterdir()] == ["hubspot-mock-of-somebody"]
