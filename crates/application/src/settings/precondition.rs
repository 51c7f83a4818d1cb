//! Conditions of a caller on the current version: RFC 9110, section 13, without HTTP.

/// Versions that a caller names, by their entity tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionTags {
    /// Any existing version. A user's settings always exist, so this matches the current one.
    Any,
    /// These tags. Empty if the caller named nothing that can match.
    OneOf(Vec<String>),
}

impl VersionTags {
    /// Whether the version with this tag is named.
    #[must_use]
    pub fn name(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|listed| listed == tag),
        }
    }
}

/// The conditions of a request. Without conditions the last write wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// The current version must be one of these (`If-Match`).
    pub is_one_of: Option<VersionTags>,
    /// The current version must not be one of these (`If-None-Match`).
    pub is_none_of: Option<VersionTags>,
}

impl Precondition {
    /// No condition.
    pub const NONE: Self = Self {
        is_one_of: None,
        is_none_of: None,
    };

    /// Whether the version whose tag `tag` returns may be changed.
    #[must_use]
    pub fn allows(&self, tag: impl FnOnce() -> String) -> bool {
        if *self == Self::NONE {
            return true;
        }
        let tag = tag();
        let named = |versions: &Option<VersionTags>| versions.as_ref().map(|each| each.name(&tag));
        named(&self.is_one_of).unwrap_or(true) && !named(&self.is_none_of).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(tags: &[&str]) -> VersionTags {
        VersionTags::OneOf(tags.iter().map(|tag| (*tag).to_owned()).collect())
    }

    #[test]
    fn a_change_is_made_where_both_conditions_hold() {
        for (is_one_of, is_none_of, allowed) in [
            (None, None, true),
            (Some(VersionTags::Any), None, true),
            (Some(versions(&["now"])), None, true),
            (Some(versions(&["before"])), None, false),
            (Some(versions(&[])), None, false),
            (None, Some(VersionTags::Any), false),
            (None, Some(versions(&["now"])), false),
            (None, Some(versions(&["before", "now"])), false),
            (None, Some(versions(&["before"])), true),
            (None, Some(versions(&[])), true),
            (Some(versions(&["now"])), Some(versions(&["before"])), true),
            (Some(versions(&["now"])), Some(versions(&["now"])), false),
            (
                Some(versions(&["before"])),
                Some(versions(&["before"])),
                false,
            ),
            (Some(VersionTags::Any), Some(VersionTags::Any), false),
        ] {
            let precondition = Precondition {
                is_one_of,
                is_none_of,
            };
            let allows = precondition.allows(|| "now".to_owned());
            assert_eq!(allows, allowed, "{precondition:?}");
        }
    }
}
