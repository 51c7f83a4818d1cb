//! Schemas of the catalogue endpoint that cannot be derived from Rust types.

use std::borrow::Cow;

use privet_domain::catalogue::{SettingType, Source};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The type of the values of a setting.
pub struct SettingKind;

impl SettingKind {
    /// The type of preferences.
    pub const PREFERENCE: &str = "preference";
}

impl PartialSchema for SettingKind {
    fn schema() -> RefOr<Schema> {
        let kinds = SettingType::ALL.map(SettingType::as_str).into_iter();
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(kinds.chain([Self::PREFERENCE])))
            .into()
    }
}

impl ToSchema for SettingKind {
    fn name() -> Cow<'static, str> {
        "SettingType".into()
    }
}

/// The source of the value in force: `choice`, `default`, or `layer:` and the layer's name.
pub struct SettingSource;

impl SettingSource {
    /// The name of a source.
    #[must_use]
    pub fn name_of(source: Source<'_>) -> String {
        match source {
            Source::Choice => "choice".to_owned(),
            Source::Default => "default".to_owned(),
            Source::Layer(layer) => format!("layer:{layer}"),
        }
    }
}

impl PartialSchema for SettingSource {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(choice|default|layer:.+)$"))
            .into()
    }
}

impl ToSchema for SettingSource {
    fn name() -> Cow<'static, str> {
        "SettingSource".into()
    }
}

/// A value of any JSON type.
pub struct AnyValue;

impl PartialSchema for AnyValue {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("A value of the setting."))
            .into()
    }
}

impl ToSchema for AnyValue {
    fn name() -> Cow<'static, str> {
        "SettingValue".into()
    }
}
