# The schemas of openapi/openapi.json. Made by `make client`; do not edit.

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict


class AccountPrivacyResponse(TypedDict):
    """
    The account privacy record.
    """

    id: str
    userId: str
    isPrivate: bool
    createdAt: str
    updatedAt: str


Action: TypeAlias = Literal['view_profile', 'view_online_status', 'view_last_seen', 'view_read_receipts', 'view_typing', 'add_to_group', 'send_email', 'view_content', 'follow_without_approval']


class ActionBody(TypedDict):
    """
    An allowed action.
    """

    name: Action


class ActionRequest(TypedDict):
    """
    The action to decide.
    """

    name: str
    properties: NotRequired[dict[str, Any]]


class ActionResponse(TypedDict):
    """
    An action and what it needs.
    """

    name: str
    title: str
    description: str
    needs: list[str]
    reciprocal: bool


class ActionSearchPage(TypedDict):
    """
    Paging parameters. The result always has all items in one page.
    """

    token: NotRequired[str]
    limit: NotRequired[int]
    properties: NotRequired[dict[str, Any]]


class ActionSearchResponse(TypedDict):
    """
    The actions that a subject may perform.
    """

    results: list[ActionBody]


Audience: TypeAlias = Literal['everyone', 'contacts', 'nobody']


class AuthzenConfiguration(TypedDict):
    """
    The metadata of this policy decision point.
    """

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
    search_action_endpoint: str


class BlockResponse(TypedDict):
    """
    One of the caller's blocks.
    """

    user_id: str
    blocked_at: str


CatalogueChangeKind: TypeAlias = Literal['catalogue']


class CatalogueChangeResponse(TypedDict):
    """
    The catalogue changed: forget everything.
    """

    all: Literal[True]
    kinds: list[CatalogueChangeKind]
    at: str


class CheckRequest(TypedDict, closed=True):
    """
    One check.
    """

    viewer: str
    subject: str
    action: Action
    viewer_is_admin: NotRequired[bool]


class CohortsResponse(TypedDict):
    """
    The cohorts of a user.
    """

    cohorts: list[str]


class ContactResponse(TypedDict):
    """
    One of the caller's contacts.
    """

    user_id: str
    mutual: bool
    close_friend: bool
    added_at: str


class DecideRequest(TypedDict, closed=True):
    """
    The checks of a service.
    """

    checks: list[CheckRequest]


DependencyState: TypeAlias = Literal['up', 'away', 'read-only', 'disk-full', 'write-failed']


DisappearingAfter: TypeAlias = Literal[300, 3600, 86400, 604800] | None


class EmailContactResponse(TypedDict):
    """
    Whether other users may send the caller an e-mail.
    """

    allow_email_contact: bool


class EnforceGroupAdditionsRequest(TypedDict, closed=True):
    """
    An actor who wants to add users to a group.
    """

    actor: str
    actor_is_admin: NotRequired[bool]
    invitees: list[str]


class EnforceGroupAdditionsResponse(TypedDict):
    """
    The users who may and who may not be added.
    """

    allowed: list[str]
    refused: list[str]


class EnforceMessageExpiryRequest(TypedDict, closed=True):
    """
    Senders of new messages.
    """

    senders: list[str]


class EnforceTypingRequest(TypedDict, closed=True):
    """
    A typing event.
    """

    typist: str
    recipients: list[str]


class EnforceTypingResponse(TypedDict):
    """
    The recipients who may see the typing event.
    """

    recipients: list[str]


class EntityBody(TypedDict):
    """
    The user whose settings apply.
    """

    type: str
    id: str
    properties: NotRequired[dict[str, Any]]


class EntryError(TypedDict):
    """
    An error of one entry.
    """

    status: Literal[400]
    message: str


class AccountPrivacyEnvelope(TypedDict):
    """
    An answer of the account family.
    """

    success: Literal[True]
    httpStatus: Literal['OK']
    message: str
    action_time: str
    data: AccountPrivacyResponse


class EmptyEnvelope(TypedDict):
    """
    An answer of the account family.
    """

    success: Literal[True]
    httpStatus: Literal['OK']
    message: str
    action_time: str
    data: None


class ErasureResponse(TypedDict):
    """
    The state of an erasure.
    """

    status: Literal['deleted', 'deleting']
    receipt: NotRequired[str]


EvaluationReason: TypeAlias = Literal['self', 'erased', 'blocked', 'exception_never', 'exception_always', 'everyone', 'mutual_contact', 'added_contact', 'close_friend', 'follower', 'followed', 'mutual_follower', 'not_a_contact', 'not_a_close_friend', 'not_a_follower', 'not_followed', 'not_a_mutual_follower', 'nobody', 'not_reciprocated', 'admin', 'setting_on', 'setting_off', 'public_account', 'private_account', 'accepted_follower', 'unknown_action', 'unknown_type', 'unknown_id']


EvaluationSemantic: TypeAlias = Literal['execute_all', 'deny_on_first_deny', 'permit_on_first_permit']


class Exceptions(TypedDict, closed=True):
    view_profile: NotRequired[Literal['never', 'always']]
    view_online_status: NotRequired[Literal['never', 'always']]
    view_last_seen: NotRequired[Literal['never', 'always']]
    view_read_receipts: NotRequired[Literal['never', 'always']]
    view_typing: NotRequired[Literal['never', 'always']]
    add_to_group: NotRequired[Literal['never', 'always']]
    send_email: NotRequired[Literal['never', 'always']]
    view_content: NotRequired[Literal['never', 'always']]
    follow_without_approval: NotRequired[Literal['never', 'always']]


class ExceptionsResponse(TypedDict):
    """
    The caller's exceptions for one user.
    """

    user_id: str
    exceptions: Exceptions
    updated_at: str


class ExportedEmailContact(TypedDict):
    """
    Whether other users may send an e-mail.
    """

    allow_email_contact: bool
    updated_at: str


class FaultyEntryContext(TypedDict):
    """
    The error of an entry.
    """

    error: EntryError


class FaultyEntryResponse(TypedDict):
    """
    The result of an invalid entry.
    """

    decision: Literal[False]
    context: FaultyEntryContext


class FilterResponse(TypedDict):
    """
    The users for whom the action is allowed.
    """

    allowed: list[str]


class FilterSubjectsRequest(TypedDict, closed=True):
    """
    One viewer, many subjects.
    """

    action: Action
    viewer: str
    subjects: list[str]
    viewer_is_admin: NotRequired[bool]


class FilterViewersRequest(TypedDict, closed=True):
    """
    Many viewers, one subject.
    """

    action: Action
    subject: str
    viewers: list[str]
    viewer_is_admin: NotRequired[bool]


FollowCheckStatus: TypeAlias = Literal['NONE', 'PENDING', 'ACCEPTED']


class FollowStatsResponse(TypedDict):
    """
    The numbers of followers and of followed users.
    """

    userId: str
    followersCount: int
    followingCount: int
    pendingRequestsCount: NotRequired[int]


FollowStatus: TypeAlias = Literal['PENDING', 'ACCEPTED']


HealthStatus: TypeAlias = Literal['live', 'ready', 'degraded']


class LeftOutResponse(TypedDict):
    """
    An item that was left out.
    """

    what: str
    why: str


class ListBlocksResponse(TypedDict):
    """
    A page of the caller's blocks.
    """

    blocks: list[BlockResponse]
    next_cursor: str | None


class ListContactsResponse(TypedDict):
    """
    A page of the caller's contacts.
    """

    contacts: list[ContactResponse]
    next_cursor: str | None


class ListExceptionsResponse(TypedDict):
    """
    A page of the users for whom the caller has exceptions.
    """

    exceptions: list[ExceptionsResponse]
    next_cursor: str | None


LocaleDateFormatPreference: TypeAlias = Literal['YYYY-MM-DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD.MM.YYYY']


LocaleFirstDayOfWeekPreference: TypeAlias = Literal['monday', 'saturday', 'sunday']


LocaleTimeFormatPreference: TypeAlias = Literal['24h', '12h']


class LookResponse(TypedDict):
    """
    A member of the product's support staff looked at the caller's data.
    """

    id: str
    occurred_at: str
    actor_id: str
    reason: str
    request_id: str


MadeUpViewer: TypeAlias = Literal['stranger', 'added_contact', 'contact', 'close_friend', 'follower', 'followed', 'mutual_follower']


class MessageExpiryResponse(TypedDict):
    """
    The lifetime of a sender's new messages.
    """

    user_id: str
    seconds: DisappearingAfter


MessageId: TypeAlias = str | int


class MessagingPrivacyChanges(TypedDict, closed=True):
    """
    The settings to change, with their values.
    """

    show_read_receipts: NotRequired[bool]
    show_last_seen: NotRequired[bool]
    show_typing_indicator: NotRequired[bool]
    who_can_see_profile: NotRequired[Audience]
    who_can_add_to_groups: NotRequired[Audience]
    disappearing_messages_default: NotRequired[DisappearingAfter]


class MessagingPrivacyResponse(TypedDict):
    """
    What other users in a chat may see of the caller, and what they may do.
    """

    user_id: str
    show_read_receipts: bool
    show_last_seen: bool
    show_typing_indicator: bool
    who_can_see_profile: Audience
    who_can_add_to_groups: Audience
    disappearing_messages_default: DisappearingAfter
    updated_at: str


NotificationsDigestFrequencyPreference: TypeAlias = Literal['never', 'daily', 'weekly']


class NotificationsPreferences(TypedDict):
    email_enabled: bool
    push_enabled: bool
    slack_enabled: bool
    digest_frequency: NotificationsDigestFrequencyPreference


class OwnBlockBody(TypedDict):
    """
    A block of an export.
    """

    user_id: str
    blocked_at: NotRequired[str]


class OwnContactBody(TypedDict):
    """
    A contact of an export.
    """

    user_id: str
    close_friend: NotRequired[bool]
    added_at: NotRequired[str]


class OwnExceptionsBody(TypedDict):
    """
    A user with exceptions of an export.
    """

    user_id: str
    exceptions: dict[str, Any]


class OwnFollowBody(TypedDict):
    """
    A follow or a request of an export.
    """

    follower_id: str
    following_id: str


class OwnImportRequest(TypedDict):
    """
    The parts of an export that an import reads. Other members are ignored.
    """

    format: Literal['privet-export/1']
    user_id: str
    choices: NotRequired[dict[str, Any]]
    contacts: NotRequired[list[OwnContactBody]]
    blocks: NotRequired[list[OwnBlockBody]]
    exceptions: NotRequired[list[OwnExceptionsBody]]
    follows: NotRequired[list[OwnFollowBody]]


class OwnProfile(TypedDict):
    """
    The caller's own profile, with any other members.
    """

    user_id: NotRequired[str]


class Permissions(TypedDict):
    view_profile: bool
    view_online_status: bool
    view_last_seen: bool
    view_read_receipts: bool
    view_typing: bool
    add_to_group: bool
    send_email: bool
    view_content: bool
    follow_without_approval: bool


PreferenceName: TypeAlias = Literal['notifications', 'notifications.email_enabled', 'notifications.push_enabled', 'notifications.slack_enabled', 'notifications.digest_frequency', 'theme', 'theme.mode', 'theme.accent_color', 'locale', 'locale.language', 'locale.timezone', 'locale.date_format', 'locale.time_format', 'locale.first_day_of_week']


class PreferencesSchema(TypedDict):
    """
    A JSON Schema, draft 2020-12.
    """


class PreviewRequest(TypedDict, closed=True):
    """
    The caller's own profile.
    """

    profile: OwnProfile


class Profile(TypedDict):
    """
    A profile, with any other members.
    """

    user_id: str


ProfileVisibility: TypeAlias = Literal['full', 'limited']


Reason: TypeAlias = Literal['self', 'erased', 'blocked', 'exception_never', 'exception_always', 'everyone', 'mutual_contact', 'added_contact', 'close_friend', 'follower', 'followed', 'mutual_follower', 'not_a_contact', 'not_a_close_friend', 'not_a_follower', 'not_followed', 'not_a_mutual_follower', 'nobody', 'not_reciprocated', 'admin', 'setting_on', 'setting_off', 'public_account', 'private_account', 'accepted_follower']


class ReceiptJwkResponse(TypedDict):
    """
    A public key: an Ed25519 key (RFC 8037) or a key on P-256 (RFC 7518).
    """

    kty: str
    crv: str
    x: str
    y: NotRequired[str]
    use: str
    alg: str
    kid: str


class ReceiptKeysResponse(TypedDict):
    """
    The public keys of the receipts: a JWK set (RFC 7517).
    """

    keys: list[ReceiptJwkResponse]


ReceiptStatus: TypeAlias = Literal['sent', 'delivered', 'read']


class ResetPreferencesRequest(TypedDict, closed=True):
    """
    The keys and groups to reset; an empty body resets everything.
    """

    keys: NotRequired[list[PreferenceName]]


class SectionCountsResponse(TypedDict):
    """
    The numbers of items of one kind.
    """

    created: int
    changed: int
    unchanged: int
    left_out: int


class SetCohortsRequest(TypedDict, closed=True):
    """
    The new cohorts of a user.
    """

    cohorts: list[str]


class SetExceptionsRequest(TypedDict, closed=True):
    """
    The new exceptions for one user.
    """

    exceptions: Exceptions


SettingName: TypeAlias = str


SettingSource: TypeAlias = str


SettingType: TypeAlias = Literal['switch', 'audience', 'choice', 'preference']


SettingValue: TypeAlias = Any


class SubjectProperties(TypedDict):
    """
    Properties of a user that the calling service knows.
    """

    admin: NotRequired[bool]


class SupportChangeRequest(TypedDict, closed=True):
    """
    New choices of a user.
    """

    settings: dict[str, Any]


class SupportCountsResponse(TypedDict):
    """
    The lengths of a user's lists.
    """

    contacts: int
    blocks: int
    exceptions: int
    followers: int
    following: int
    requests_received: int


ThemeModePreference: TypeAlias = Literal['light', 'dark', 'system']


class ThemePreferences(TypedDict):
    mode: ThemeModePreference
    accent_color: str


class UpdateAccountPrivacyRequest(TypedDict):
    """
    A change of account privacy. Unknown members are ignored.
    """

    isPrivate: bool


class UpdateAudience(TypedDict, closed=True):
    """
    One setting with its value.
    """

    setting: Literal['who_can_see_profile', 'who_can_add_to_groups']
    value: Audience


class UpdateContactRequest(TypedDict, closed=True):
    """
    A change of a contact.
    """

    close_friend: bool


class UpdateDuration(TypedDict, closed=True):
    """
    One setting with its value.
    """

    setting: Literal['disappearing_messages_default']
    value: DisappearingAfter


class UpdateEmailContactRequest(TypedDict):
    """
    A change of email contact. Unknown members are ignored.
    """

    allow_email_contact: bool


UpdateLocaleDateFormatPreference: TypeAlias = Literal['YYYY-MM-DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD.MM.YYYY'] | None


UpdateLocaleFirstDayOfWeekPreference: TypeAlias = Literal['monday', 'saturday', 'sunday'] | None


UpdateLocaleTimeFormatPreference: TypeAlias = Literal['24h', '12h'] | None


class UpdateMessagingPrivacyResponse(TypedDict):
    """
    Confirms that the settings have the requested values.
    """

    status: Literal['updated']


UpdateNotificationsDigestFrequencyPreference: TypeAlias = Literal['never', 'daily', 'weekly'] | None


class UpdateNotificationsPreferences(TypedDict, closed=True):
    email_enabled: NotRequired[bool | None]
    push_enabled: NotRequired[bool | None]
    slack_enabled: NotRequired[bool | None]
    digest_frequency: NotRequired[UpdateNotificationsDigestFrequencyPreference]


class UpdateSeveralSettings(TypedDict, closed=True):
    """
    Several settings: all or none.
    """

    settings: MessagingPrivacyChanges


class UpdateSwitch(TypedDict, closed=True):
    """
    One setting with its value.
    """

    setting: Literal['show_read_receipts', 'show_last_seen', 'show_typing_indicator']
    value: bool


UpdateThemeModePreference: TypeAlias = Literal['light', 'dark', 'system'] | None


class UpdateThemePreferences(TypedDict, closed=True):
    mode: NotRequired[UpdateThemeModePreference]
    accent_color: NotRequired[str | None]


UserChangeKind: TypeAlias = Literal['account', 'email', 'messaging', 'preferences', 'contacts', 'blocks', 'follows', 'exceptions', 'cohorts', 'erased']


class UserChangeResponse(TypedDict):
    """
    A change of one user.
    """

    user_id: str
    kinds: list[UserChangeKind]
    at: str


class VisibleProfileResponse(TypedDict):
    """
    A profile as the viewer may see it.
    """

    visibility: ProfileVisibility
    profile: Profile


class ErrorDetail(TypedDict):
    detail: str


ErrorsByField: TypeAlias = dict[str, list[str]]
"""
Error messages by field; `non_field_errors` has those about the whole body.
"""


ErrorMessage: TypeAlias = str


MessagesByField: TypeAlias = dict[str, str]
"""
The error message of each field.
"""


class FieldProblem(TypedDict):
    """
    An error of one field or parameter.
    """

    field: str
    message: str


ProblemCode: TypeAlias = Literal['UNAUTHORIZED', 'FORBIDDEN', 'SETTING_LOCKED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'CONFLICT', 'LIMIT_REACHED', 'CURSOR_EXPIRED', 'PRECONDITION_FAILED', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL_ERROR']


class AccessResponse(TypedDict):
    """
    The actions that the caller may perform on a user.
    """

    subject: str
    permissions: Permissions


class AuditEntryResponse(TypedDict):
    """
    A change of one setting.
    """

    id: str
    occurred_at: str
    actor_id: str
    setting: SettingName
    old_value: Any
    new_value: Any
    request_id: str
    reason: NotRequired[str]


ChangeResponse: TypeAlias = UserChangeResponse | CatalogueChangeResponse


class DecisionResponse(TypedDict):
    """
    One decision.
    """

    allowed: bool
    reason: Reason


class EnforceMessageExpiryResponse(TypedDict):
    """
    The message lifetimes.
    """

    expiries: list[MessageExpiryResponse]


class EnforceProfileRequest(TypedDict, closed=True):
    """
    Profiles that will be shown to a viewer.
    """

    viewer: str
    profiles: list[Profile]


class EnforceProfileResponse(TypedDict):
    """
    The profiles as the viewer may see them.
    """

    profiles: list[VisibleProfileResponse]


class FollowStatsEnvelope(TypedDict):
    """
    An answer of the account family.
    """

    success: Literal[True]
    httpStatus: Literal['OK']
    message: str
    action_time: str
    data: FollowStatsResponse


class EvaluationContext(TypedDict):
    """
    The reason.
    """

    reason: EvaluationReason


class EvaluationOptions(TypedDict):
    """
    Options of a batch.
    """

    evaluations_semantic: NotRequired[EvaluationSemantic]


class EvaluationResponse(TypedDict):
    """
    A decision with its reason.
    """

    decision: bool
    context: EvaluationContext


class ViewProfile(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class ViewOnlineStatus(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class ViewLastSeen(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class ViewReadReceipts(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class ViewTyping(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class AddToGroup(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class SendEmail(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class ViewContent(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class FollowWithoutApproval(TypedDict):
    allowed: bool
    reason: Reason
    settings: list[SettingName]


class ExplainedDecisions(TypedDict):
    view_profile: ViewProfile
    view_online_status: ViewOnlineStatus
    view_last_seen: ViewLastSeen
    view_read_receipts: ViewReadReceipts
    view_typing: ViewTyping
    add_to_group: AddToGroup
    send_email: SendEmail
    view_content: ViewContent
    follow_without_approval: FollowWithoutApproval


class ExportedFollow(TypedDict):
    """
    A follow or a request, by the caller or of the caller.
    """

    id: str
    follower_id: str
    following_id: str
    status: FollowStatus
    created_at: str
    decided_at: NotRequired[str | None]


class ExportedSettings(TypedDict):
    """
    The settings of all families, in the format of their own endpoints.
    """

    email_contact: ExportedEmailContact
    account_privacy: AccountPrivacyResponse
    messaging_privacy: MessagingPrivacyResponse


FilterRequest: TypeAlias = FilterSubjectsRequest | FilterViewersRequest


class FollowCheckResponse(TypedDict):
    """
    The follow of the caller and another user.
    """

    userId: str
    isFollowing: bool
    status: FollowCheckStatus


class FollowResponse(TypedDict):
    """
    A follow, or a request to follow.
    """

    id: str
    followerId: str
    followingId: str
    status: FollowStatus
    createdAt: str


class HealthResponse(TypedDict):
    """
    The state of the process or of its dependencies.
    """

    status: HealthStatus
    checks: NotRequired[dict[str, DependencyState]]


class ListAuditEntriesResponse(TypedDict):
    """
    A page of the caller's history, newest first.
    """

    entries: list[AuditEntryResponse]
    next_cursor: str | None


class ListChangesResponse(TypedDict):
    """
    Changes, in the order in which everybody is told.
    """

    changes: list[ChangeResponse]
    next: str
    caught_up: bool


class ListLooksResponse(TypedDict):
    """
    A page of the looks at the caller's data, newest first.
    """

    entries: list[LookResponse]
    next_cursor: str | None


class LocalePreferences(TypedDict):
    language: str
    timezone: str
    date_format: LocaleDateFormatPreference
    time_format: LocaleTimeFormatPreference
    first_day_of_week: LocaleFirstDayOfWeekPreference


class OwnImportResponse(TypedDict):
    """
    What the import did, or would do.
    """

    settings: SectionCountsResponse
    contacts: SectionCountsResponse
    blocks: SectionCountsResponse
    exceptions: SectionCountsResponse
    follows: SectionCountsResponse
    left_out: list[LeftOutResponse]


class Preferences(TypedDict):
    """
    All keys, in groups.
    """

    notifications: NotificationsPreferences
    theme: ThemePreferences
    locale: LocalePreferences


class ReceiptBody(TypedDict, closed=True):
    """
    The delivery status of a message.
    """

    message_id: MessageId
    recipient: str
    status: ReceiptStatus
    read_at: NotRequired[str | None]


class SettingResponse(TypedDict):
    """
    A setting and its value for the caller.
    """

    name: str
    type: SettingType
    title: str
    description: str
    values: NotRequired[list[SettingValue]]
    schema: NotRequired[dict[str, Any]]
    default: SettingValue
    value: SettingValue
    source: SettingSource
    chosen: NotRequired[SettingValue]
    allowed: list[SettingValue] | None
    locked: bool
    note: str | None
    needed_by: list[str]


class SubjectBody(TypedDict):
    """
    The viewer.
    """

    type: str
    id: str
    properties: NotRequired[SubjectProperties]


class SupportChangeResponse(TypedDict):
    """
    The settings of a user after a change.
    """

    settings: list[SettingResponse]


class SupportViewResponse(TypedDict):
    """
    What the staff see of a user. It names no other user.
    """

    user_id: str
    created_at: str
    settings: list[SettingResponse]
    cohorts: list[str]
    counts: SupportCountsResponse


class UpdateLocalePreferences(TypedDict, closed=True):
    language: NotRequired[str | None]
    timezone: NotRequired[str | None]
    date_format: NotRequired[UpdateLocaleDateFormatPreference]
    time_format: NotRequired[UpdateLocaleTimeFormatPreference]
    first_day_of_week: NotRequired[UpdateLocaleFirstDayOfWeekPreference]


UpdateMessagingPrivacyRequest: TypeAlias = UpdateSwitch | UpdateAudience | UpdateDuration | UpdateSeveralSettings


UpdatePreferencesRequest = TypedDict(
    'UpdatePreferencesRequest',
    {
        'notifications': NotRequired[UpdateNotificationsPreferences | None],
        'notifications.email_enabled': NotRequired[bool | None],
        'notifications.push_enabled': NotRequired[bool | None],
        'notifications.slack_enabled': NotRequired[bool | None],
        'notifications.digest_frequency': NotRequired[UpdateNotificationsDigestFrequencyPreference],
        'theme': NotRequired[UpdateThemePreferences | None],
        'theme.mode': NotRequired[UpdateThemeModePreference],
        'theme.accent_color': NotRequired[str | None],
        'locale': NotRequired[UpdateLocalePreferences | None],
        'locale.language': NotRequired[str | None],
        'locale.timezone': NotRequired[str | None],
        'locale.date_format': NotRequired[UpdateLocaleDateFormatPreference],
        'locale.time_format': NotRequired[UpdateLocaleTimeFormatPreference],
        'locale.first_day_of_week': NotRequired[UpdateLocaleFirstDayOfWeekPreference],
    },
    closed=True,
)


UsersMeError: TypeAlias = ErrorDetail | ErrorsByField


EnvelopeErrorData: TypeAlias = ErrorMessage | MessagesByField


class Problem(TypedDict):
    """
    RFC 9457 problem details.
    """

    type: Literal['about:blank']
    title: str
    status: int
    detail: str
    code: ProblemCode
    errors: NotRequired[list[FieldProblem]]


class ActionSearchRequest(TypedDict):
    """
    Which actions may a subject perform on a resource?
    """

    subject: SubjectBody
    resource: EntityBody
    context: NotRequired[dict[str, Any]]
    page: NotRequired[ActionSearchPage]


class CatalogueResponse(TypedDict):
    """
    All settings and actions, with the caller's values.
    """

    settings: list[SettingResponse]
    actions: list[ActionResponse]


class DecideResponse(TypedDict):
    """
    The decisions, in the order of the checks.
    """

    decisions: list[DecisionResponse]


class EnforceReceiptsRequest(TypedDict, closed=True):
    """
    Receipts that will be shown to a sender.
    """

    sender: str
    receipts: list[ReceiptBody]


class EnforceReceiptsResponse(TypedDict):
    """
    The receipts as the sender may see them.
    """

    receipts: list[ReceiptBody]


class FollowCheckEnvelope(TypedDict):
    """
    An answer of the account family.
    """

    success: Literal[True]
    httpStatus: Literal['OK']
    message: str
    action_time: str
    data: FollowCheckResponse


class FollowEnvelope(TypedDict):
    """
    An answer of the account family.
    """

    success: Literal[True]
    httpStatus: Literal['OK']
    message: str
    action_time: str
    data: FollowResponse


class EvaluationEntry(TypedDict):
    """
    One evaluation of several.
    """

    subject: NotRequired[SubjectBody]
    action: NotRequired[ActionRequest]
    resource: NotRequired[EntityBody]
    context: NotRequired[dict[str, Any]]


EvaluationEntryResponse: TypeAlias = EvaluationResponse | FaultyEntryResponse


class EvaluationRequest(TypedDict):
    """
    May a subject perform an action on a resource?
    """

    subject: SubjectBody
    action: ActionRequest
    resource: EntityBody
    context: NotRequired[dict[str, Any]]


class ExplainResponse(TypedDict):
    """
    What a viewer may do to the caller, and why.
    """

    viewer: str | None
    decisions: ExplainedDecisions


class ExportedPreferences(TypedDict):
    """
    The preferences: the choices, and the values in force.
    """

    chosen: dict[str, Any]
    effective: Preferences
    updated_at: str


class FollowPageResponse(TypedDict):
    """
    A page of follows.
    """

    items: list[FollowResponse]
    page: int | None
    size: int
    totalItems: int
    totalPages: int
    nextCursor: str | None


class EnvelopeError(TypedDict):
    success: Literal[False]
    httpStatus: Literal['BAD_REQUEST', 'UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'METHOD_NOT_ALLOWED', 'REQUEST_TIMEOUT', 'CONFLICT', 'PRECONDITION_FAILED', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'UNPROCESSABLE_ENTITY', 'TOO_MANY_REQUESTS', 'INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']
    message: str
    action_time: str
    data: EnvelopeErrorData


class FollowPageEnvelope(TypedDict):
    """
    An answer of the account family.
    """

    success: Literal[True]
    httpStatus: Literal['OK']
    message: str
    action_time: str
    data: FollowPageResponse


class EvaluationBatch(TypedDict):
    """
    Several evaluations. Members at the top are defaults for entries.
    """

    subject: NotRequired[SubjectBody]
    action: NotRequired[ActionRequest]
    resource: NotRequired[EntityBody]
    context: NotRequired[dict[str, Any]]
    evaluations: list[EvaluationEntry]
    options: NotRequired[EvaluationOptions]


class EvaluationBatchResponse(TypedDict):
    """
    The decisions, in the order of the entries.
    """

    evaluations: list[EvaluationEntryResponse]


class ExportResponse(TypedDict):
    """
    All data of the caller, without the users who blocked the caller.
    """

    format: Literal['privet-export/1']
    user_id: str
    exported_at: str
    created_at: str
    cohorts: list[str]
    choices: dict[str, Any]
    settings: ExportedSettings
    preferences: ExportedPreferences
    contacts: list[ContactResponse]
    blocks: list[BlockResponse]
    exceptions: list[ExceptionsResponse]
    follows: list[ExportedFollow]
    audit_entries: list[AuditEntryResponse]
    looks: list[LookResponse]


EvaluateSeveralRequest: TypeAlias = EvaluationBatch | EvaluationRequest


EvaluateSeveralResponse: TypeAlias = EvaluationBatchResponse | EvaluationResponse
