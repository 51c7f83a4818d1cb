//! Schemas of profiles.

use std::borrow::Cow;

use privet_domain::rules::enforcement::Visibility;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::names;

/// The visibility of a profile.
pub struct ProfileVisibilitySchema;

impl PartialSchema for ProfileVisibilitySchema {
    fn schema() -> RefOr<Schema> {
        names([Visibility::Full, Visibility::Limited].map(Visibility::as_str))
    }
}

impl ToSchema for ProfileVisibilitySchema {
    fn name() -> Cow<'static, str> {
        "ProfileVisibility".into()
    }
}

/// A profile: the user's id, and any other members.
pub struct ProfileSchema;

fn profile(id: &str) -> ObjectBuilder {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .description(Some(id));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("user_id", id)
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
}

impl PartialSchema for ProfileSchema {
    fn schema() -> RefOr<Schema> {
        profile("The user that the profile belongs to.")
            .required("user_id")
            .description(Some("A profile, with any other members."))
            .into()
    }
}

impl ToSchema for ProfileSchema {
    fn name() -> Cow<'static, str> {
        "Profile".into()
    }
}

/// The caller's own profile: any members.
pub struct OwnProfileSchema;

impl PartialSchema for OwnProfileSchema {
    fn schema() -> RefOr<Schema> {
        profile("The caller. May be missing.")
            .description(Some("The caller's own profile, with any other members."))
            .into()
    }
}

impl ToSchema for OwnProfileSchema {
    fn name() -> Cow<'static, str> {
        "OwnProfile".into()
    }
}
