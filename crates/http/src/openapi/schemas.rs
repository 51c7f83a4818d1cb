//! Schemas of the document that no body's own type can tell: closed lists, and names of a certain form.

use std::borrow::Cow;

use privet_domain::audience::Audience;
use privet_domain::audit::SettingName;
use privet_domain::decisions::{Action, Reason};
use privet_domain::enforcement::ReceiptStatus;
use privet_domain::messaging_privacy::{DisappearingAfter, MESSAGING_SETTINGS};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Who may see or do something.
pub struct AudienceSchema;

impl PartialSchema for AudienceSchema {
    fn schema() -> RefOr<Schema> {
        let names = Audience::ALL.map(Audience::as_str);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names))
            .description(Some("`contacts` are mutual ones."))
            .into()
    }
}

impl ToSchema for AudienceSchema {
    fn name() -> Cow<'static, str> {
        "Audience".into()
    }
}

/// After how many seconds messages disappear.
pub struct DisappearingAfterSchema;

impl PartialSchema for DisappearingAfterSchema {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .enum_values(Some(DisappearingAfter::CHOICES))
            .description(Some("Seconds."))
            .into()
    }
}

impl ToSchema for DisappearingAfterSchema {
    fn name() -> Cow<'static, str> {
        "DisappearingAfter".into()
    }
}

/// What a viewer may want of a subject.
pub struct ActionSchema;

impl PartialSchema for ActionSchema {
    fn schema() -> RefOr<Schema> {
        names(Action::ALL.map(Action::as_str))
    }
}

impl ToSchema for ActionSchema {
    fn name() -> Cow<'static, str> {
        "Action".into()
    }
}

/// Why something is allowed or not.
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

/// How far a message got.
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

/// The product's own id of a message.
pub struct MessageIdSchema;

impl PartialSchema for MessageIdSchema {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Integer]))
            .minimum(Some(i64::MIN))
            .maximum(Some(u64::MAX))
            .examples(["m-1"])
            .into()
    }
}

impl ToSchema for MessageIdSchema {
    fn name() -> Cow<'static, str> {
        "MessageId".into()
    }
}

/// Every action and whether it is allowed.
pub struct PermissionsSchema;

impl PartialSchema for PermissionsSchema {
    fn schema() -> RefOr<Schema> {
        let allowed = || ObjectBuilder::new().schema_type(Type::Boolean);
        let permissions =
            Action::ALL
                .into_iter()
                .fold(ObjectBuilder::new(), |permissions, action| {
                    let name = action.as_str();
                    permissions.property(name, allowed()).required(name)
                });
        permissions.schema_type(Type::Object).into()
    }
}

impl ToSchema for PermissionsSchema {
    fn name() -> Cow<'static, str> {
        "Permissions".into()
    }
}

fn names<const N: usize>(names: [&'static str; N]) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
}

/// The dotted name of a setting that may have a history; the empty one stands for all.
pub struct SettingNameSchema;

impl PartialSchema for SettingNameSchema {
    fn schema() -> RefOr<Schema> {
        let messaging = MESSAGING_SETTINGS.map(|setting| setting.name).join("|");
        let names = format!(
            r"account\.is_private|email\.allow_email_contact|messaging\.({messaging})|preferences(\.[A-Za-z0-9_-]{{1,64}})+"
        );
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!("^({names})?$")))
            .max_length(Some(SettingName::MAX_LENGTH))
            .description(Some("The dotted name of a setting, family first."))
            .examples(["messaging.show_last_seen"])
            .into()
    }
}

impl ToSchema for SettingNameSchema {
    fn name() -> Cow<'static, str> {
        "SettingName".into()
    }
}
