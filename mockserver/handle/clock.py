"""The clock of a handle's portal."""

from datetime import datetime

from mockserver.clock import Pace
from mockserver.control.clock import ClockView
from mockserver.handle.control import PortalControl


class Clock:
    """The portal's clock: only it moves imports from state to state."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def __repr__(self) -> str:
        return f"<clock of {self._control.key}>"

    def view(self) -> ClockView:
        """Returns time, pace, speed and what is due, in one look."""
        return self._control.ask(ClockView, "GET", "/clock")

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self.view().millis

    @property
    def pace(self) -> Pace:
        """Returns who moves the clock; may be set, to a `Pace` or its name."""
        return self.view().pace

    @pace.setter
    def pace(self, pace: Pace | str) -> None:
        self._control.ask(ClockView, "POST", "/clock", takes={"pace": pace})

    @property
    def speed(self) -> float:
        """Returns how many virtual seconds a real one has, in pace realtime; may be set."""
        return self.view().speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._control.ask(ClockView, "POST", "/clock", takes={"speed": speed})

    @property
    def next_due(self) -> str | None:
        """Returns when the next piece of work is due (ISO 8601), or None where nothing is left to do."""
        return self.view().next_due

    def advance(self, *, seconds: float) -> None:
        """Moves the clock forward; returns when everything that was due has happened.

        Raises BadInput (a ValueError) for negative seconds.
        """
        self._control.ask(ClockView, "POST", "/clock/advance", takes={"seconds": seconds})

    def set(self, to: datetime | str) -> None:
        """Puts the clock forward to a moment (an aware datetime, or ISO 8601), as `advance` does.

        Raises BadInput (a ValueError) for a moment in the past.
        """
        moment = to.isoformat() if isinstance(to, datetime) else to
        self._control.ask(ClockView, "POST", "/clock", takes={"now": moment})

    def settle(self) -> None:
        """Moves the clock until nothing is left to do."""
        self._control.ask(ClockView, "POST", "/clock/settle")
