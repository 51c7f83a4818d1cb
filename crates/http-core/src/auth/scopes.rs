//! The scopes of tokens: one list for the routes, the OpenAPI document and README.md.

use privet_application::Scopes;

/// A scope that Privet uses. Others are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Ask for decisions.
    Decide,
    /// Follow the changes of all users.
    Watch,
    /// Erase users.
    Erase,
    /// Set the cohorts of users.
    Classify,
    /// Look at users' data and change their settings, with a reason.
    Support,
    /// Import users and relationships.
    Import,
    /// Add every user to groups.
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 7] = [
        Self::Decide,
        Self::Watch,
        Self::Erase,
        Self::Classify,
        Self::Support,
        Self::Import,
        Self::Admin,
    ];

    /// The word in the token.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "privacy:decide",
            Self::Watch => "privacy:watch",
            Self::Erase => "users:erase",
            Self::Classify => "users:classify",
            Self::Support => "users:support",
            Self::Import => "users:import",
            Self::Admin => "privacy:admin",
        }
    }

    /// Whether it gives access to service paths. A token with such a scope belongs to a service.
    #[must_use]
    pub const fn is_of_services(self) -> bool {
        match self {
            Self::Decide
            | Self::Watch
            | Self::Erase
            | Self::Classify
            | Self::Support
            | Self::Import => true,
            Self::Admin => false,
        }
    }

    /// Who gets tokens with this scope.
    const fn carrier(self) -> &'static str {
        match self {
            Self::Decide | Self::Watch | Self::Erase | Self::Classify | Self::Import => {
                "the product's services"
            }
            Self::Support => "the product's support staff",
            Self::Admin => "the product's own staff",
        }
    }

    /// What the scope allows.
    const fn allows(self) -> &'static str {
        match self {
            Self::Decide => "decisions, filters, enforcement and AuthZEN, about all users",
            Self::Watch => {
                "`GET /api/v1/privacy/changes`: which users' settings and relationships changed, without values"
            }
            Self::Erase => "`DELETE /api/v1/users/{userId}`: erasing any user",
            Self::Classify => {
                "`/api/v1/admin/users/{userId}/cohorts`: reading and setting the cohorts of any user"
            }
            Self::Support => {
                "`/api/v1/admin/users/{userId}`: looking at any user and changing their settings, with a reason that the user sees"
            }
            Self::Import => {
                "`POST /api/v1/admin/import`: importing users and relationships, and erasing users by lines that say so"
            }
            Self::Admin => {
                "`add_to_group` in `access`, whatever the audience; its holder can find out who blocked them"
            }
        }
    }
}

/// Whether a token with these scopes belongs to a service.
#[must_use]
pub fn is_service(scopes: &Scopes) -> bool {
    let is_held = |scope: &Scope| scopes.contains(scope.as_str());
    Scope::ALL
        .iter()
        .any(|scope| scope.is_of_services() && is_held(scope))
}

/// All scopes as a Markdown table.
#[must_use]
pub fn table() -> String {
    let row = |scope: &Scope| {
        let (name, carrier, allows) = (scope.as_str(), scope.carrier(), scope.allows());
        format!("| `{name}` | {carrier} | {allows} |\n")
    };
    let rows: String = Scope::ALL.iter().map(row).collect();
    format!("| scope | in tokens of | allows |\n|---|---|---|\n{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_services_by_any_of_their_scopes() {
        for text in [
            "privacy:decide",
            "privacy:watch",
            "openid users:erase",
            "users:classify",
            "privacy:admin privacy:decide",
        ] {
            assert!(is_service(&Scopes::parse(text)), "{text}");
        }
        for text in [
            "",
            "openid",
            "privacy:admin",
            "privacy:decider",
            "users:classify2",
            "PRIVACY:DECIDE",
        ] {
            assert!(!is_service(&Scopes::parse(text)), "{text}");
        }
    }

    #[test]
    fn the_readme_has_the_table_of_all_scopes() {
        let readme = include_str!("../../../../README.md");
        assert!(readme.contains(&table()), "README.md lacks\n{}", table());
    }
}
