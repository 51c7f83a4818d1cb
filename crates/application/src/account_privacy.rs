//! Account privacy: whether followers need approval.

use std::sync::Arc;

use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::user::User;

use crate::settings::Loaded;
use crate::{Caller, ChangeError, Precondition, Privet};

impl Privet {
    /// Makes the caller's account private or public. Followers and pending requests stay.
    pub async fn update_account_privacy(
        &self,
        caller: &Caller,
        loaded: &Loaded,
        precondition: Precondition,
        next: AccountPrivacy,
    ) -> Result<Arc<User>, ChangeError> {
        self.settings
            .change(caller, loaded, precondition, Arc::new(()), move |_| next)
            .await
    }
}
