"""Opens the parts of an XLSX workbook: a zip file of XML documents, ECMA-376 part 2.

A part is inflated and parsed as a stream, by expat, which refuses XML that is not well-formed. Document type
declarations are refused, so there are no entities to expand. Parts that are not needed are never inflated.
"""

import posixpath
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from mockserver.imports.files import FileProblem, invalid

PIECE: Final = 64 * 1024  # bytes of XML that are parsed at a time
LONGEST_TOKEN: Final = 1024 * 1024  # bytes; expat keeps a tag or a comment whole
# Bounds the number of tags, because reading them takes time. Sheets with the same values in all rows have 1.6 tags for
# each byte that they take, as measured on cells that state their columns; only cells that state none have more.
_MOST_TAGS: Final = 2_000_000  # of a part that takes next to no bytes …
_TAGS_PER_BYTE: Final = 3  # … and of each byte that it takes
_MOST_OPEN: Final = 10_000  # elements that may be open before their depth is watched
_DEEPEST: Final = 1000  # elements within each other; a workbook has a dozen
_LARGEST_DIRECTORY: Final = 1024 * 1024  # bytes: ten thousand parts or more; a workbook has dozens

# A sheet whose rows all have the same values is compressed 13 times, as measured on cells that state their columns;
# only long texts that are repeated in each cell are compressed more. A part that is small when inflated may have any
# ratio.
# inferred: Apache POI, which HubSpot may use, has a limit of 100.
_HIGHEST_RATIO: Final = 50
_ANY_RATIO: Final = 64 * 1024 * 1024  # bytes
_MOST_INFLATED: Final = 2 * 1024**3  # bytes of a part: a million rows of some forty columns
_MOST_RELATIONSHIPS: Final = 10_000

_NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main ",
    "http://purl.oclc.org/ooxml/spreadsheetml/main ",  # of the strict variant
    "",
)

Attributes = dict[str, str]


class Found(Exception):
    """Ends the reading of a part early."""


class Archive:
    """The parts of a workbook, by their names in small letters."""

    def __init__(self, file: BinaryIO) -> None:
        _check_directory(file)
        try:
            self._zip = ZipFile(file)
        except Exception as error:  # zipfile raises all kinds of exceptions for an invalid directory
            raise invalid(f"The zip file that the workbook should be cannot be read ({error}).") from error
        self.size = file.seek(0, 2)
        self._parts = {_key(part.filename): part for part in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._parts

    @property
    def names(self) -> Sequence[str]:
        """The names of all parts, in small letters."""
        return list(self._parts)

    def inflated_size(self, name: str) -> int:
        """Returns how many bytes a part has, as the directory says."""
        return self._parts[_key(name)].file_size

    def most_tags(self, name: str) -> int:
        """Returns how many tags a part may have: reading them takes time, however well they compress."""
        part = self._parts.get(_key(name))
        return _MOST_TAGS + (_TAGS_PER_BYTE * min(part.compress_size, self.size) if part else 0)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yields a part's content. Raises FileProblem if it is missing, damaged or too large."""
        part = self._parts.get(_key(name))
        if part is None:
            raise invalid(f"The workbook is damaged: its part {name} is missing.")
        self._check(part)
        try:
            with self._zip.open(part) as content:
                while piece := content.read(PIECE):
                    yield piece
        except FileProblem:
            raise
        except Exception as error:  # of zipfile and zlib
            raise invalid(f"The workbook's part {part.filename} is damaged ({error}).") from error

    def _check(self, part: ZipInfo) -> None:
        if part.flag_bits & 1:
            raise invalid("The workbook is protected by a password.")
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise invalid(f"The workbook's part {part.filename} is compressed in a way that Excel does not know.")
        packed = min(part.compress_size, self.size)
        if part.file_size > _MOST_INFLATED:
            raise invalid(
                f"The workbook's part {part.filename} takes {part.file_size:,} bytes; {_MOST_INFLATED:,} are accepted."
                " Send the rows as CSV."
            )
        if part.file_size > max(_ANY_RATIO, _HIGHEST_RATIO * packed):
            raise invalid(
                f"The workbook's part {part.filename} grows from {packed:,} to {part.file_size:,} bytes: it is"
                f" compressed more than {_HIGHEST_RATIO} times, as a zip bomb is. Send the rows as CSV."
            )


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _check_directory(file: BinaryIO) -> None:
    """Refuses a zip file whose directory is too large to read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0:
        raise invalid("The workbook is cut off: the end of its zip file is missing.")
    length = int.from_bytes(tail[end + 12 : end + 16], "little")
    if end >= 20 and tail[end - 20 : end - 16] == b"PK\x06\x07":  # a zip64 file has a second, larger record
        file.seek(min(int.from_bytes(tail[end - 12 : end - 4], "little"), size))
        length = int.from_bytes(file.read(56)[40:48], "little")
    if length > _LARGEST_DIRECTORY:
        raise invalid(f"The zip file's directory takes {length:,} bytes: no workbook has that many parts.")


# -- XML -------------------------------------------------------------------------------------------------------------


class Parser:
    """Feeds a part to expat, which calls `start`, `end` and `text`."""

    def __init__(
        self,
        name: str,
        start: Callable[[str, Attributes], None] | None = None,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
        *,
        most_tags: int | None = None,
    ) -> None:
        self.encoding = ""  # that the part states
        self._name = name
        self._start, self._end = start, end
        self._most_tags = most_tags
        self._fed = self._tags = 0
        self._open = 0  # elements; those without content count as if they stayed open
        self._depth = 0  # of elements since it is watched
        self._is_watched = False
        self._last = b""  # the last byte of the previous piece
        self._expat: XMLParserType = ParserCreate(namespace_separator=" ")
        self._expat.buffer_text = True
        self._expat.XmlDeclHandler = self._declare
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype
        if start is not None:
            self._expat.StartElementHandler = start
        if end is not None:
            self._expat.EndElementHandler = end
        if text is not None:
            self._expat.CharacterDataHandler = text

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Parses the next bytes. Raises FileProblem if they are not well-formed."""
        tags = data.count(b"<")
        self._tags += tags
        if self._most_tags is not None:
            most = self._most_tags // 2 if self._is_watched else self._most_tags  # watched ones take longer
            if self._tags > most:
                raise invalid(
                    f"The workbook's part {self._name} has more than {most:,} tags, far more than a file of its size"
                    " can have. Send the rows as CSV."
                )
        if not self._is_watched:
            self._look_at_depth(data, tags)
        try:
            self._expat.Parse(data, final)
        except (ExpatError, ValueError, LookupError) as error:  # the latter two for encodings
            raise invalid(f"The workbook's part {self._name} is damaged ({error}).") from error
        self._fed += len(data)
        if self._fed - self._expat.CurrentByteIndex > LONGEST_TOKEN and not final:
            raise invalid(f"The workbook's part {self._name} is damaged: it has a tag of more than a mebibyte.")

    def _look_at_depth(self, data: bytes, tags: int) -> None:
        """Starts to watch the depth of elements if it may be large: expat keeps a record of each open element.

        Watching takes longer than parsing, so it only starts when the number of tags no longer excludes a large depth.
        """
        counted = self._last + data
        self._last = data[-1:]
        self._open += tags - 2 * counted.count(b"</")
        has_comment = b"!" in counted and b"<!" in counted  # to look for one character first takes a tenth of the time
        has_other_tags = has_comment or (b"?" in counted and counted.count(b"<?") > (self._fed == 0))
        is_utf16 = self._fed == 0 and data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0"))
        if self._open > _MOST_OPEN or has_other_tags or is_utf16:
            self._watch_depth()

    def _watch_depth(self) -> None:
        self._is_watched = True
        self._expat.StartElementHandler = self._count_start
        self._expat.EndElementHandler = self._count_end

    def _count_start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise invalid(f"The workbook's part {self._name} is damaged: its elements are nested without end.")
        if self._start is not None:
            self._start(name, attributes)

    def _count_end(self, name: str) -> None:
        self._depth -= 1
        if self._end is not None:
            self._end(name)

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding or ""
        if self.encoding.lower() not in ("", "utf-8"):  # in which a tag may be other bytes
            self._watch_depth()

    def _refuse_doctype(self, *_: object) -> None:
        raise invalid(f"The workbook's part {self._name} has a document type declaration, which no workbook has.")


def parse(archive: Archive, name: str, start: Callable[[str, Attributes], None] | None = None, **more: object) -> None:
    """Parses a part to its end, or until a handler raises Found."""
    parser = Parser(name, start, most_tags=archive.most_tags(name), **more)  # type: ignore[arg-type]  # `end` and `text`
    try:
        for piece in archive.pieces(name):
            parser.feed(piece)
        parser.feed(b"", final=True)
    except Found:
        pass


def tags_of(*names: str) -> dict[str, str]:
    """Returns a map from expat's names of elements, with their namespaces, to `names`."""
    return {namespace + name: name for namespace in _NAMESPACES for name in names}


def relationships(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Returns the relationships of a part by id: the last word of the type, and the other part."""
    found: dict[str, tuple[str, str]] = {}
    folder, base = posixpath.split(part)
    name = posixpath.join(folder, "_rels", f"{base}.rels")

    def start(tag: str, attributes: Attributes) -> None:
        if tag.endswith("Relationship") and len(found) < _MOST_RELATIONSHIPS and "Target" in attributes:
            target = attributes["Target"].replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path)

    if name in archive:
        parse(archive, name, start)
    return found
