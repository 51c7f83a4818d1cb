//! Requirements on every store: one function for each behaviour, which [`conformance_tests`] runs with a backend. It
//! also has what the tests of stores need: a database for each test, and a comparison of `schema.rs` with the migrated
//! database.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is a test or a part of one"
)]

pub mod audit;
pub mod blocks;
pub mod changes;
pub mod contacts;
pub mod decisions;
pub mod erasure;
pub mod exceptions;
pub mod follows;
pub mod health;
pub mod looks;
pub mod plans;
pub mod postgres_fixture;
pub mod samples;
pub mod schema;
pub mod settings;
pub mod transfer;

use std::collections::BTreeSet;
use std::sync::Arc;

use privet_application::accounts::erasure::ErasureStore;
use privet_application::administration::support::LookStore;
use privet_application::changes::ChangeStore;
use privet_application::health::Dependency;
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::FollowStore;
use privet_application::rules::decisions::DecisionStore;
use privet_application::settings::SettingsStore;
use privet_application::settings::audit::AuditStore;
use privet_application::transfer::TransferStore;
use privet_domain::UserId;

/// A store with a database of its own, which is deleted when this is dropped.
pub trait Backend {
    /// The store.
    type Store: SettingsStore
        + AuditStore
        + ContactStore
        + BlockStore
        + ExceptionStore
        + FollowStore
        + DecisionStore
        + ErasureStore
        + LookStore
        + TransferStore
        + ChangeStore
        + Dependency
        + 'static;

    /// The store.
    fn store(&self) -> &Arc<Self::Store>;

    /// The tables that have the user's id in any column, of any type. MUST read the tables and columns from the
    /// database's catalogue, so that it includes tables that are added later.
    fn tables_naming(&self, user_id: UserId) -> BTreeSet<String>;

    /// All tombstones, with all columns, as text.
    fn tombstones(&self) -> BTreeSet<String>;

    /// Executes SQL that both databases understand. Returns the database's error as text.
    fn execute(&self, sql: &str) -> Result<(), String>;

    /// The database's SQL dialect.
    fn dialect(&self) -> &plans::Dialect;

    /// The plan of a statement, as text, for any parameters.
    fn plan(&self, sql: &str) -> String;
}

/// Creates a test for each behaviour. `$setup` is an async function without parameters that returns a [`Backend`].
#[macro_export]
macro_rules! conformance_tests {
    ($setup:path) => {
        $crate::behaviours!($setup;
            settings::{
                a_user_never_seen_is_unknown,
                a_created_row_is_answered_and_found,
                creating_again_answers_the_first_row,
                ten_simultaneous_creates_store_one_row,
                an_erased_user_is_told_from_an_unknown_one,
                an_erased_user_is_not_made_again,
                a_user_erased_while_being_made_stays_erased,
                a_creation_is_stored_with_its_events,
                of_a_creation_that_comes_late_no_event_is_stored,
                a_change_is_stored_whole,
                a_change_without_entries_is_stored,
                a_change_leaves_other_users_alone,
                a_lost_race_stores_nothing,
                of_ten_simultaneous_changes_one_is_stored,
                concurrent_changes_leave_an_entry_each,
                a_change_of_nobody_is_a_conflict,
                a_change_of_an_erased_user_is_a_conflict,
                a_change_whose_entries_are_refused_is_not_made,
                of_many_found_at_once_each_is_answered_what_is_held,
                of_many_changes_at_once_each_is_stored_whole,
                a_change_that_is_refused_harms_none_that_waits_with_it,
                a_change_that_is_given_up_harms_none_that_waits_with_it,
                choices_of_every_family_round_trip,
                every_family_keeps_its_own_revision_and_time,
                times_round_trip_to_the_microsecond,
                choices_round_trip_whatever_they_hold,
                many_choices_round_trip,
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
                the_reason_of_the_staff_is_kept,
                old_entries_are_deleted_except_the_newest_of_each_setting,
                a_batch_looks_at_no_more_entries_than_it_may,
                the_newest_entry_stays_whoever_deletes_at_once,
                the_database_refuses_an_entry_that_the_domain_refuses,
            }
            contacts::{
                a_contact_is_new_once_and_then_stays_as_it_was,
                contacts_are_mutual_while_each_has_added_the_other,
                a_removed_contact_is_gone_once,
                contacts_are_listed_newest_first_and_nobody_elses,
                no_contact_is_passed_over_or_listed_twice,
                nobody_becomes_a_contact_of_or_with_the_erased,
                of_many_who_add_a_contact_at_once_one_is_first,
                users_who_add_each_other_at_once_are_mutual_contacts,
                a_close_friend_is_marked_until_the_mark_is_taken_off,
                there_are_as_many_contacts_as_may_be,
                the_database_refuses_a_contact_that_the_domain_refuses,
            }
            blocks::{
                a_block_is_new_once_and_then_stays_as_it_was,
                a_lifted_block_is_gone_once,
                no_block_is_passed_over_or_listed_twice,
                a_block_ends_follows_and_requests_both_ways,
                contacts_outlast_a_block,
                nobody_blocks_or_is_blocked_once_erased,
                of_a_block_and_a_follow_at_once_the_block_stands_alone,
                as_many_are_blocked_as_may_be,
                a_block_takes_the_statements_of_a_closed_account,
                the_database_refuses_a_block_that_the_domain_refuses,
            }
            exceptions::{
                exceptions_hold_in_place_of_those_before,
                the_same_exceptions_again_move_no_time,
                exceptions_that_were_taken_back_are_gone_once,
                people_with_exceptions_are_listed_by_the_last_change,
                nobody_has_exceptions_for_or_of_the_erased,
                as_many_people_have_exceptions_as_may_be,
                of_many_who_set_the_same_exceptions_at_once_one_is_first,
            }
            follows::{
                a_user_never_seen_is_followed_at_once,
                a_public_account_is_followed_at_once,
                a_private_account_is_asked_first,
                following_again_keeps_what_there_is,
                a_request_to_an_account_that_became_public_is_accepted_when_repeated,
                nobody_follows_whom_they_block,
                a_request_of_who_is_blocked_is_withheld_until_the_block_is_lifted,
                a_withheld_request_is_taken_back_and_counts_nowhere,
                an_exception_decides_whether_a_follow_needs_approval,
                nobody_follows_or_is_followed_once_erased,
                a_follow_is_ended_once_and_only_in_its_direction,
                only_what_has_the_given_status_is_ended,
                of_many_who_follow_at_once_one_is_first,
                the_database_refuses_a_follow_that_the_domain_refuses,
                an_accepted_request_is_a_follow_and_cannot_be_decided_again,
                a_declined_request_is_gone_and_may_be_made_again,
                only_the_one_who_was_asked_decides,
                a_request_can_be_accepted_whatever_the_account_is_by_then,
                of_many_who_decide_at_once_one_does,
                a_request_that_is_withdrawn_and_decided_at_once_ends_one_way,
                a_wish_repeated_while_the_request_is_decided_answers_what_stands,
                every_follow_stands_in_its_one_list,
                pages_hold_a_list_newest_first_and_know_its_length,
                no_follow_is_passed_over_or_listed_twice,
                follows_are_counted_each_for_what_it_is,
                a_follow_counts_from_its_beginning_to_its_end,
                a_request_counts_until_it_is_decided_or_withdrawn,
                a_request_that_is_accepted_by_asking_again_counts_as_a_follow,
                what_a_block_ends_counts_no_more,
                who_is_erased_counts_nowhere,
                many_who_follow_one_user_at_once_are_all_counted,
                two_who_follow_each_other_at_once_are_both_counted,
                counts_are_exact_after_all_kinds_of_changes_at_once,
                the_database_refuses_a_count_below_nothing,
            }
            decisions::{
                users_never_seen_chose_nothing_and_nothing_is_between_them,
                what_the_subject_chose_is_told,
                oneself_is_recognised,
                all_that_may_stand_between_two_users_is_told_in_every_combination,
                whom_the_viewer_added_may_be_left_out_unless_the_viewer_is_needed,
                each_direction_of_a_follow_is_told,
                close_friends_are_told_from_other_contacts,
                cohorts_and_exceptions_of_both_are_told,
                facts_are_the_same_whatever_else_is_asked_with_them,
                exceptions_of_a_user_without_a_row_are_found_before_and_after_its_creation,
                either_of_two_who_was_erased_is_told,
                order_and_repeats_of_the_pairs_are_kept,
                as_many_pairs_as_there_may_be_are_answered_at_once,
                many_pairs_of_one_user_have_the_facts_of_a_few,
                many_pairs_of_a_user_whom_thousands_added_have_the_facts_of_a_few,
                no_pairs_have_no_facts,
                facts_are_those_of_the_moment,
            }
            erasure::{
                an_erasure_leaves_nothing_but_a_tombstone,
                an_erasure_leaves_everybody_else_alone,
                somebody_never_seen_can_be_erased,
                erasing_again_keeps_the_first_tombstone,
                no_contact_outlives_an_erasure_at_the_same_time,
                no_block_outlives_an_erasure_at_the_same_time,
                no_follow_outlives_an_erasure_at_the_same_time,
                no_setting_outlives_an_erasure_at_the_same_time,
                nothing_outlives_an_erasure_among_all_kinds_of_changes,
                friends_who_are_erased_at_once_both_are,
                an_erasure_goes_on_in_batches_from_wherever_it_stopped,
                nothing_of_the_erased_is_shown_while_rows_are_left,
                nothing_of_the_erased_is_changed_while_rows_are_left,
                nobody_is_tied_to_the_erased_while_rows_are_left,
                lists_are_as_long_as_what_they_show_while_rows_are_left,
                many_who_go_on_with_one_erasure_at_once_finish_it,
                going_on_with_no_erasure_deletes_nothing,
                a_receipt_counts_the_deleted_rows_of_the_users_own,
                a_receipt_is_there_when_nothing_is_left,
                an_erasure_without_a_receipt_gets_none_later,
                of_many_who_sign_a_receipt_at_once_one_is_first,
                a_receipt_stands_after_erasing_again,
            }
            looks::{
                a_look_at_somebody_who_is_there_is_kept_whole,
                nobody_unknown_or_erased_is_looked_at,
                looks_are_listed_newest_first_and_nobody_elses,
                lists_are_counted_as_they_are_shown,
                no_look_outlives_an_erasure_at_the_same_time,
                the_database_refuses_a_look_that_the_domain_refuses,
            }
            transfer::{
                contacts_are_imported_once_and_marked_when_overwritten,
                contacts_of_or_with_the_erased_are_skipped,
                more_contacts_than_may_be_are_not_imported,
                follows_are_imported_with_their_counts,
                an_imported_follow_of_who_is_blocked_is_withheld,
                an_imported_request_is_accepted_when_overwritten,
                no_imported_row_outlives_an_erasure_at_the_same_time,
                of_a_block_and_an_import_at_once_the_block_stands_alone,
                imports_at_once_store_everything_once,
                everything_is_read_in_the_order_of_the_keys,
                nothing_of_who_is_being_erased_is_read,
            }
            changes::{
                a_change_of_settings_is_told_whole,
                every_change_of_relationships_is_told,
                what_is_imported_is_told_as_of_now,
                both_users_of_a_request_are_told_unless_it_is_withheld,
                what_changes_nothing_is_not_told,
                what_is_rolled_back_is_not_told,
                of_many_changes_at_once_each_is_told_once,
                an_erasure_is_told_and_named_until_it_is_forgotten,
                an_erasure_is_told_of_those_who_knew_of_a_follow,
                the_database_refuses_a_feed_that_the_domain_refuses,
                the_feed_is_read_in_parts_of_any_size,
                nothing_is_told_twice_after_the_end,
                all_who_follow_the_feed_are_told_everything_in_one_order,
                old_changes_are_deleted_from_the_beginning,
                of_many_who_delete_old_changes_at_once_each_deletes_others,
                another_database_has_another_epoch,
                another_catalogue_is_told_once,
            }
            plans::{
                pages_of_follows_are_read_from_an_index_in_its_order,
                contacts_and_blocks_are_read_from_one_index,
                history_is_read_from_an_index_in_its_order,
                looks_are_read_from_an_index_in_its_order,
                the_feed_is_read_and_shortened_by_its_index,
            }
            health::{
                a_database_that_is_there_is_told_so,
            }
        );
    };
}

/// The part of [`conformance_tests`] that creates a test for each name.
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
    use std::fs::read_to_string;
    use std::path::Path;

    fn assert_listed(folder: &Path, list: &str) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                assert_listed(&path, list);
                continue;
            }
            for line in read_to_string(path).unwrap().lines() {
                let Some(rest) = line.strip_prefix("pub async fn ") else {
                    continue;
                };
                let (name, _) = rest.split_once(['<', '(']).unwrap();
                assert!(list.contains(&format!(" {name},\n")), "{name}");
            }
        }
    }

    /// A behaviour that is missing from the list would not be tested.
    #[test]
    fn every_behaviour_is_on_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_listed(&folder, include_str!("lib.rs"));
    }
}
