//! The schema of a change of messaging privacy, made from the table of settings, so that the document
//! says of each setting what its own parsing takes.

use std::borrow::Cow;

use privet_domain::messaging_privacy::{MESSAGING_SETTINGS, MessagingUpdate};
use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{OneOfBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schemas::{AudienceSchema, DisappearingAfterSchema};

/// One setting, or several at once, all or none.
pub struct UpdateMessagingPrivacyRequest;

impl PartialSchema for UpdateMessagingPrivacyRequest {
    fn schema() -> RefOr<Schema> {
        let names = Kind::ALL.map(Kind::name).into_iter().chain([SEVERAL]);
        let forms = names.fold(OneOfBuilder::new(), |forms, name| {
            forms.item(Ref::from_schema_name(name))
        });
        let description = "One setting with its value, or several under `settings`, all or none.";
        forms.description(Some(description)).into()
    }
}

/// The form that changes several settings, and what it holds.
const SEVERAL: &str = "UpdateSeveralSettings";
const CHANGES: &str = "MessagingPrivacyChanges";

impl ToSchema for UpdateMessagingPrivacyRequest {
    fn name() -> Cow<'static, str> {
        "UpdateMessagingPrivacyRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for kind in Kind::ALL {
            schemas.push((kind.name().to_owned(), one(kind).into()));
        }
        schemas.push((SEVERAL.to_owned(), several().into()));
        schemas.push((CHANGES.to_owned(), changes().into()));
    }
}

/// What kinds of values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Switch,
    Audience,
    Duration,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Switch, Self::Audience, Self::Duration];

    /// The name of the form that changes one setting of this kind.
    const fn name(self) -> &'static str {
        match self {
            Self::Switch => "UpdateSwitch",
            Self::Audience => "UpdateAudience",
            Self::Duration => "UpdateDuration",
        }
    }

    /// A value that every setting of this kind takes and none of another kind does.
    fn sample(self) -> Value {
        match self {
            Self::Switch => json!(true),
            Self::Audience => json!("everyone"),
            Self::Duration => json!(300),
        }
    }

    fn schema(self) -> RefOr<Schema> {
        match self {
            Self::Switch => ObjectBuilder::new().schema_type(Type::Boolean).into(),
            Self::Audience => Ref::from_schema_name(AudienceSchema::name()).into(),
            Self::Duration => Ref::from_schema_name(DisappearingAfterSchema::name()).into(),
        }
    }

    fn settings(self) -> Vec<&'static str> {
        let takes = |name: &str| MessagingUpdate::parse([(name, &self.sample())]).is_ok();
        let names = MESSAGING_SETTINGS.iter().map(|setting| setting.name);
        names.filter(|name| takes(name)).collect()
    }
}

fn one(kind: Kind) -> ObjectBuilder {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(kind.settings()));
    closed()
        .description(Some("One setting with its value."))
        .property("setting", name)
        .required("setting")
        .property("value", kind.schema())
        .required("value")
}

fn several() -> ObjectBuilder {
    closed()
        .description(Some("Several settings, all or none."))
        .property("settings", Ref::from_schema_name(CHANGES))
        .required("settings")
}

fn changes() -> ObjectBuilder {
    let mut settings = closed()
        .description(Some("The settings to change, with their values."))
        .min_properties(Some(1));
    for setting in &MESSAGING_SETTINGS {
        let kinds = Kind::ALL.into_iter();
        for kind in kinds.filter(|kind| kind.settings().contains(&setting.name)) {
            settings = settings.property(setting.name, kind.schema());
        }
    }
    settings
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_of_one_kind() {
        for setting in &MESSAGING_SETTINGS {
            let kinds = Kind::ALL.into_iter();
            let kinds = kinds.filter(|kind| kind.settings().contains(&setting.name));
            assert_eq!(kinds.count(), 1, "{}", setting.name);
        }
    }
}
