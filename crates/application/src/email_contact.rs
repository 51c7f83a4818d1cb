//! Email contact: whether others may write an e-mail.

use std::sync::Arc;

use privet_domain::email_contact::EmailContact;
use privet_domain::user::User;

use crate::settings::Loaded;
use crate::{Caller, ChangeError, Precondition, Privet};

impl Privet {
    /// Allows or forbids others to contact the caller by e-mail.
    pub async fn update_email_contact(
        &self,
        caller: &Caller,
        loaded: &Loaded,
        precondition: Precondition,
        next: EmailContact,
    ) -> Result<Arc<User>, ChangeError> {
        self.settings
            .change(caller, loaded, precondition, Arc::new(()), move |_| next)
            .await
    }
}
