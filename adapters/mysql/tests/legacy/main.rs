//! The MySQL adapter on legacy tables of a real server: what each ability does, values, bad days, and many callers.
//!
//! The server is the one that `CROSSWALK_MYSQL` names (a URL of a user who may create databases), else the one that
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
    libtest_mimic::run(&arguments, trials(&server)).exit_code()
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
    }
}

/// A test on a server; ignored where there is none, failed where there must be one.
fn trial<F>(name: &'static str, server: &Result<String, String>, test: fn() -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    let required = env::var("CROSSWALK_REQUIRE").is_ok_and(|list| list.contains("mysql"));
    let reason = server.as_ref().err().cloned();
    let ignored = reason.is_some() && !required;
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
