"""Answers that are kept: by question, by the users that they name, and the least recently used one first."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import CheckRequest, DecisionResponse

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """A check with ids in lower case; equal to another one that asks the same."""

    viewer: str
    subject: str
    action: str
    admin: bool

    @classmethod
    def of(cls, check: CheckRequest) -> Question:
        """Raises `ValueError` for an id that is no UUID, because one bad check would refuse those of other callers."""
        admin = check.get("viewer_is_admin", False) is True
        return cls(_id(check["viewer"]), _id(check["subject"]), check["action"], admin)

    def check(self) -> dict[str, object]:
        """The check as it is sent."""
        check: dict[str, object] = {"viewer": self.viewer, "subject": self.subject, "action": self.action}
        return {**check, "viewer_is_admin": True} if self.admin else check


def _id(text: object) -> str:
    text = str(text)
    if not _UUID.fullmatch(text):
        raise ValueError(f"not a UUID: {text}")
    return text.lower()


class Answers:
    """At most `most` answers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Question, DecisionResponse] = OrderedDict()
        self._by_user: dict[str, set[Question]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, question: Question) -> DecisionResponse | None:
        decision = self._kept.get(question)
        if decision is not None:
            self._kept.move_to_end(question)
        return decision

    def keep(self, question: Question, decision: DecisionResponse) -> None:
        self._kept[question] = decision
        self._kept.move_to_end(question)
        for user in (question.viewer, question.subject):
            self._by_user.setdefault(user, set()).add(question)
        while len(self._kept) > self._most:
            self._remove(next(iter(self._kept)))

    def forget(self, user: str) -> None:
        """Forgets every answer that names the user, as viewer or as subject."""
        for question in list(self._by_user.get(user, ())):
            self._remove(question)

    def clear(self) -> None:
        self._kept.clear()
        self._by_user.clear()

    def _remove(self, question: Question) -> None:
        if self._kept.pop(question, None) is None:
            return
        for user in {question.viewer, question.subject}:
            questions = self._by_user[user]
            questions.discard(question)
            if not questions:
                del self._by_user[user]
