//! The caller: the result of authentication, by any method.

use privet_domain::{RequestId, UserId};

/// An authenticated caller and the request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user or service in the token.
    pub user_id: UserId,
    /// The scopes of the token.
    pub scopes: Scopes,
    /// The request, for audit entries.
    pub request_id: RequestId,
}

/// The scopes of a token, as in RFC 6749, section 3.3: words separated by spaces.
#[derive(Debug, Clone, Default)]
pub struct Scopes(Box<str>);

impl Scopes {
    /// Parses the text of a `scope` claim.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the token has this scope.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.split(' ').any(|held| held == scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_held_as_a_whole_word() {
        let scopes = Scopes::parse("privet:read privacy:decide");
        assert!(scopes.contains("privacy:decide"));
        assert!(!scopes.contains("privacy"));
        assert!(!Scopes::default().contains("privacy:decide"));
    }
}
