//! The built-in catalogues.

/// A built-in catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BuiltIn {
    /// The settings that every product has.
    #[default]
    Core,
    /// `core`, with more settings of messengers.
    Messenger,
}

impl BuiltIn {
    /// All built-in catalogues.
    pub const ALL: [Self; 2] = [Self::Core, Self::Messenger];

    /// The name in documents and in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Messenger => "messenger",
        }
    }

    /// The catalogue with that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Its documents. Each extends those before it.
    pub(super) const fn documents(self) -> &'static [&'static str] {
        const CORE: &str = include_str!("core.json");
        const MESSENGER: &str = include_str!("messenger.json");
        match self {
            Self::Core => &[CORE],
            Self::Messenger => &[CORE, MESSENGER],
        }
    }
}
