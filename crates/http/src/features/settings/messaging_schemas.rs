//! Schemas of messaging privacy, generated from the catalogue in force. Generated clients thus know all settings
//! and their valid values.

use std::borrow::Cow;

use privet_domain::catalogue::audience::Audience;
use privet_domain::catalogue::{Catalogue, Family, Setting, SettingType};
use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::schemas::names::pascal;
use crate::schemas::{AudienceSchema, DISAPPEARING_AFTER, DisappearingAfterSchema};

/// The settings with the values in force.
pub struct MessagingPrivacySchema;

/// One setting, or several together: all or none.
pub struct UpdateMessagingPrivacyRequest;

/// The form that changes several settings, and its content.
const SEVERAL: &str = "UpdateSeveralSettings";
const CHANGES: &str = "MessagingPrivacyChanges";

impl PartialSchema for MessagingPrivacySchema {
    fn schema() -> RefOr<Schema> {
        response(&Catalogue::core())
    }
}

impl ToSchema for MessagingPrivacySchema {
    fn name() -> Cow<'static, str> {
        "MessagingPrivacyResponse".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((
            AudienceSchema::name().into_owned(),
            AudienceSchema::schema(),
        ));
        let duration = DisappearingAfterSchema::name().into_owned();
        schemas.push((duration, DisappearingAfterSchema::schema()));
    }
}

impl PartialSchema for UpdateMessagingPrivacyRequest {
    fn schema() -> RefOr<Schema> {
        update(&Catalogue::core())
    }
}

impl ToSchema for UpdateMessagingPrivacyRequest {
    fn name() -> Cow<'static, str> {
        "UpdateMessagingPrivacyRequest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(parts(&Catalogue::core()));
    }
}

/// The schemas of the settings of this catalogue, by name.
#[must_use]
pub fn of(catalogue: &Catalogue) -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![
        (
            MessagingPrivacySchema::name().into_owned(),
            response(catalogue),
        ),
        (
            UpdateMessagingPrivacyRequest::name().into_owned(),
            update(catalogue),
        ),
    ];
    schemas.extend(parts(catalogue));
    schemas
}

fn parts(catalogue: &Catalogue) -> Vec<(String, RefOr<Schema>)> {
    let forms = forms(catalogue).into_iter();
    let forms = forms.map(|form| (form.name.clone(), RefOr::from(one(&form))));
    let several = [
        (SEVERAL.to_owned(), several().into()),
        (CHANGES.to_owned(), changes(catalogue).into()),
    ];
    forms.chain(several).collect()
}

fn response(catalogue: &Catalogue) -> RefOr<Schema> {
    let text = |format, description| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(format)))
            .description(Some(description))
    };
    let owner = text(KnownFormat::Uuid, "The user that the settings belong to.");
    let mut schema = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "What other users in a chat may see of the caller, and what they may do.",
        ))
        .property("user_id", owner)
        .required("user_id");
    for (_, setting) in catalogue.family(Family::Messaging) {
        let described = described(setting);
        schema = schema
            .property(setting.key(), described)
            .required(setting.key());
    }
    let time = text(KnownFormat::DateTime, "When these settings last changed.");
    schema
        .property("updated_at", time)
        .required("updated_at")
        .into()
}

fn update(catalogue: &Catalogue) -> RefOr<Schema> {
    let names = forms(catalogue).into_iter().map(|form| form.name);
    let names = names.chain([SEVERAL.to_owned()]);
    let forms = names.fold(OneOfBuilder::new(), |forms, name| {
        forms.item(Ref::from_schema_name(name))
    });
    let description = "One setting with its value, or several under `settings`: all or none.";
    forms.description(Some(description)).into()
}

/// The form that changes one setting, for all settings with the same values.
struct Form<'a> {
    name: String,
    settings: Vec<&'a str>,
    value: RefOr<Schema>,
}

fn forms(catalogue: &Catalogue) -> Vec<Form<'_>> {
    let mut forms: Vec<Form<'_>> = Vec::new();
    for (_, setting) in catalogue.family(Family::Messaging) {
        let name = form_name(setting);
        match forms.iter_mut().find(|form| form.name == name) {
            Some(form) => form.settings.push(setting.key()),
            None => forms.push(Form {
                name,
                settings: vec![setting.key()],
                value: value_schema(setting),
            }),
        }
    }
    forms
}

fn form_name(setting: &Setting) -> String {
    match setting.kind() {
        SettingType::Switch => "UpdateSwitch".to_owned(),
        SettingType::Audience if takes_every_audience(setting) => "UpdateAudience".to_owned(),
        SettingType::Choice if setting.name() == DISAPPEARING_AFTER => "UpdateDuration".to_owned(),
        SettingType::Audience | SettingType::Choice => format!("Update{}", pascal(setting.key())),
    }
}

fn takes_every_audience(setting: &Setting) -> bool {
    let names = Audience::ALL.map(|audience| Value::from(audience.as_str()));
    setting.values() == names
}

/// The schema of a setting's values: a reference if the document has a named schema for them.
fn value_schema(setting: &Setting) -> RefOr<Schema> {
    match setting.kind() {
        SettingType::Switch => ObjectBuilder::new().schema_type(Type::Boolean).into(),
        SettingType::Audience if takes_every_audience(setting) => {
            Ref::from_schema_name(AudienceSchema::name()).into()
        }
        SettingType::Choice if setting.name() == DISAPPEARING_AFTER => {
            Ref::from_schema_name(DisappearingAfterSchema::name()).into()
        }
        SettingType::Audience | SettingType::Choice => listed(setting).into(),
    }
}

/// The same schema with the description of the setting.
fn described(setting: &Setting) -> RefOr<Schema> {
    match value_schema(setting) {
        RefOr::Ref(mut reference) => {
            setting.description().clone_into(&mut reference.description);
            RefOr::Ref(reference)
        }
        RefOr::T(Schema::Object(mut schema)) => {
            schema.description = Some(setting.description().to_owned());
            RefOr::T(Schema::Object(schema))
        }
        other @ RefOr::T(_) => other,
    }
}

/// A schema that lists the values.
pub fn listed(setting: &Setting) -> ObjectBuilder {
    let mut types: Vec<Type> = Vec::new();
    for value in setting.values() {
        let kind = type_of(value);
        if !types.contains(&kind) {
            types.push(kind);
        }
    }
    let kind = match &*types {
        [one] => SchemaType::Type(one.clone()),
        _ => SchemaType::Array(types),
    };
    ObjectBuilder::new()
        .schema_type(kind)
        .enum_values(Some(setting.values().to_vec()))
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(number) if number.is_f64() => Type::Number,
        Value::Number(_) => Type::Integer,
        Value::String(_) => Type::String,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
    }
}

fn one(form: &Form<'_>) -> ObjectBuilder {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(form.settings.clone()));
    closed()
        .description(Some("One setting with its value."))
        .property("setting", name)
        .required("setting")
        .property("value", form.value.clone())
        .required("value")
}

fn several() -> ObjectBuilder {
    closed()
        .description(Some("Several settings: all or none."))
        .property("settings", Ref::from_schema_name(CHANGES))
        .required("settings")
}

fn changes(catalogue: &Catalogue) -> ObjectBuilder {
    let settings = closed()
        .description(Some("The settings to change, with their values."))
        .min_properties(Some(1));
    let family = catalogue.family(Family::Messaging);
    family.fold(settings, |settings, (_, setting)| {
        settings.property(setting.key(), value_schema(setting))
    })
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}
