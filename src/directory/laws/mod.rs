//! What every directory promises, whatever keeps it. Each law gets a fresh, empty place.

pub(super) mod index;
pub(super) mod metadata;
pub(super) mod moved;
pub(super) mod records;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::*;
use crate::{
    policy::Checked,
    profile::{Change, Metadata, NewProfile, Profile, UserId},
};

/// A place for one directory, which can be opened again and again.
#[async_trait]
pub(in crate::directory) trait Site: Send + Sync {
    async fn open(&self) -> Arc<dyn Directory>;
}

/// A test for each law, on the site that the expression makes.
macro_rules! every_law {
    ($site:expr) => {
        $crate::directory::laws::every_law! { $site;
            moved::of_32_who_move_one_user_in_one_does_and_the_others_find_the_user_there
            metadata::writers_of_32_keys_of_one_user_lose_nothing
            metadata::metadata_comes_back_to_the_letter
            metadata::absent_and_empty_containers_stay_what_they_are
            metadata::a_change_over_the_limit_is_refused_and_changes_nothing
            index::a_pending_row_follows_its_store_and_a_moved_or_deleted_one_does_not
            index::two_connections_with_one_user_id_are_told_apart_by_name
            moved::moved_users_of_a_connection_share_no_address_and_no_name
            moved::a_moved_user_is_found_by_every_identifier_and_never_by_a_guess
            moved::a_user_who_was_never_in_a_store_can_be_made_once
            moved::root_attributes_and_credentials_change_alone
            moved::who_has_not_moved_has_nothing_to_change
            index::a_reused_id_inherits_nothing
            index::an_id_given_to_somebody_else_inherits_no_overlay_and_can_be_given_back
            index::a_tombstone_keeps_a_deleted_user_away_until_it_is_lifted
            metadata::an_overlay_is_set_removed_cleared_and_outlives_a_restart
            metadata::an_overlay_moves_in_with_its_user
            metadata::an_intent_outlives_a_restart_and_is_finished_once
            records::of_32_who_save_a_type_book_one_does
            records::the_audit_log_is_read_in_the_order_written
            records::an_export_holds_everything_exactly_and_nothing_secret
            records::who_is_erased_is_gone_and_stays_away_where_wanted
            index::a_listing_meets_every_user_once_while_others_come_and_go
            moved::a_write_whose_caller_leaves_is_whole_or_absent
            moved::odd_text_is_only_data
            index::a_closed_directory_is_unavailable_and_closing_twice_is_fine
            index::instants_survive
        }
    };
    ($site:expr; $($room:ident::$law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $law() {
            $crate::directory::laws::$room::$law(&$site).await;
        }
    )*};
}
pub(in crate::directory) use every_law;

const MAX: u64 = 16_777_216;

pub(in crate::directory) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + second).unwrap()
}

pub(in crate::directory) fn owner(id: &str) -> Owner {
    Owner::new(UserId::namespaced("shop", id).unwrap(), "shop", id)
}

pub(in crate::directory) fn sighting(id: &str, email: Option<&str>, second: i64) -> Sighting {
    Sighting { owner: owner(id), identity: identity(email), at: at(second) }
}

pub(in crate::directory) fn identity(email: Option<&str>) -> Identity {
    Identity { identifiers: Identifiers::new(email, None, None), created_at: None }
}

pub(in crate::directory) fn hash(text: &str) -> Credential {
    Credential::Hash {
        scheme: "argon2id".into(),
        hash: text.into(),
        salt: Some("salt-of-it".into()),
        params: Some("m=19456".into()),
    }
}

pub(in crate::directory) fn profile(id: &str, email: Option<&str>) -> Profile {
    let mut profile = Profile::new(owner(id).user_id, "shop");
    profile.email = email.map(str::to_owned);
    profile.created_at = Some(at(0));
    profile
}

pub(in crate::directory) fn newcomer(id: &str, email: Option<&str>) -> Newcomer {
    newcomer_of(id, profile(id, email))
}

pub(in crate::directory) fn newcomer_of(id: &str, profile: Profile) -> Newcomer {
    Newcomer { store_id: id.into(), profile: Checked::for_tests(profile), credential: hash("the-hash") }
}

pub(in crate::directory) fn change(text: &str) -> Checked<Change> {
    Checked::for_tests(Change::from_json(text).unwrap())
}

fn new_profile(email: Option<&str>) -> Checked<NewProfile> {
    Checked::for_tests(NewProfile { email: email.map(str::to_owned), ..NewProfile::default() })
}

fn metadata(text: &str) -> Option<Metadata> {
    Some(Metadata::parse(text).unwrap())
}

fn moved_in(outcome: MoveOutcome) -> Profile {
    match outcome {
        MoveOutcome::Moved(user) => user.profile,
        other => panic!("not moved in: {other:?}"),
    }
}
