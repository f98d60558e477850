//! The MySQL adapter on legacy tables of a real server: what each ability does, values, bad days, and many callers.
//!
//! The server is the one that `CROSSWALK_TEST_MYSQL` names (a URL of a user who may create databases), else the one that
//! listens on 127.0.0.1:3306 or on the usual socket. Without one the tests are shown as ignored, or fail where
//! `CROSSWALK_REQUIRE` holds `mysql`: a law that did not run is never shown as passed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{env, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime;

mod abilities;
mod bad_days;
mod keys;
mod many_callers;
mod metadata;
mod proxy;
mod shop;
mod values;

/// Each test by its name; one that is forgotten here is dead code, which the compiler tells.
macro_rules! trials {
    ($server:expr, $($module:ident: $($test:ident)*;)*) => {
        vec![$($(trial(concat!(stringify!($module), "::", stringify!($test)), $server, $module::$test),)*)*]
    };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = shop::find_server();
    if let Err(reason) = &server {
        tell(&format!("the tests of the mysql adapter are ignored: {reason}"));
    }
    let mut trials = trials(&server);
    let authority = match env::var("CROSSWALK_MYSQL_CA") {
        Ok(_) => server,
        Err(_) => Err("CROSSWALK_MYSQL_CA names no authority for a server with TLS".to_owned()),
    };
    trials.extend(trials! { &authority, bad_days: a_certificate_is_verified_by_the_authority_of_the_settings; });
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(server: &Result<String, String>) -> Vec<Trial> {
    trials! { server,
        abilities:
            a_user_is_found_in_a_table_named_user_by_a_column_named_order
            two_rows_with_one_identifier_are_inconsistent_and_neither_is_touched
            a_composite_key_needs_all_of_its_parts
            a_created_user_is_told_as_the_store_holds_it
            an_identifier_is_not_given_twice_even_where_the_table_would_take_it
            what_the_table_refuses_is_told_with_the_columns_name_and_never_with_the_value
            a_row_that_the_condition_would_hide_is_not_made
            a_change_leaves_all_other_columns_alone
            a_change_to_the_same_value_is_not_an_unknown_user
            delete_answers_true_once
            a_user_that_other_rows_depend_on_is_not_removed
            a_listing_meets_everybody_once_while_others_come_and_go
            a_listing_resumes_in_every_type_of_key
            a_listing_that_is_left_early_closes_its_connection
            large_rows_come_in_small_batches
            a_view_is_read_and_written
            a_read_only_connection_promises_no_writes
            only_the_columns_that_the_map_names_are_read_under_the_names_of_the_map
            the_examination_tells_what_is_there_and_what_is_missing
            a_mistake_in_the_settings_is_told_with_the_nearest_right_name;
        keys:
            text_that_is_not_the_columns_canonical_form_is_nobody
            every_type_finds_its_own_text_and_nothing_that_the_server_takes_for_it
            folded_keys_regard_accents_and_spaces_but_not_letter_case
            a_write_touches_only_the_row_that_has_the_bytes_of_the_key
            whatever_text_is_only_data
            names_of_tables_and_columns_are_only_names
            look_ups_are_served_by_indexes
            a_table_without_a_key_cannot_be_listed_and_says_so;
        metadata:
            metadata_is_merged_at_its_first_level_and_otherwise_untouched
            containers_and_single_columns_change_together_or_not_at_all
            a_document_lives_in_every_kind_of_column_and_its_limit_is_known
            a_document_larger_than_the_packet_is_refused_before_the_server_hangs_up
            a_character_that_the_column_cannot_hold_is_refused_and_nothing_is_lost
            a_patch_without_containers_only_looks_for_the_user
            what_stays_the_same_is_not_written
            two_containers_of_one_row_change_at_once;
        values:
            every_type_is_read_as_it_is_and_written_back_the_same
            what_the_server_would_change_without_a_word_is_refused
            old_rows_with_zero_dates_can_be_changed;
        many_callers:
            thirty_two_writers_on_thirty_two_keys_of_one_user_lose_nothing
            thirty_two_creates_of_one_user_make_one
            a_thousand_callers_that_leave_cost_the_next_one_nothing
            a_write_whose_caller_leaves_is_whole_or_absent
            a_caller_that_leaves_in_a_transaction_leaves_no_lock_behind
            a_hundred_callers_on_a_pool_of_eight_are_all_served
            callers_beyond_the_pool_are_told_that_it_is_busy
            changes_that_block_each_other_are_tried_again;
        bad_days:
            a_server_that_is_not_there_is_unavailable_and_never_an_unknown_user
            a_server_that_does_not_speak_is_given_up_in_time
            the_next_host_is_taken_where_the_first_is_down
            a_wrong_password_and_a_wrong_database_are_told_as_such
            killed_connections_are_replaced_without_the_callers_help
            a_call_whose_connection_is_killed_in_the_middle_goes_on_on_another_one
            a_server_that_restarts_serves_again_without_the_callers_help
            an_answer_that_breaks_off_in_the_middle_is_asked_for_again
            a_locked_table_is_unavailable_in_time_and_serves_again_once_it_is_free
            a_locked_row_holds_up_only_who_writes_it
            a_schema_that_changes_while_in_use_is_noticed
            a_missing_privilege_is_told_by_its_name
            a_table_that_is_full_is_unavailable_and_nothing_is_written
            a_server_without_tls_is_refused_where_tls_is_required;
    }
}

/// A test on a server; ignored where there is none, failed where there must be one.
fn trial<F>(name: &'static str, server: &Result<String, String>, test: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    let required = env::var("CROSSWALK_REQUIRE").is_ok_and(|list| list.contains("mysql") || list.contains("all"));
    let reason = server.as_ref().err().cloned();
    let optional = name.ends_with("by_the_authority_of_the_settings");
    let ignored = reason.is_some() && (optional || !required);
    Trial::test(name, move || {
        if let Some(reason) = reason {
            return Err(Failed::from(reason));
        }
        let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.map_err(|error| Failed::from(error.to_string()))?.block_on(test());
        Ok(())
    })
    .with_ignored_flag(ignored)
}

#[expect(clippy::print_stderr, reason = "who runs the tests is to read why they did not run")]
fn tell(text: &str) {
    eprintln!("{text}");
}
