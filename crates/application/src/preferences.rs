//! Preferences: what the caller chose of the product's preferences, and the schema of the moment.

use std::sync::Arc;

use arc_swap::ArcSwap;
use privet_domain::preferences::{ChosenPreferences, PreferencesSchema, PreferencesUpdate};
use privet_domain::user::User;

use crate::settings::Loaded;
use crate::{Caller, ChangeError, Precondition, Privet};

/// The schema that preferences are held to, which may be replaced while requests are under way. Each of
/// them takes it once and uses that one to its end.
pub struct CurrentSchema(ArcSwap<PreferencesSchema>);

impl CurrentSchema {
    /// This one, until it is replaced.
    #[must_use]
    pub fn new(schema: Arc<PreferencesSchema>) -> Self {
        Self(ArcSwap::new(schema))
    }

    /// The one that stands now.
    #[must_use]
    pub fn get(&self) -> Arc<PreferencesSchema> {
        self.0.load_full()
    }

    /// Holds requests that come from now on to this one.
    pub fn replace(&self, schema: Arc<PreferencesSchema>) {
        self.0.store(schema);
    }
}

impl Privet {
    /// Chooses preferences, or puts them back to their defaults, all or none. A reset is an update
    /// like any other. `schema` is the one that the update was read by.
    pub async fn update_preferences(
        &self,
        caller: &Caller,
        loaded: &Loaded,
        precondition: Precondition,
        schema: &Arc<PreferencesSchema>,
        update: PreferencesUpdate,
    ) -> Result<Arc<User>, ChangeError> {
        let apply = move |current: &ChosenPreferences| update.apply(current);
        self.settings
            .change(caller, loaded, precondition, Arc::clone(schema), apply)
            .await
    }
}
