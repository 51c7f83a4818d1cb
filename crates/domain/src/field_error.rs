//! The one way in which parsing tells what is wrong with which member of a request.

/// A member of a request and what is wrong with it. The message never repeats the value given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The member's name; dotted where it lies deeper (`theme.mode`).
    pub field: String,
    /// A sentence for the caller.
    pub message: String,
}

impl FieldError {
    /// What is wrong with `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}
