"""What the document cannot express for Schemathesis: values of Privet's own formats, and requests that would erase the
run's accounts. No hook changes a response. Each ignored finding has a comment with the reason."""

import atexit
import collections
import json
import os
import pathlib
import uuid

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import ObjectLevelAuthorizationViolation, RejectedPositiveData

import accounts

schemathesis.openapi.format("bcp47", st.sampled_from(["en", "de-CH", "pt-BR", "zh-Hant-TW", "sl-rozaj-biske"]))
schemathesis.openapi.format("iana-time-zone", st.sampled_from(["UTC", "Europe/Zurich", "America/Sao_Paulo"]))
# An empty cursor begins a list. Other cursors come from responses, by the document's links.
schemathesis.openapi.format("cursor", st.just(""))

# Other cursors of the feed come from responses.
schemathesis.openapi.format("feed-cursor", st.sampled_from(["now", "earliest"]))

# Lines of JSON are one text.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@schemathesis.deserializer("application/x-ndjson")
def text_of(context, response):
    return response.content.decode()


# The number of responses of each operation by status, for scripts/test-api-lib/reached.py.
answered = collections.defaultdict(collections.Counter)
# The user who was requested to accept, by request to follow.
asked = {}
times_asked = collections.Counter()


# Operations of the support staff.
SUPPORT = ("view_user", "list_audit_entries_of_user", "explain_user", "change_settings_of_user")


def operation_of(case):
    return case.operation.definition.raw["operationId"]


def send(user, method, path, **body):
    field = {"Authorization": f"Bearer {accounts.token(user)}"}
    return requests.request(method, os.environ["PRIVET_URL"] + path, headers=field, timeout=10, **body)


def takes_a_scope(case):
    requirements = case.operation.definition.raw.get("security") or [{}]
    return any(requirements[0].get("bearer", []))


def takes_a_condition(case):
    parameters = case.operation.definition.raw.get("parameters", [])
    return any(parameter.get("name") == "If-Match" for parameter in parameters)


def is_prepared_for(case, name):
    """Whether the resource of this request is created first: for three of four requests with a valid id."""
    try:
        uuid.UUID(str((case.path_parameters or {}).get(name)))
    except ValueError:
        return False
    return times_asked[operation_of(case)] % 4 != 0


@schemathesis.hook
def before_call(context, case, kwargs):
    caller = accounts.holder(case.headers.get("Authorization"))
    if caller is None:
        # A request with an invalid token is not changed.
        return
    operation = operation_of(case)
    given = case.path_parameters or {}
    times_asked[operation] += 1
    if takes_a_scope(case) and caller == accounts.ANN and times_asked[operation] % 8 != 0:
        as_user(case, accounts.SERVICE, accounts.SCOPES)
    if takes_a_condition(case) and times_asked[operation] % 5 == 0:
        # Most generated requests match any version, like the example in the document.
        case.headers["If-Match"] = '"another"'
    if operation == "list_changes" and str((case.query or {}).get("wait", "")).isdigit():
        # There may be nothing to wait for.
        case.query["wait"] = 0
    if operation in ("explain", "explain_user", "preview"):
        name_one_viewer(case)
    if operation == "erase_me":
        # This operation erases its caller, so it gets a new user. A service is refused.
        scopes = accounts.SCOPES if times_asked[operation] % 3 == 0 else None
        as_user(case, str(uuid.uuid4()), scopes)
    elif operation == "erase_user" and str(given.get("userId")).lower() in accounts.OWN:
        given["userId"] = str(uuid.uuid4())
    elif operation == "follow" and is_prepared_for(case, "userId"):
        make_private(given["userId"])
    elif operation == "list_following" and times_asked[operation] % 5 == 0:
        # Only the user and the followers may read the list of a private account.
        given["userId"] = str(uuid.uuid4())
        make_private(given["userId"])
    elif operation == "unfollow" and is_prepared_for(case, "userId"):
        send(caller, "POST", f"/api/v1/e-social/follows/{given['userId']}")
    elif operation == "remove_follower" and is_prepared_for(case, "userId"):
        # The account must be public, or there would only be a request. Another request may have made it private.
        send(caller, "PUT", "/api/v1/e-social/privacy/account", json={"isPrivate": False})
        send(given["userId"], "POST", f"/api/v1/e-social/follows/{caller}")
    elif operation == "update_contact" and is_prepared_for(case, "userId"):
        send(caller, "PUT", f"/api/v1/contacts/{given['userId']}")
    elif operation in ("get_exceptions", "remove_exceptions") and is_prepared_for(case, "userId"):
        never = {"exceptions": {"view_typing": "never"}}
        send(caller, "PUT", f"/api/v1/privacy/exceptions/{given['userId']}", json=never)
    elif operation in SUPPORT and is_prepared_for(case, "userId"):
        # Of others there is nothing to look at. The generated user may have been erased by another request.
        given["userId"] = str(uuid.uuid4())
        send(given["userId"], "GET", "/api/v1/privacy/settings")
        if operation == "change_settings_of_user" and names_settings(case):
            # The catalogue defines the names.
            case.body = {"settings": {"account.is_private": None}}
    elif operation == "set_cohorts" and is_prepared_for(case, "userId") and names_cohorts(case):
        # The built-in catalogue has no cohorts.
        case.body = {"cohorts": []}
    elif operation in ("accept_follow_request", "decline_follow_request"):
        if is_prepared_for(case, "followId") and given["followId"] not in asked:
            given["followId"] = new_request()
        # Only the user who received the request may decide about it.
        as_user(case, asked.get(given.get("followId"), caller))


def as_user(case, user, scope=None):
    case.headers["Authorization"] = f"Bearer {accounts.token(user, scope)}"


def name_one_viewer(case):
    """Exactly one of the two parameters for the viewer is allowed, which a schema cannot express."""
    query = dict(case.query or {})
    if not query:
        case.query = {"as": "stranger"}
    elif set(query) == {"viewer", "as"} and times_asked[operation_of(case)] % 4 != 0:
        del query["as"]
        case.query = query


def names_cohorts(case):
    body = case.body if isinstance(case.body, dict) else {}
    cohorts = body.get("cohorts")
    named = isinstance(cohorts, list) and all(isinstance(name, str) for name in cohorts)
    return named and set(body) == {"cohorts"} and len(cohorts) <= 8


def names_settings(case):
    body = case.body if isinstance(case.body, dict) else {}
    return set(body) == {"settings"} and isinstance(body["settings"], dict) and len(body["settings"]) > 0


def make_private(user):
    """Makes an account private, so that there are requests to follow."""
    if user not in accounts.OWN:
        send(user, "PUT", "/api/v1/e-social/privacy/account", json={"isPrivate": True})


def new_request():
    """Creates a request between two new users, whom no other test uses."""
    owner, follower = str(uuid.uuid4()), str(uuid.uuid4())
    make_private(owner)
    follow = send(follower, "POST", f"/api/v1/e-social/follows/{owner}").json()["data"]
    asked[follow["id"]] = owner
    return follow["id"]


@schemathesis.hook
def after_call(context, case, response):
    operation = operation_of(case)
    answered[operation][response.status_code] += 1
    if response.status_code != 200:
        return
    if operation == "follow" and response.json()["data"]["status"] == "PENDING":
        follow = response.json()["data"]
        asked[follow["id"]] = follow["followingId"]
    elif operation in ("accept_follow_request", "decline_follow_request"):
        asked.pop(case.path_parameters["followId"], None)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # Adding, blocking or following oneself is 400. A schema cannot know the caller's id.
    about_oneself = (case.path_parameters or {}).get("userId") == accounts.holder(case.headers.get("Authorization"))
    if isinstance(failure, RejectedPositiveData) and (about_oneself or is_beyond_numbered_pages(case)):
        return False
    if isinstance(failure, RejectedPositiveData) and operation_of(case) in ("explain", "explain_user", "preview"):
        return not (names_two_viewers(case) or shows_anothers_profile(case))
    # The operator's catalogue defines the cohorts.
    if isinstance(failure, RejectedPositiveData) and operation_of(case) == "set_cohorts":
        return not names_cohorts(case)
    # The operator's catalogue defines the settings, and there must be one.
    if isinstance(failure, RejectedPositiveData) and operation_of(case) == "change_settings_of_user":
        return not isinstance(case.body, dict)
    # Times before 1970 are 400, which a schema cannot express.
    if isinstance(failure, RejectedPositiveData) and operation_of(case) == "import_account":
        return not has_an_early_time(case.body)
    # Each line has its own outcome, whatever the text is.
    if isinstance(failure, AcceptedNegativeData) and operation_of(case) == "import_lines":
        return False
    # A key that is given twice is 400. The document has this as text only, because Schemathesis fails at
    # `dependentSchemas`.
    if isinstance(failure, RejectedPositiveData) and operation_of(case) == "update_preferences":
        return not gives_a_key_twice(case.body)
    if isinstance(failure, AcceptedNegativeData) and operation_of(case) == "evaluate_several":
        return not (has_a_refused_entry(response) or has_a_default_without_use(case))
    # Every user may ask what is allowed to do to another user. If the settings make no difference, two users get the
    # same response. Schemathesis reports this as access to another user's data.
    return not (isinstance(failure, ObjectLevelAuthorizationViolation) and operation_of(case) == "get_access")


def names_two_viewers(case):
    query = case.query or {}
    return "viewer" in query and "as" in query


def shows_anothers_profile(case):
    """Whether the profile of a preview names a user. A schema cannot know the caller's id."""
    body = case.body if isinstance(case.body, dict) else {}
    profile = body.get("profile")
    return isinstance(profile, dict) and "user_id" in profile


def has_an_early_time(body):
    """Whether a time of an export is before 1970, or in that year: a time zone may move it."""
    body = body if isinstance(body, dict) else {}
    lists = [body.get(name) for name in ("contacts", "blocks")]
    items = [item for items in lists if isinstance(items, list) for item in items if isinstance(item, dict)]
    times = [str(item[name]) for item in items for name in ("added_at", "blocked_at") if name in item]
    return any(time < "1971" or time >= "9999" for time in times)


def is_beyond_numbered_pages(case):
    """Pages have a number or a cursor, and numbers reach 10,000 items, which a schema cannot express."""
    query = case.query or {}
    if "page" not in query:
        return False
    try:
        items_before = (int(query["page"]) - 1) * int(query.get("size", 20))
    except (TypeError, ValueError):
        return False
    return bool(query.get("cursor")) or items_before >= 10_000


def gives_a_key_twice(body):
    """Whether a value is given twice: by a dotted key, and in its group."""
    dotted = [name.split(".") for name in body if "." in name]
    return any(body.get(group, {}) is None or key in body.get(group, {}) for group, key in dotted)


def has_a_refused_entry(response):
    """AuthZEN answers a batch with an invalid entry with 200, and with the error in place of that entry's result."""
    entries = response.json().get("evaluations", [])
    return any(entry["context"].get("error", {}).get("status") == 400 for entry in entries)


def has_a_default_without_use(case):
    """An entry replaces a default as a whole. A default that all entries replace is not validated."""
    body = case.body if isinstance(case.body, dict) else {}
    entries = body.get("evaluations")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return False
    return any(name in body and all(name in entry for entry in entries) for name in ("subject", "action", "resource"))


@atexit.register
def write_down():
    # A run is of several parts, one after the other.
    file = pathlib.Path(os.environ["PRIVET_ANSWERED"])
    before = json.loads(file.read_text()) if file.exists() else {}
    for operation, statuses in before.items():
        answered[operation].update({int(status): times for status, times in statuses.items()})
    file.write_text(json.dumps(answered, indent=1, sort_keys=True))
