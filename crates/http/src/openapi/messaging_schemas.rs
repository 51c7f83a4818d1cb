//! The schema of a change of messaging privacy, made from the table of settings, so that the document
//! says of each setting what its own parsing takes.

use std::borrow::Cow;

use privet_domain::messaging_privacy::{MESSAGING_SETTINGS, MessagingUpdate};
use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{OneOfBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::schemas::{AudienceSchema, DisappearingAfterSchema};

/// One setting, or several at once, all or none.
pub struct UpdateMessagingPrivacyRequest;

impl PartialSchema for UpdateMessagingPrivacyRequest {
    fn schema() -> RefOr<Schema> {
        let forms = Kind::ALL
            .into_iter()
            .fold(OneOfBuilder::new(), |forms, kind| forms.item(one(kind)));
        let description = "One setting with its value, or several under `settings`, all or none.";
        forms.item(several()).description(Some(description)).into()
    }
}

impl ToSchema for UpdateMessagingPrivacyRequest {
    fn name() -> Cow<'static, str> {
        "UpdateMessagingPrivacyRequest".into()
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
            Self::Duration => OneOfBuilder::new()
                .item(Ref::from_schema_name(DisappearingAfterSchema::name()))
                .item(ObjectBuilder::new().schema_type(Type::Null))
                .into(),
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
        .property("setting", name)
        .required("setting")
        .property("value", kind.schema())
        .required("value")
}

fn several() -> ObjectBuilder {
    let mut settings = closed().min_properties(Some(1));
    for setting in &MESSAGING_SETTINGS {
        let kinds = Kind::ALL.into_iter();
        for kind in kinds.filter(|kind| kind.settings().contains(&setting.name)) {
            settings = settings.property(setting.name, kind.schema());
        }
    }
    closed().property("settings", settings).required("settings")
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
