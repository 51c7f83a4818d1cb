//! The endpoint of the catalogue: all data that a settings page needs, with the caller's values.

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::catalogue::{
    ActionRule, Catalogue, Choices, Cohorts, Family, Setting, SettingState,
};
use privet_domain::rules::explanations::settings_of;
use privet_domain::settings::user::User;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::show_by_content;
use privet_http_core::endpoint::{Caller, Endpoint};
use privet_http_core::errors::ApiError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::catalogue_schemas::{AnyValue, SettingKind, SettingSource};

/// The path of the catalogue.
pub const PATH: &str = "/api/v1/privacy/catalogue";

/// All settings and actions, with the caller's values.
#[derive(Serialize, ToSchema)]
pub struct CatalogueResponse {
    /// All settings of all families, including preferences.
    settings: Vec<SettingResponse>,
    /// All actions.
    actions: Vec<ActionResponse>,
}

/// A setting and its value for the caller.
#[derive(Serialize, ToSchema)]
pub struct SettingResponse {
    /// The dotted name, family first.
    name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    #[schema(value_type = SettingKind)]
    kind: &'static str,
    /// A title to display.
    title: String,
    /// A description to display.
    description: String,
    /// All valid values. Absent for a preference.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<AnyValue>, required = false, nullable = false)]
    values: Option<Vec<Value>>,
    /// The JSON Schema of a preference. Absent for other settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    schema: Option<Map<String, Value>>,
    /// The default in force for the caller.
    #[schema(value_type = AnyValue)]
    default: Value,
    /// The value in force.
    #[schema(value_type = AnyValue)]
    value: Value,
    /// The source of the value in force: the caller's choice, the default, or a layer's default.
    #[schema(value_type = SettingSource)]
    source: String,
    /// The value that the caller chose, even if it is not in force. Absent if the caller chose none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = AnyValue, required = false)]
    chosen: Option<Value>,
    /// The values that the caller may choose; null for a preference without a list of values.
    #[schema(value_type = Option<Vec<AnyValue>>, required = true)]
    allowed: Option<Vec<Value>>,
    /// Whether the caller cannot choose: at most one value is allowed.
    locked: bool,
    /// The reason why choices are restricted.
    #[schema(required = true)]
    note: Option<String>,
    /// The names of the actions that need it.
    needed_by: Vec<String>,
}

/// An action and what it needs.
#[derive(Serialize, ToSchema)]
pub struct ActionResponse {
    /// The name of the action in decisions.
    name: String,
    /// A title to display.
    title: String,
    /// A description to display.
    description: String,
    /// The dotted names of the settings that it needs.
    needs: Vec<String>,
    /// Whether a viewer is also refused if the viewer's own settings refuse the action to the caller.
    reciprocal: bool,
}

impl CatalogueResponse {
    fn of(catalogue: &Catalogue, owner: Owner<'_>) -> Self {
        Self {
            settings: settings_of_owner(catalogue, owner),
            actions: catalogue
                .actions()
                .iter()
                .map(|action| ActionResponse {
                    name: action.name().to_owned(),
                    title: action.title().to_owned(),
                    description: action.description().to_owned(),
                    needs: needs_of(catalogue, action),
                    reciprocal: action.is_reciprocal(),
                })
                .collect(),
        }
    }
}

/// All settings with a user's values.
pub fn settings_for(catalogue: &Catalogue, user: &User) -> Vec<SettingResponse> {
    settings_of_owner(catalogue, Owner::from(user))
}

fn settings_of_owner(catalogue: &Catalogue, owner: Owner<'_>) -> Vec<SettingResponse> {
    let families = [Family::Account, Family::Email, Family::Messaging].into_iter();
    let settings = families.flat_map(|family| catalogue.family(family));
    let settings = settings.filter_map(|(index, setting)| {
        let state = catalogue.state(index, owner.choices, owner.cohorts)?;
        Some(of_setting(catalogue, setting, &state))
    });
    let keys = catalogue.preferences().defaults();
    let preferences = keys.filter_map(|(key, _)| {
        let state = catalogue.preference_state(key, owner.preferences, owner.cohorts)?;
        Some(of_preference(catalogue, key, &state))
    });
    settings.chain(preferences).collect()
}

/// The user whose values are shown.
#[derive(Clone, Copy)]
struct Owner<'a> {
    choices: &'a Choices,
    preferences: &'a Choices,
    cohorts: &'a Cohorts,
}

impl<'a> From<&'a User> for Owner<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            choices: &user.choices,
            preferences: &user.preferences,
            cohorts: &user.cohorts,
        }
    }
}

fn of_setting(
    catalogue: &Catalogue,
    setting: &Setting,
    state: &SettingState<'_>,
) -> SettingResponse {
    SettingResponse {
        name: setting.name().to_owned(),
        kind: setting.kind().as_str(),
        title: setting.title().to_owned(),
        description: setting.description().to_owned(),
        values: Some(setting.values().to_vec()),
        needed_by: needed_by(catalogue, setting.name()),
        ..of_state(state)
    }
}

fn of_preference(catalogue: &Catalogue, key: &str, state: &SettingState<'_>) -> SettingResponse {
    let declared = catalogue.preferences().declaration(key);
    let declared = declared.cloned().unwrap_or_default();
    let text = |keyword: &str| declared.get(keyword).and_then(Value::as_str);
    SettingResponse {
        name: format!("{}.{key}", Family::Preferences.as_str()),
        kind: SettingKind::PREFERENCE,
        title: text("title").map_or_else(|| title_of(key), str::to_owned),
        description: text("description").unwrap_or_default().to_owned(),
        schema: Some(declared),
        ..of_state(state)
    }
}

/// The common members of settings and preferences.
fn of_state(state: &SettingState<'_>) -> SettingResponse {
    let allowed = state.allowed.as_ref();
    SettingResponse {
        name: String::new(),
        kind: SettingKind::PREFERENCE,
        title: String::new(),
        description: String::new(),
        values: None,
        schema: None,
        default: state.default.clone(),
        value: state.value.clone(),
        source: SettingSource::name_of(state.source),
        chosen: state.chosen.cloned(),
        allowed: allowed.map(|values| values.iter().copied().cloned().collect()),
        locked: state.is_locked(),
        note: state.note.map(str::to_owned),
        needed_by: Vec::new(),
    }
}

/// `Digest frequency` of `notifications.digest_frequency`.
fn title_of(key: &str) -> String {
    let name = key
        .rsplit('.')
        .next()
        .unwrap_or(key)
        .replace(['_', '-'], " ");
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn needs_of(catalogue: &Catalogue, action: &ActionRule) -> Vec<String> {
    settings_of(catalogue, action).map(str::to_owned).collect()
}

fn needed_by(catalogue: &Catalogue, setting: &str) -> Vec<String> {
    let needs = |action: &&ActionRule| needs_of(catalogue, action).iter().any(|it| it == setting);
    let actions = catalogue.actions().iter().filter(needs);
    actions.map(|action| action.name().to_owned()).collect()
}

/// The endpoints of this module.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new::<__path_get_catalogue>(
        Caller::UserRow(Limit::General),
        |route| route.to(get_catalogue),
    )]
}

/// Read the catalogue
///
/// Returns all settings of all families, including preferences, with the caller's values, and all actions with the
/// settings that they need. Use it to build a settings page.
#[utoipa::path(
    get, path = PATH, operation_id = "get_catalogue", tag = "catalogue",
    params(("If-None-Match" = Option<String>, Header, description = "The entity tag of the version that the client has.")),
    responses(
        (status = 200, description = "The catalogue.", body = CatalogueResponse,
            links(("again" = (operation_id = "get_catalogue", parameters(("If-None-Match" = "$response.header.ETag")),
                description = "Read again only if it changed.")))),
        (status = 304, description = "The client has the current version."),
    ),
    security(("bearer" = [])),
)]
pub async fn get_catalogue(
    privet: web::Data<Privet>,
    request: HttpRequest,
    authenticated: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let (catalogue, user) = (privet.catalogue.get(), authenticated.loaded.user());
    show_by_content(&request, &CatalogueResponse::of(&catalogue, user.into()))
}

/// An example: a part of the catalogue, for a caller who chose nothing.
#[must_use]
pub fn example(catalogue: &Catalogue) -> Value {
    let nobody = Owner {
        choices: &Choices::default(),
        preferences: &Choices::default(),
        cohorts: &Cohorts::default(),
    };
    let mut whole = CatalogueResponse::of(catalogue, nobody);
    whole.settings.truncate(3);
    whole.actions.truncate(3);
    serde_json::to_value(whole).unwrap_or_default()
}
