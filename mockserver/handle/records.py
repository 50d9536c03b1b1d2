"""Records of a handle's portal."""

from mockserver.control.records import (
    LARGEST_PAGE,
    AssociationView,
    RecordsView,
    RecordView,
    WholeRecordView,
    WriteView,
)
from mockserver.handle.control import PortalControl, segment


class Record(dict[str, str]):
    """A record: its properties by name, as texts; properties without a value are left out.

    `id`, `object_type`, `created_at` and `updated_at` are those of the moment when it was read, `associations` and
    `history` are read when they are asked for.
    """

    def __init__(self, view: RecordView, control: PortalControl) -> None:
        super().__init__(view.properties)
        self.id = view.id
        self.object_type = view.object_type
        self.object_type_id = view.object_type_id
        self.created_at = view.created_at
        self.updated_at = view.updated_at
        self._control = control

    def __repr__(self) -> str:
        return f"<{self.object_type} {self.id} {super().__repr__()}>"

    @property
    def associations(self) -> list[AssociationView]:
        """Returns its associations as they are now."""
        return whole(self._control, self.object_type_id, self.id).associations

    @property
    def history(self) -> list[WriteView]:
        """Returns what was written to it so far, the newest first."""
        return whole(self._control, self.object_type_id, self.id).history


def whole(control: PortalControl, object_type: str, record: str | int, prop: str | None = None) -> WholeRecordView:
    """Asks for one record, by its id or a value that identifies it."""
    path = f"/records/{segment(object_type)}/{segment(record)}"
    return control.ask(WholeRecordView, "GET", path, query={"property": prop})


def all_records(control: PortalControl, object_type: str, having: dict[str, str]) -> list[Record]:
    """Asks for all records of a type, page by page, or for those that have some values."""
    if having:
        name, value = next(iter(having.items()))
        query = {"type": object_type, "property": name, "value": value}
        found = control.ask(RecordsView, "GET", "/records", query=query).results
        return [Record(v, control) for v in found if having.items() <= v.properties.items() | {(name, value)}]
    found, after = [], None
    while True:
        query = {"type": object_type, "limit": str(LARGEST_PAGE), **({"after": after} if after else {})}
        page = control.ask(RecordsView, "GET", "/records", query=query)
        found += page.results
        after = page.after
        if after is None:
            return [Record(view, control) for view in found]
