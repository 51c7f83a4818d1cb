//! Messaging privacy: what others in a chat see.

use std::sync::Arc;

use privet_domain::messaging_privacy::{MessagingPrivacy, MessagingUpdate};
use privet_domain::user::User;

use crate::settings::Loaded;
use crate::{Caller, ChangeError, Precondition, Privet};

impl Privet {
    /// Changes one or more of the caller's messaging settings, all or none.
    pub async fn update_messaging_privacy(
        &self,
        caller: &Caller,
        loaded: &Loaded,
        precondition: Precondition,
        update: MessagingUpdate,
    ) -> Result<Arc<User>, ChangeError> {
        let apply = move |current: &MessagingPrivacy| update.apply(current);
        self.settings
            .change(caller, loaded, precondition, Arc::new(()), apply)
            .await
    }
}
