//! The names of schemas.

/// The key that holds a schema which the builders do not support, until the document is finished.
pub const VERBATIM: &str = "x-verbatim";

/// Makes `LocaleDateFormat` of `locale.date_format`.
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
