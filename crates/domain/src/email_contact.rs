//! Email contact: whether other users may write to somebody by e-mail.

use std::borrow::Cow;

use serde_json::Value;

use crate::user::{SettingsFamily, User, Versioned};

/// Whether others may contact the owner by e-mail. Not retroactive: what was sent stays sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmailContact {
    /// `true` is the default.
    pub allow_email_contact: bool,
}

impl Default for EmailContact {
    fn default() -> Self {
        Self {
            allow_email_contact: true,
        }
    }
}

impl SettingsFamily for EmailContact {
    const NAME: &'static str = "email";
    type Rules = ();

    fn slot(user: &User) -> &Versioned<Self> {
        &user.email_contact
    }

    fn slot_mut(user: &mut User) -> &mut Versioned<Self> {
        &mut user.email_contact
    }

    fn shown(&self, (): &()) -> Vec<(Cow<'static, str>, Value)> {
        vec![(
            "allow_email_contact".into(),
            self.allow_email_contact.into(),
        )]
    }
}
