//! The error of a member of a request. All parsing uses it.

/// A member of a request and its error message. The message never repeats the given value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the member; dotted if it is nested (`theme.mode`).
    pub field: String,
    /// The message for the caller.
    pub message: String,
}

impl FieldError {
    /// An error of `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}
