"""The clock of a handle's portal."""

from datetime import datetime

from mockserver.clock import Pace
from mockserver.control.clock import ClockView
from mockserver.handle.control import PortalControl


class Clock:
    """The portal's virtual clock. Imports only change state when it advances."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def __repr__(self) -> str:
        return f"<clock of {self._control.key}>"

    def view(self) -> ClockView:
        """Returns time, pace, speed and the next due work in one call."""
        return self._control.ask(ClockView, "GET", "/clock")

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self.view().millis

    @property
    def pace(self) -> Pace:
        """What advances the clock; can be set to a `Pace` or its name."""
        return self.view().pace

    @pace.setter
    def pace(self, pace: Pace | str) -> None:
        self._control.ask(ClockView, "POST", "/clock", takes={"pace": pace})

    @property
    def speed(self) -> float:
        """Virtual seconds per real second in pace realtime; can be set."""
        return self.view().speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._control.ask(ClockView, "POST", "/clock", takes={"speed": speed})

    @property
    def next_due(self) -> str | None:
        """Returns when the next work is due (ISO 8601), or None if there is none."""
        return self.view().next_due

    def advance(self, *, seconds: float) -> None:
        """Advances the clock, and returns when all work that was due is done.

        Raises BadInput (a ValueError) for negative seconds.
        """
        self._control.ask(ClockView, "POST", "/clock/advance", takes={"seconds": seconds})

    def set(self, to: datetime | str) -> None:
        """Advances the clock to a time: an aware datetime, or ISO 8601 with an offset.

        Raises BadInput (a ValueError) for a time in the past.
        """
        moment = to.isoformat() if isinstance(to, datetime) else to
        self._control.ask(ClockView, "POST", "/clock", takes={"now": moment})

    def settle(self) -> None:
        """Advances the clock until no work is left."""
        self._control.ask(ClockView, "POST", "/clock/settle")
