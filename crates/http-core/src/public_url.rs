//! What clients reach the service by.

/// What clients reach the service by.
#[derive(Debug, Clone)]
pub struct PublicUrl {
    /// Without a slash at the end.
    pub url: String,
    /// Whether somebody said so; else it is the address that is listened on, which may have other names.
    pub is_configured: bool,
}
