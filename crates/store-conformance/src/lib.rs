//! What every store must do: one function per behaviour, named by it, run against a backend by
//! [`conformance_tests`]. Beside it what the tests of stores need: databases of their own, and a
//! comparison of `schema.rs` with what the migrations made.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test or stands for one"
)]

pub mod audit;
pub mod health;
pub mod postgres_fixture;
pub mod samples;
pub mod schema;
pub mod settings;

use std::sync::Arc;

use privet_application::audit::AuditStore;
use privet_application::health::Dependency;
use privet_application::settings::SettingsStore;
use privet_domain::UserId;

/// A store to test, on a database of its own that lives as long as this.
pub trait Backend {
    /// The store.
    type Store: SettingsStore + AuditStore + Dependency + 'static;

    /// The store.
    fn store(&self) -> &Arc<Self::Store>;

    /// Erases the user by SQL, in the way that the store says erasure must.
    fn erase(&self, user_id: UserId) -> impl Future<Output = ()> + Send + 'static;

    /// Runs SQL that both dialects understand; the database's refusal as text.
    fn execute(&self, sql: &str) -> Result<(), String>;
}

/// Instantiates every behaviour as a test. `$setup` is an async function without parameters that gives
/// a [`Backend`].
#[macro_export]
macro_rules! conformance_tests {
    ($setup:path) => {
        $crate::behaviours!($setup;
            settings::{
                a_user_never_seen_is_unknown,
                a_created_row_is_answered_and_found,
                creating_again_answers_the_first_row,
                ten_simultaneous_creates_store_one_row,
                an_account_id_in_use_is_refused,
                an_erased_user_is_told_from_an_unknown_one,
                an_erased_user_is_not_made_again,
                a_user_erased_while_being_made_stays_erased,
                a_change_is_stored_whole,
                a_change_without_entries_is_stored,
                a_change_leaves_other_users_alone,
                a_lost_race_stores_nothing,
                of_ten_simultaneous_changes_one_is_stored,
                concurrent_changes_leave_an_entry_each,
                a_change_of_nobody_is_a_conflict,
                a_change_of_an_erased_user_is_a_conflict,
                a_change_whose_entries_are_refused_is_not_made,
                every_value_of_every_setting_round_trips,
                every_family_keeps_its_own_revision_and_time,
                times_round_trip_to_the_microsecond,
                preferences_round_trip_whatever_they_hold,
                large_preferences_round_trip,
                the_database_refuses_what_the_domain_refuses,
            }
            audit::{
                a_user_without_history_has_no_entries,
                entries_keep_everything,
                entries_are_listed_newest_first,
                a_page_goes_on_where_the_last_one_ended,
                the_history_of_one_setting_holds_no_other,
                nobody_elses_entries_are_listed,
                null_values_are_kept_in_the_audit_log,
                the_database_refuses_an_entry_that_the_domain_refuses,
            }
            health::{
                a_database_that_is_there_is_told_so,
            }
        );
    };
}

/// The part of [`conformance_tests`] that makes a test of each name.
#[doc(hidden)]
#[macro_export]
macro_rules! behaviours {
    ($setup:path; $($module:ident::{$($behaviour:ident,)*})*) => {
        $($(
            #[tokio::test]
            async fn $behaviour() {
                let backend = $setup().await;
                $crate::$module::$behaviour(&backend).await;
            }
        )*)*
    };
}

#[cfg(test)]
mod tests {
    /// A behaviour that is missing in the list would be tested nowhere.
    #[test]
    fn every_behaviour_is_on_the_list() {
        let list = include_str!("lib.rs");
        for file in [
            include_str!("settings.rs"),
            include_str!("settings/values.rs"),
            include_str!("audit.rs"),
            include_str!("health.rs"),
        ] {
            for line in file.lines() {
                let Some(rest) = line.strip_prefix("pub async fn ") else {
                    continue;
                };
                let (name, _) = rest.split_once(['<', '(']).unwrap();
                assert!(list.contains(&format!(" {name},\n")), "{name}");
            }
        }
    }
}
