"""The storage of uploaded files, until their import has ended and, for inspection, for a while after that.

They are written to disk as they arrive, so the server's memory does not limit them. If no folder is writable, they are
anonymous files in memory, which have paths too.
"""

import os
import shutil
import sys
import weakref
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

from mockserver.refusals.rule import Rejection
from mockserver.refusals.uploads import NO_SPACE_FOR_UPLOAD

MEMORY_LIMIT: Final = 64 * 1024 * 1024  # bytes, of all uploads together, where no folder is writable

_SUFFIX: Final = ".upload"
_PREFIX: Final = "hubspot-mock-"  # of temporary folders
_LOCK: Final = "server.lock"


class Incoming:
    """A file on disk that is being received."""

    def __init__(self, path: Path, file: BinaryIO, folder: "UploadFolder") -> None:
        self.path = path
        self.size = 0  # bytes
        self._file = file
        self._folder = folder

    def write(self, data: bytes) -> None:
        """Appends to the file; raises a Rejection if the disk is full."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._folder.no_space(str(error)) from error
        self.size += len(data)

    def complete(self) -> None:
        """Ends the file: it can be read from now on."""
        try:
            self._file.close()
        except OSError as error:  # the last bytes were still to be written
            raise self._folder.no_space(str(error)) from error

    def drop(self) -> None:
        """Removes the file, complete or not."""
        with suppress(OSError):
            self._file.close()
        self._folder.discard(str(self.path))


class _IncomingInMemory(Incoming):
    """A file in memory that is being received; it exists as long as it is open."""

    def write(self, data: bytes) -> None:
        self._folder.take_memory(len(data))
        self.size += len(data)
        super().write(data)

    def complete(self) -> None:
        self._file.flush()

    def release(self) -> None:
        """Frees the memory."""
        self._file.close()


class UploadFolder:
    """The uploads of one server, kept at the first writable place: `temporary`, beside `data`, the system's folder.

    `temporary` is the folder that HUBSPOT_MOCK_SERVER_TMP names, `data` the file of the default portal. With `data`,
    uploads outlive the process; without, their folder is removed at exit. The place is chosen at the first upload.
    """

    def __init__(
        self, *, temporary: Path | None = None, data: Path | None = None, memory_limit: int = MEMORY_LIMIT
    ) -> None:
        self._temporary = temporary.absolute() if temporary else None
        self._data = data.absolute() if data else None
        self._memory_limit = memory_limit
        self._in_memory: dict[str, _IncomingInMemory] = {}
        self._memory_used = 0
        self._folder: Path | None = None
        self._settled = False
        self._leave: weakref.finalize[..., UploadFolder] | None = None

    @property
    def place(self) -> str:
        """Returns where uploads are kept, in words."""
        self._settle()
        return str(self._folder) if self._folder else f"memory, up to {self._memory_limit >> 20} MB"

    @property
    def is_memory(self) -> bool:
        """Returns whether uploads go to memory."""
        self._settle()
        return self._folder is None

    def begin(self) -> Incoming:
        """Opens a file for another upload; raises a Rejection if that is impossible."""
        self._settle()
        try:
            if self._folder is None:
                return self._begin_in_memory()
            path = self._folder / (os.urandom(8).hex() + _SUFFIX)
            return Incoming(path, path.open("xb"), self)
        except OSError as error:
            raise self.no_space(str(error)) from error

    def discard(self, path: str) -> None:
        """Removes an upload that no import needs any more, if it still exists."""
        if upload := self._in_memory.pop(path, None):
            self._memory_used -= upload.size
            upload.release()
        elif path.endswith(_SUFFIX):
            _remove_file(Path(path))

    def sweep(self, needed: AbstractSet[str]) -> int:
        """Removes files of earlier processes that no import needs; returns the number of files beside `data`.

        That includes the temporary folders of servers that were killed.
        """
        left = [
            file
            for folder in self._kept_folders()
            for file in folder.glob("*" + _SUFFIX)  # nothing where there is no folder
            if str(file) not in needed
        ]
        for file in left:
            _remove_file(file)
        for folder in _folders_of_dead_servers(self._temporary or _system_folder()):
            shutil.rmtree(folder, ignore_errors=True)
        return len(left)

    def close(self) -> None:
        """Removes the folder if it is temporary, or if it is empty."""
        for path in list(self._in_memory):
            self.discard(path)
        if self._leave:
            self._leave()
        self._folder, self._settled = None, False

    def take_memory(self, size: int) -> None:
        """Counts bytes against the memory that all uploads share; raises a Rejection if it is used up."""
        if self._memory_used + size > self._memory_limit:
            raise self.no_space(f"no writable folder, and more than {self._memory_limit:,} bytes for memory")
        self._memory_used += size

    def no_space(self, got: str) -> Rejection:
        """Returns the refusal of an upload that cannot be kept."""
        return Rejection(NO_SPACE_FOR_UPLOAD, got=f"{got} (uploads go to {self.place})")

    def _begin_in_memory(self) -> Incoming:
        if sys.platform != "linux":
            raise OSError("no folder is writable")
        descriptor = os.memfd_create("upload")
        path = Path(f"/proc/self/fd/{descriptor}")  # opening it returns a separate file object, at the beginning
        incoming = self._in_memory[str(path)] = _IncomingInMemory(path, os.fdopen(descriptor, "wb"), self)
        return incoming

    def _settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        for folder in self._kept_folders():
            if _writable(folder):
                self._folder = folder
                self._leave = weakref.finalize(self, _remove_if_empty, folder)
                return
        self._folder = (_temporary_folder(self._temporary) if self._temporary else None) or _temporary_folder(None)
        if self._folder:
            self._leave = weakref.finalize(self, _remove, self._folder, _claim(self._folder))

    def _kept_folders(self) -> Iterator[Path]:
        """Yields the folders in which uploads outlive the process, best first."""
        if self._data is None:
            return
        if self._temporary:
            # Two data files of one name may share the folder, and must not sweep each other's uploads.
            yield self._temporary / f"{self._data.name}-{crc32(bytes(self._data)):08x}.uploads"
        yield self._data.with_name(self._data.name + ".uploads")


def _remove_file(path: Path) -> None:
    with suppress(PermissionError):  # on Windows, a file that is still being read stays until the next sweep
        path.unlink(missing_ok=True)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f"probe{_SUFFIX}"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _temporary_folder(parent: Path | None) -> Path | None:
    import tempfile  # imported for the first upload only

    try:
        if parent:
            parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    except OSError:
        return None


# -- which temporary folders are in use --------------------------------------------------------------------------------


def _claim(folder: Path) -> BinaryIO | None:
    """Returns a locked file in a folder, as a sign that its server is alive; None where there are no such locks.

    The file is locked before it gets its final name, so other servers never see it unlocked.
    """
    try:
        import fcntl

        lock = (folder / f"{_LOCK}.new").open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / f"{_LOCK}.new").rename(folder / _LOCK)
    except (ImportError, OSError):
        return None
    return lock


def _folders_of_dead_servers(parent: Path) -> Iterator[Path]:
    """Yields the temporary folders of this user whose servers have ended without removing them."""
    try:
        import fcntl

        with os.scandir(parent) as entries:
            ours = [entry.path for entry in entries if entry.name.startswith(_PREFIX) and _is_ours(entry)]
    except (ImportError, OSError):
        return
    for path in ours:
        try:
            with (Path(path) / _LOCK).open("rb+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield Path(path)
        except OSError:
            continue  # in use, or not a folder of uploads


def _is_ours(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _system_folder() -> Path:
    """Returns the folder that `tempfile` chooses first, without the time that importing it takes."""
    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return Path(next(filter(None, named), "/tmp"))  # noqa: S108 - only looked through


def _remove(folder: Path, lock: BinaryIO | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        lock.close()


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
