//! Parses the `table!` declarations of a `schema.rs`, to compare them with the migrated database.

use std::collections::BTreeSet;

/// A column in a declaration or in a database's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// The table's name.
    pub table: String,
    /// The column's name.
    pub name: String,
    /// The type's name in the catalogue.
    pub sql_type: String,
    /// Whether it allows NULL.
    pub is_nullable: bool,
}

/// The columns that a `schema.rs` declares. `types` has the catalogue's name for each Diesel type.
#[must_use]
pub fn declared(schema: &str, types: &[(&str, &str)]) -> BTreeSet<Column> {
    let mut columns = BTreeSet::new();
    let mut table = None;
    for line in schema.lines().map(str::trim) {
        if let Some((name, rest)) = line.split_once(" (") {
            assert!(rest.ends_with(") {"), "not the head of a table: {line}");
            table = Some(name.to_owned());
        } else if let Some((name, diesel_type)) = line.split_once(" -> ") {
            let diesel_type = diesel_type.trim_end_matches(',');
            let inner = diesel_type
                .strip_prefix("Nullable<")
                .and_then(|rest| rest.strip_suffix('>'));
            columns.insert(Column {
                table: table.clone().unwrap(),
                name: name.to_owned(),
                sql_type: catalogue_type(inner.unwrap_or(diesel_type), types),
                is_nullable: inner.is_some(),
            });
        }
    }
    columns
}

fn catalogue_type(diesel_type: &str, types: &[(&str, &str)]) -> String {
    let known = types.iter().find(|(known, _)| *known == diesel_type);
    match known {
        Some((_, catalogue)) => (*catalogue).to_owned(),
        None => panic!("no catalogue type is known for {diesel_type}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_is_read() {
        let schema = "//! Tables.\n\ndiesel::table! {\n    users (id) {\n        id -> Uuid,\n        \
                      age -> Nullable<Integer>,\n    }\n}\n";
        let column = |name: &str, sql_type: &str, is_nullable| Column {
            table: "users".to_owned(),
            name: name.to_owned(),
            sql_type: sql_type.to_owned(),
            is_nullable,
        };
        assert_eq!(
            declared(schema, &[("Uuid", "uuid"), ("Integer", "int4")]),
            BTreeSet::from([column("id", "uuid", false), column("age", "int4", true)])
        );
    }
}
