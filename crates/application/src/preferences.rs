//! Preferences: what the caller chose of the product's preferences.

use std::sync::Arc;

use privet_domain::preferences::{ChosenPreferences, PreferencesUpdate};
use privet_domain::user::User;

use crate::settings::Loaded;
use crate::{Caller, ChangeError, Precondition, Privet};

impl Privet {
    /// Chooses preferences, or puts them back to their defaults, all or none. A reset is an update
    /// like any other.
    pub async fn update_preferences(
        &self,
        caller: &Caller,
        loaded: &Loaded,
        precondition: Precondition,
        update: PreferencesUpdate,
    ) -> Result<Arc<User>, ChangeError> {
        let schema = Arc::clone(&self.preferences_schema);
        let apply = move |current: &ChosenPreferences| update.apply(current);
        self.settings
            .change(caller, loaded, precondition, schema, apply)
            .await
    }
}
