"""A client of Privet: typed calls for services, changes as they happen, and decisions that are kept safely."""

from .blocking import BlockingDecisions
from .changes import CaughtUp, Change, FeedEvent, watch_changes
from .client import Privet
from .decisions import CachedDecisions
from .errors import PrivetError, ProtocolError, StreamEnded
from .event_stream import Token
from .own_changes import Changed, Erased, OwnChange, State, watch_own_changes

__all__ = [
    "BlockingDecisions",
    "CachedDecisions",
    "CaughtUp",
    "Change",
    "Changed",
    "Erased",
    "FeedEvent",
    "OwnChange",
    "Privet",
    "PrivetError",
    "ProtocolError",
    "State",
    "StreamEnded",
    "Token",
    "watch_changes",
    "watch_own_changes",
]
