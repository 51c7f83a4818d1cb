"""A good history passes, and each kind of bad history is found. `python3 -m unittest test_check` in this folder."""

import unittest

import values
from check import (CHANGED, DECIDED, FROM_NOWHERE, LOST, MAY_CHANGE, PARTIAL, READ, STALE, TWO_VALUES, Operation,
                   contradictions, missing)


def changed(begun, ended, value, revision):
    return Operation("ann", begun, ended, CHANGED, value, revision, f"request-{value}")


def unanswered(begun, value):
    return Operation("ann", begun, begun + 1, MAY_CHANGE, value, 0, f"request-{value}")


def read(begun, ended, value, revision):
    return Operation("ann", begun, ended, READ, value, revision)


def decided(begun, ended, value):
    return Operation("ann", begun, ended, DECIDED, values.told_of(value))


def found(*history):
    return [violation.wrong for violation in contradictions(history)]


def entries(*made):
    """The entries of changes to these values, in this order, each of all settings that it changes."""
    before, listed = values.settings_of(values.DEFAULT), []
    for value in made:
        after = values.settings_of(value)
        listed += [(f"request-{value}", name, after[name]) for name in after if after[name] != before[name]]
        before = after
    return {"ann": listed}


def absent(recorded, *history):
    return [violation.wrong for violation in missing(history, recorded)]


class Contradictions(unittest.TestCase):
    def test_what_was_acknowledged_is_seen_afterwards(self):
        self.assertEqual(found(
            read(0, 1, 0, 1), changed(2, 5, 1, 2), read(6, 7, 1, 2), decided(6, 7, 1),
            changed(8, 9, 2, 3), decided(10, 11, 2), read(12, 13, 2, 3)), [])

    def test_while_a_change_is_under_way_both_values_may_be_seen(self):
        self.assertEqual(found(
            changed(2, 9, 1, 2), read(3, 4, 0, 1), read(3, 6, 1, 2), decided(3, 6, 0), decided(3, 6, 1)), [])

    def test_an_unanswered_change_may_be_seen_at_any_later_time(self):
        self.assertEqual(found(
            unanswered(0, 1), read(2, 3, 0, 1), decided(4, 5, 1), read(6, 7, 1, 2), changed(8, 9, 2, 3)), [])

    def test_a_read_that_is_older_than_an_acknowledged_change_is_found(self):
        self.assertEqual(found(changed(2, 5, 1, 2), read(6, 7, 0, 1)), [STALE])

    def test_a_decision_that_is_older_than_an_acknowledged_change_is_found(self):
        self.assertEqual(found(changed(2, 5, 1, 2), decided(6, 7, 0)), [STALE])

    def test_a_read_that_is_older_than_what_another_one_has_shown_is_found(self):
        self.assertEqual(found(unanswered(0, 1), read(2, 3, 1, 2), read(4, 5, 0, 1)), [STALE])

    def test_two_acknowledged_changes_of_one_revision_are_found(self):
        self.assertEqual(found(changed(2, 5, 1, 2), changed(6, 7, 2, 2)), [TWO_VALUES])

    def test_a_value_that_nobody_has_asked_for_is_found(self):
        self.assertEqual(found(read(0, 1, 5, 2)), [FROM_NOWHERE])
        self.assertEqual(found(read(0, 1, 1, 2), changed(2, 5, 1, 2)), [FROM_NOWHERE])


class Missing(unittest.TestCase):
    def test_all_changes_are_on_record(self):
        self.assertEqual(absent(entries(1, 2, 75), changed(0, 1, 1, 2), changed(2, 3, 2, 3), unanswered(4, 75)), [])

    def test_an_unanswered_change_may_be_absent(self):
        self.assertEqual(absent(entries(1), changed(0, 1, 1, 2), unanswered(2, 2)), [])

    def test_an_acknowledged_change_that_is_absent_is_found(self):
        self.assertEqual(absent(entries(1, 3), changed(0, 1, 1, 2), changed(2, 3, 2, 3), changed(4, 5, 3, 4)), [LOST])

    def test_a_change_that_was_made_partly_is_found(self):
        partly = {"ann": entries(3)["ann"][:1]}
        self.assertEqual(absent(partly, changed(0, 1, 3, 2)), [PARTIAL])

    def test_a_change_that_was_made_twice_is_found(self):
        twice = {"ann": entries(1, 2)["ann"] + entries(1)["ann"]}
        wrong = absent(twice, changed(0, 1, 1, 2), changed(2, 3, 2, 3))
        self.assertEqual(wrong, [PARTIAL])

    def test_entries_of_a_change_that_nobody_has_asked_for_are_found(self):
        self.assertEqual(absent(entries(1, 2), changed(0, 1, 1, 2)), [FROM_NOWHERE])


if __name__ == "__main__":
    unittest.main()
