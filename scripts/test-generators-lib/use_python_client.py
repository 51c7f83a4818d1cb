"""Uses the client of openapi-python-client against a server."""

import importlib
import json
import os
import pkgutil
import uuid

import privet_client
from privet_client import AuthenticatedClient, models
from privet_client.api.accounts import erase_me, export_account
from privet_client.api.audit import list_audit_entries
from privet_client.api.contacts import add_contact, get_contact
from privet_client.api.decisions import decide
from privet_client.api.email_contact import get_email_contact, update_email_contact
from privet_client.api.enforcement import enforce_profile, enforce_receipts
from privet_client.api.follows import follow, unfollow
from privet_client.api.messaging_privacy import get_messaging_privacy, update_messaging_privacy
from privet_client.api.preferences import reset_preferences, update_preferences
from privet_client.types import UNSET

CALLERS = json.loads(os.environ["PRIVET_CALLERS"])


def client(name):
    return AuthenticatedClient(base_url=os.environ["PRIVET_URL"], token=CALLERS[name]["token"])


def user(name):
    return uuid.UUID(CALLERS[name]["id"])


def every_module_can_be_imported():
    for module in pkgutil.walk_packages(privet_client.__path__, "privet_client."):
        importlib.import_module(module.name)


def a_tree_and_dotted_keys_are_changed_together():
    body = models.UpdatePreferencesRequest.from_dict(
        {"theme": {"mode": "dark"}, "theme.accent_color": "#c0ffee", "locale.language": "de", "notifications": None}
    )
    assert body.to_dict()["theme"] == {"mode": "dark"}, body
    changed = update_preferences.sync(client=client("cat"), body=body, if_match="*")
    assert changed.theme.accent_color == "#c0ffee", changed
    assert changed.theme.mode == "dark" and changed.locale.language == "de", changed
    refused = update_preferences.sync(
        client=client("cat"), body=models.UpdatePreferencesRequest.from_dict({"theme.mode": "dark", "theme": None})
    )
    assert isinstance(refused, models.ErrorsByField), refused
    reset = reset_preferences.sync(client=client("cat"), body=models.ResetPreferencesRequest())
    assert reset.theme.mode == "system", reset


def a_version_is_named_by_text():
    read = get_email_contact.sync_detailed(client=client("cat"))
    body = models.UpdateEmailContactRequest(allow_email_contact=False)
    late = update_email_contact.sync_detailed(client=client("cat"), body=body, if_match='"another"')
    assert late.status_code == 412 and isinstance(late.parsed, models.ErrorDetail), late
    changed = update_email_contact.sync_detailed(client=client("cat"), body=body, if_match=read.headers["ETag"])
    assert changed.status_code == 200 and changed.parsed.allow_email_contact is False, changed
    known = get_email_contact.sync_detailed(client=client("cat"), if_none_match=changed.headers["ETag"])
    assert known.status_code == 304, known


def every_form_of_a_change_has_a_class():
    forms = [
        models.UpdateSwitch(setting=models.UpdateSwitchSetting.SHOW_LAST_SEEN, value=False),
        models.UpdateAudience(setting=models.UpdateAudienceSetting.WHO_CAN_SEE_PROFILE, value=models.Audience.CONTACTS),
        models.UpdateSeveralSettings.from_dict({"settings": {"disappearing_messages_default": 86400}}),
    ]
    for form in forms:
        answer = update_messaging_privacy.sync(client=client("cat"), body=form)
        assert answer.status == "updated", answer
    shown = get_messaging_privacy.sync(client=client("cat"))
    assert shown.show_last_seen is False and shown.who_can_see_profile == models.Audience.CONTACTS, shown
    assert shown.disappearing_messages_default == 86400, shown
    null = models.UpdateSeveralSettings.from_dict({"settings": {"disappearing_messages_default": None}})
    assert update_messaging_privacy.sync(client=client("cat"), body=null).status == "updated"
    assert get_messaging_privacy.sync(client=client("cat")).disappearing_messages_default is None


def a_profile_is_sent_and_comes_back_whole():
    profile = models.Profile(user_id=user("cat"))
    profile["username"], profile["bio"], profile["links"] = "cat", "Reads.", [{"at": 1}]
    body = models.EnforceProfileRequest(viewer=user("cat"), profiles=[profile])
    enforced = enforce_profile.sync(client=client("service"), body=body).profiles[0]
    assert enforced.visibility == models.ProfileVisibility.FULL, enforced
    assert enforced.profile.to_dict() == profile.to_dict(), enforced


def a_message_has_a_text_or_a_number():
    receipts = [
        models.ReceiptBody(message_id=message, recipient=user("dan"), status=models.ReceiptStatus.READ)
        for message in ("m-1", 2**53 - 1)
    ]
    body = models.EnforceReceiptsRequest(sender=user("cat"), receipts=receipts)
    enforced = enforce_receipts.sync(client=client("service"), body=body)
    assert [receipt.message_id for receipt in enforced.receipts] == ["m-1", 2**53 - 1], enforced


def decisions_and_lists_are_typed():
    check = models.CheckRequest(viewer=user("dan"), subject=user("cat"), action=models.Action.VIEW_LAST_SEEN)
    decided = decide.sync(client=client("service"), body=models.DecideRequest(checks=[check])).decisions[0]
    assert decided.reason == models.Reason.SETTING_OFF, decided
    added = add_contact.sync_detailed(user("dan"), client=client("cat"))
    assert added.status_code == 201 and added.parsed.user_id == user("dan"), added
    assert get_contact.sync(user("dan"), client=client("cat")) == added.parsed
    absent = get_contact.sync(user("cat"), client=client("dan"))
    assert absent.code == models.ProblemCode.NOT_FOUND, absent
    followed = follow.sync(user("dan"), client=client("cat"))
    assert followed.data.status == models.FollowStatus.ACCEPTED and followed.http_status == "OK", followed
    assert unfollow.sync(user("dan"), client=client("cat")).data is None
    entries = list_audit_entries.sync(client=client("cat"), limit=10, cursor=UNSET)
    assert entries.entries[0].actor_id == user("cat"), entries


def an_account_is_exported_and_ended():
    exported = export_account.sync(client=client("cat"))
    assert exported.user_id == user("cat") and len(exported.contacts) == 1, exported
    ended = erase_me.sync(client=client("cat"))
    assert ended.status == "deleted", ended
    refused = get_email_contact.sync(client=client("cat"))
    assert refused.detail == "Account has been deleted", refused


for test in (
    every_module_can_be_imported,
    a_tree_and_dotted_keys_are_changed_together,
    a_version_is_named_by_text,
    every_form_of_a_change_has_a_class,
    a_profile_is_sent_and_comes_back_whole,
    a_message_has_a_text_or_a_number,
    decisions_and_lists_are_typed,
    an_account_is_exported_and_ended,
):
    test()
    print(f"openapi-python-client: {test.__name__}")
