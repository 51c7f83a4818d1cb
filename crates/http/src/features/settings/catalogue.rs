//! The endpoint of the catalogue: all data that a settings page needs, with the caller's values.

use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::rate_limits::Limit;
use privet_domain::catalogue::{ActionRule, Catalogue, Choices, Family, Need, Setting};
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::show_unless_known;
use privet_http_core::endpoint::{Caller, Endpoint};
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
    /// The source of the value in force: the caller's choice, or the default.
    #[schema(value_type = SettingSource)]
    source: &'static str,
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
    fn of(catalogue: &Catalogue, choices: &Choices, preferences: &Choices) -> Self {
        let families = [Family::Account, Family::Email, Family::Messaging].into_iter();
        let settings = families.flat_map(|family| catalogue.family(family));
        let settings = settings.map(|(_, setting)| of_setting(catalogue, setting, choices));
        let preferences = of_preferences(catalogue, preferences);
        Self {
            settings: settings.chain(preferences).collect(),
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

fn of_setting(catalogue: &Catalogue, setting: &Setting, choices: &Choices) -> SettingResponse {
    let chosen = choices.get(setting.name());
    let in_force = chosen.and_then(|value| setting.parse(value));
    let values = setting.values().to_vec();
    let value = in_force.unwrap_or(setting.default_value());
    SettingResponse {
        name: setting.name().to_owned(),
        kind: setting.kind().as_str(),
        title: setting.title().to_owned(),
        description: setting.description().to_owned(),
        schema: None,
        default: setting.value(setting.default_value()).clone(),
        value: setting.value(value).clone(),
        source: SettingSource::of(in_force.is_some()),
        chosen: chosen.cloned(),
        locked: values.len() <= 1,
        allowed: Some(values.clone()),
        values: Some(values),
        note: None,
        needed_by: needed_by(catalogue, setting.name()),
    }
}

fn of_preferences<'a>(
    catalogue: &'a Catalogue,
    choices: &'a Choices,
) -> impl Iterator<Item = SettingResponse> {
    let schema = catalogue.preferences();
    let keys = schema.defaults().zip(schema.effective(choices));
    keys.map(|((key, default), (_, value))| {
        let declared = schema.declaration(key).cloned().unwrap_or_default();
        let text = |keyword: &str| declared.get(keyword).and_then(Value::as_str);
        let chosen = choices.get(key);
        SettingResponse {
            name: format!("{}.{key}", Family::Preferences.as_str()),
            kind: SettingKind::PREFERENCE,
            title: text("title").map_or_else(|| title_of(key), str::to_owned),
            description: text("description").unwrap_or_default().to_owned(),
            values: None,
            schema: Some(declared),
            default: default.clone(),
            value: value.clone(),
            source: SettingSource::of(chosen == Some(value)),
            chosen: chosen.cloned(),
            allowed: None,
            locked: false,
            note: None,
            needed_by: Vec::new(),
        }
    })
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
    let settings = action.needs().iter().map(|need| Need::setting(*need).get());
    let settings = settings.filter_map(|index| catalogue.settings().get(index));
    settings.map(|setting| setting.name().to_owned()).collect()
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
) -> HttpResponse {
    let (catalogue, user) = (privet.catalogue.get(), authenticated.loaded.user());
    let (high, low) = user.id.as_uuid().as_u64_pair();
    let tag = format!(
        "{:x}-{:016x}",
        user.revision.get(),
        high ^ low ^ catalogue.hash()
    );
    show_unless_known(&request, &tag, || {
        CatalogueResponse::of(&catalogue, &user.choices, &user.preferences)
    })
}

/// An example: a part of the catalogue, for a caller who chose nothing.
#[must_use]
pub fn example(catalogue: &Catalogue) -> Value {
    let nothing = Choices::default();
    let mut whole = CatalogueResponse::of(catalogue, &nothing, &nothing);
    whole.settings.truncate(3);
    whole.actions.truncate(3);
    serde_json::to_value(whole).unwrap_or_default()
}
