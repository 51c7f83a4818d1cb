//! Account privacy: whether following somebody needs their approval.

use std::borrow::Cow;

use serde_json::Value;

use crate::user::{SettingsFamily, User, Versioned};

/// Whether an account is private. A private account approves its followers one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountPrivacy {
    /// `false`, the default, means that anybody may follow at once.
    pub is_private: bool,
}

impl SettingsFamily for AccountPrivacy {
    const NAME: &'static str = "account";
    type Rules = ();

    fn slot(user: &User) -> &Versioned<Self> {
        &user.account_privacy
    }

    fn slot_mut(user: &mut User) -> &mut Versioned<Self> {
        &mut user.account_privacy
    }

    fn shown(&self, (): &()) -> Vec<(Cow<'static, str>, Value)> {
        vec![("is_private".into(), self.is_private.into())]
    }
}
