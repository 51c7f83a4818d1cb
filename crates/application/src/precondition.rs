//! What a caller says must stand before a change is made.

/// The caller's condition, RFC 9110 section 13.1.1 without its HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// None: the last write wins.
    None,
    /// Any present version will do. A user's settings always exist, so this holds.
    Exists,
    /// The present version is one of these tags. Empty where the caller named nothing that could match.
    OneOf(Vec<String>),
}

impl Precondition {
    /// Whether the version whose tag is made by `tag` may be changed.
    #[must_use]
    pub fn allows(&self, tag: impl FnOnce() -> String) -> bool {
        match self {
            Self::None | Self::Exists => true,
            Self::OneOf(tags) => tags.contains(&tag()),
        }
    }
}
