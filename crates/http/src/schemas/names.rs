//! Names of schemas.

/// Where a schema stands that the builders of the document do not know in full, until the document is finished.
pub const VERBATIM: &str = "x-verbatim";

/// `LocaleDateFormat` of `locale.date_format` and the like.
pub fn pascal(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words = words.filter_map(|word| {
        let mut letters = word.chars();
        let first = letters.next()?;
        Some(format!(
            "{}{}",
            first.to_ascii_uppercase(),
            letters.as_str()
        ))
    });
    words.collect()
}
