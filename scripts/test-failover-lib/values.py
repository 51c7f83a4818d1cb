"""What a change of messaging privacy sets, as one number that reads and decisions tell again."""

DURATIONS = [None, 300, 3_600, 86_400, 604_800]
AUDIENCES = ["everyone", "contacts", "nobody"]
# The reason that each audience gives a stranger.
REASONS = ["everyone", "not_a_contact", "nobody"]
# The actions that are asked about, each of which tells a part of the value.
ACTIONS = ["view_read_receipts", "view_last_seen", "view_typing", "view_profile", "add_to_group"]
# How many values there are, and how many of them decisions tell apart.
VALUES = 360
TOLD = 72
# Before any change.
DEFAULT = 0


def settings_of(value):
    """The settings of a value."""
    return {
        "show_read_receipts": value % 2 == 0,
        "show_last_seen": value // 2 % 2 == 0,
        "show_typing_indicator": value // 4 % 2 == 0,
        "who_can_see_profile": AUDIENCES[value // 8 % 3],
        "who_can_add_to_groups": AUDIENCES[value // 24 % 3],
        "disappearing_messages_default": DURATIONS[value // TOLD],
    }


def value_of(settings):
    """The value that these settings are of."""
    return (
        (not settings["show_read_receipts"])
        + 2 * (not settings["show_last_seen"])
        + 4 * (not settings["show_typing_indicator"])
        + 8 * AUDIENCES.index(settings["who_can_see_profile"])
        + 24 * AUDIENCES.index(settings["who_can_add_to_groups"])
        + TOLD * DURATIONS.index(settings["disappearing_messages_default"])
    )


def told_of(value):
    """What decisions tell of a value: everything but the duration."""
    return value % TOLD


def told_by(decisions):
    """What the decisions about the actions, in their order, tell. ValueError if they contradict each other."""
    receipts, last_seen, typing, profile, groups = decisions
    hides_last_seen = last_seen["reason"] == "setting_off"
    if not hides_last_seen and last_seen["reason"] != profile["reason"]:
        raise ValueError(f"decisions contradict each other: {decisions}")
    return (
        (not receipts["allowed"])
        + 2 * hides_last_seen
        + 4 * (not typing["allowed"])
        + 8 * REASONS.index(profile["reason"])
        + 24 * REASONS.index(groups["reason"])
    )


def checks(viewer, subject):
    """The questions that make decisions tell."""
    return [{"viewer": viewer, "subject": subject, "action": action} for action in ACTIONS]
