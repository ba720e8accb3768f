"""The race finder: runs a client's tasks or threads in many orders, and shows the order in which it fails."""

from .enumeration import check_schedules
from .exceptions import Deadlock, EndlessRun
from .schedule import Schedule
from .strategy import schedules
from .switch import Switch

__all__ = ["Deadlock", "EndlessRun", "Schedule", "Switch", "check_schedules", "schedules"]
