//! The URL that clients use.

/// The URL that clients use.
#[derive(Debug, Clone)]
pub struct PublicUrl {
    /// Without a slash at the end.
    pub url: String,
    /// Whether it is configured; otherwise it is the listening address, which may have other names.
    pub is_configured: bool,
}
