//! Schemas that cannot be derived from Rust types: closed sets of values, and names with a format.

pub mod explained;
pub mod names;
pub mod nullable;
pub mod profiles;

use std::borrow::Cow;

use privet_domain::catalogue::audience::Audience;
use privet_domain::catalogue::{ActionRule, Catalogue, Family, Setting};
use privet_domain::rules::enforcement::ReceiptStatus;
use privet_domain::rules::reason::Reason;
use privet_domain::settings::audit::SettingName;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An audience.
pub struct AudienceSchema;

impl PartialSchema for AudienceSchema {
    fn schema() -> RefOr<Schema> {
        audience(&Catalogue::core())
    }
}

fn audience(catalogue: &Catalogue) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(audiences(catalogue)))
        .description(Some("`contacts` are mutual contacts."))
        .into()
}

/// The audiences that most settings of the catalogue accept: all of them if a setting accepts all, else those of `core`.
#[must_use]
pub fn audiences(catalogue: &Catalogue) -> Vec<Value> {
    let names = |audiences: &[Audience]| -> Vec<Value> {
        audiences.iter().map(|it| it.as_str().into()).collect()
    };
    let all = names(&Audience::ALL);
    if catalogue.settings().iter().any(|it| it.values() == all) {
        all
    } else {
        names(&[Audience::Everyone, Audience::Contacts, Audience::Nobody])
    }
}

impl ToSchema for AudienceSchema {
    fn name() -> Cow<'static, str> {
        "Audience".into()
    }
}

/// The lifetime of messages in seconds.
pub struct DisappearingAfterSchema;

impl PartialSchema for DisappearingAfterSchema {
    fn schema() -> RefOr<Schema> {
        disappearing_after(&Catalogue::core())
    }
}

/// The setting of the lifetime of messages.
pub const DISAPPEARING_AFTER: &str = "messaging.disappearing_messages_default";

fn disappearing_after(catalogue: &Catalogue) -> RefOr<Schema> {
    let values = catalogue.find(DISAPPEARING_AFTER);
    let values = values.map(|(_, setting)| setting.values().to_vec());
    ObjectBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Integer, Type::Null]))
        .enum_values(values)
        .description(Some("Seconds; null if messages do not disappear."))
        .into()
}

/// The schemas of the actions and values of this catalogue, by name.
#[must_use]
pub fn of(catalogue: &Catalogue) -> Vec<(String, RefOr<Schema>)> {
    vec![
        (AudienceSchema::name().into_owned(), audience(catalogue)),
        (ActionSchema::name().into_owned(), actions(catalogue)),
        (
            PermissionsSchema::name().into_owned(),
            permissions(catalogue),
        ),
        (
            SettingNameSchema::name().into_owned(),
            setting_name(catalogue),
        ),
        (
            DisappearingAfterSchema::name().into_owned(),
            disappearing_after(catalogue),
        ),
    ]
}

impl ToSchema for DisappearingAfterSchema {
    fn name() -> Cow<'static, str> {
        "DisappearingAfter".into()
    }
}

/// An action.
pub struct ActionSchema;

impl PartialSchema for ActionSchema {
    fn schema() -> RefOr<Schema> {
        actions(&Catalogue::core())
    }
}

fn actions(catalogue: &Catalogue) -> RefOr<Schema> {
    names(catalogue.actions().iter().map(ActionRule::name))
}

impl ToSchema for ActionSchema {
    fn name() -> Cow<'static, str> {
        "Action".into()
    }
}

/// The reason of a decision.
pub struct ReasonSchema;

impl PartialSchema for ReasonSchema {
    fn schema() -> RefOr<Schema> {
        names(Reason::ALL.map(Reason::as_str))
    }
}

impl ToSchema for ReasonSchema {
    fn name() -> Cow<'static, str> {
        "Reason".into()
    }
}

/// The follow of the caller and another user.
pub struct FollowCheckStatusSchema;

impl PartialSchema for FollowCheckStatusSchema {
    fn schema() -> RefOr<Schema> {
        names(["NONE", "PENDING", "ACCEPTED"])
    }
}

impl ToSchema for FollowCheckStatusSchema {
    fn name() -> Cow<'static, str> {
        "FollowCheckStatus".into()
    }
}

/// The state of the process or of its dependencies.
pub struct HealthStatusSchema;

impl PartialSchema for HealthStatusSchema {
    fn schema() -> RefOr<Schema> {
        names(["live", "ready", "degraded"])
    }
}

impl ToSchema for HealthStatusSchema {
    fn name() -> Cow<'static, str> {
        "HealthStatus".into()
    }
}

/// The state of a dependency.
pub struct DependencyStateSchema;

impl PartialSchema for DependencyStateSchema {
    fn schema() -> RefOr<Schema> {
        names(["up", "away", "read-only", "disk-full", "write-failed"])
    }
}

impl ToSchema for DependencyStateSchema {
    fn name() -> Cow<'static, str> {
        "DependencyState".into()
    }
}

/// The delivery status of a message.
pub struct ReceiptStatusSchema;

impl PartialSchema for ReceiptStatusSchema {
    fn schema() -> RefOr<Schema> {
        names(ReceiptStatus::ALL.map(ReceiptStatus::as_str))
    }
}

impl ToSchema for ReceiptStatusSchema {
    fn name() -> Cow<'static, str> {
        "ReceiptStatus".into()
    }
}

/// The largest integer that JavaScript reads exactly: 2^53 - 1.
const LARGEST_SAFE: i64 = 9_007_199_254_740_991;

/// The id of a message in the product.
pub struct MessageIdSchema;

impl PartialSchema for MessageIdSchema {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Integer]))
            .minimum(Some(-LARGEST_SAFE))
            .maximum(Some(LARGEST_SAFE))
            .description(Some("Text, or an integer that JavaScript reads exactly."))
            .examples(["m-1"])
            .into()
    }
}

impl ToSchema for MessageIdSchema {
    fn name() -> Cow<'static, str> {
        "MessageId".into()
    }
}

/// Every action, with whether it is allowed.
pub struct PermissionsSchema;

impl PartialSchema for PermissionsSchema {
    fn schema() -> RefOr<Schema> {
        permissions(&Catalogue::core())
    }
}

fn permissions(catalogue: &Catalogue) -> RefOr<Schema> {
    let allowed = || ObjectBuilder::new().schema_type(Type::Boolean);
    let names = catalogue.actions().iter().map(ActionRule::name);
    let permissions = names.fold(ObjectBuilder::new(), |permissions, name| {
        permissions.property(name, allowed()).required(name)
    });
    permissions.schema_type(Type::Object).into()
}

impl ToSchema for PermissionsSchema {
    fn name() -> Cow<'static, str> {
        "Permissions".into()
    }
}

/// A string with one of these values.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
}

/// The dotted name of a setting with a history, or `cohorts`; the empty name stands for all.
pub struct SettingNameSchema;

impl PartialSchema for SettingNameSchema {
    fn schema() -> RefOr<Schema> {
        setting_name(&Catalogue::core())
    }
}

fn setting_name(catalogue: &Catalogue) -> RefOr<Schema> {
    let families = Family::ALL.map(|family| match family {
        Family::Preferences => r"preferences(\.[A-Za-z0-9_-]{1,64})+".to_owned(),
        Family::Account | Family::Email | Family::Messaging => {
            let settings = catalogue.family(family);
            let keys: Vec<_> = settings.map(|(_, setting)| Setting::key(setting)).collect();
            format!(r"{}\.({})", family.as_str(), keys.join("|"))
        }
    });
    let names = families.join("|");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^({names}|cohorts)?$")))
        .max_length(Some(SettingName::MAX_LENGTH))
        .description(Some(
            "The dotted name of a setting, family first; `cohorts` for the user's cohorts.",
        ))
        .examples(["account.is_private"])
        .into()
}

impl ToSchema for SettingNameSchema {
    fn name() -> Cow<'static, str> {
        "SettingName".into()
    }
}
