//! Schemas of the catalogue endpoint that cannot be derived from Rust types.

use std::borrow::Cow;

use privet_domain::catalogue::SettingType;
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

/// The source of the value in force.
pub struct SettingSource;

impl SettingSource {
    const CHOICE: &str = "choice";
    const DEFAULT: &str = "default";

    /// The source of a value: the user's choice or the default.
    #[must_use]
    pub const fn of(is_chosen: bool) -> &'static str {
        if is_chosen {
            Self::CHOICE
        } else {
            Self::DEFAULT
        }
    }
}

impl PartialSchema for SettingSource {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([Self::CHOICE, Self::DEFAULT]))
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
