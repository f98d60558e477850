//! Lazy migration: users move once, whole, and only when they should.

use crosswalk_contract::{Record, Secret};
use futures::future::join_all;

use super::{
    super::{
        Held, Law, Setup, Stage, Stop, World,
        broken::so,
        people::{Made, operator, without_logins},
    },
    metadata::change,
};
use crate::{
    directory::{Owner, State},
    engine::{Ability, Verdict},
    policy::{PolicySettings, TypeBook, check_change},
    profile::Change,
};

const LOGIN: &[Ability] = &[Ability::Login, Ability::GetUser];

/// Everything about moving is tried in migrate mode on a store that belongs to the test.
const fn law(name: &'static str, body: super::super::Body) -> Law {
    Law::new(name, LOGIN, body).on(Stage::Migrate)
}

pub(super) const LAWS: &[Law] = &[
    law("the first good login moves a user exactly once, even 32 at once", |world| Box::pin(exactly_once(world))),
    law("who has moved needs the legacy store no more", |world| Box::pin(without_legacy(world))),
    law("a failed login moves nobody", |world| Box::pin(failed(world))),
    law("a blocked user does not move", |world| Box::pin(blocked(world))),
    law("a block laid over a user's record keeps them out and from moving", |world| Box::pin(overlaid_block(world))),
    law("a move carries everything to the letter", |world| Box::pin(to_the_letter(world))),
    law("what was laid over a record moves with it", |world| Box::pin(overlay_moves(world))),
    law("a change of metadata before the move lands and the old password still opens", |world| {
        Box::pin(changed_before(world))
    }),
    law("a password change before the move shuts the old password out", |world| Box::pin(password_before(world))),
    law("a change of address before the move takes the password along", |world| Box::pin(address_before(world))),
    law("an old address with the old password opens nothing", |world| Box::pin(old_address(world))),
    law("an old address leads to nobody, whether or not deletions are remembered", |world| {
        Box::pin(old_address(world))
    })
    .set_up(Setup { no_tombstones: true, ..Setup::PLAIN }),
    law("who is deleted before the move stays away", |world| Box::pin(deleted_before(world))),
    law("who is deleted after the move stays away", |world| Box::pin(deleted_after(world))),
    law("without tombstones the next login brings a deleted user back", |world| Box::pin(brought_back(world)))
        .set_up(Setup { no_tombstones: true, ..Setup::PLAIN }),
    law("nobody is created over a user who has not moved yet", |world| Box::pin(created_over(world))),
    law("nobody is created beside a legacy user by another letter case of the address", |world| {
        Box::pin(created_beside(world))
    }),
    law("an id that the legacy store gives to somebody else opens nothing of its former owner", |world| {
        Box::pin(given_away(world))
    }),
];

async fn pending(world: &World) -> Result<Made, Stop> {
    let mut person = world.person();
    person.user_metadata = Some(r#"{"z":12345678901234567890123,"a":1.50}"#.to_owned());
    person.app_metadata = Some(r#"{"plan":"gold","roles":["b","a"]}"#.to_owned());
    Ok(world.seed(vec![person]).await?.remove(0))
}

async fn row(world: &World, made: &Made) -> Result<Record, Stop> {
    world.hand()?.row(&made.store_id).await?.ok_or_else(|| Stop::broken("the legacy record is gone"))
}

async fn state(world: &World, made: &Made) -> Result<Option<State>, Stop> {
    Ok(world.engine.directory().entry(&made.id).await?.map(|entry| entry.state))
}

async fn opens(world: &World, identifier: &str, password: &Secret, what: &str) -> Held {
    let verdict = world.login(identifier, password).await?;
    so(matches!(verdict, Verdict::Accepted(_)), || format!("{what} was {}", verdict.name()))
}

async fn shut(world: &World, identifier: &str, password: &Secret, what: &str) -> Held {
    let verdict = world.login(identifier, password).await?;
    so(matches!(verdict, Verdict::WrongPassword | Verdict::UnknownUser), || format!("{what} was {}", verdict.name()))
}

/// Runs the body while the legacy store is down, and brings it back whatever comes of it.
async fn while_down(world: &World, body: impl Future<Output = Held>) -> Held {
    world.hand()?.take_down();
    let held = body.await;
    world.hand()?.bring_back();
    held
}

async fn exactly_once(world: &World) -> Held {
    let made = pending(world).await?;
    let before = row(world, &made).await?;
    let logins = (0..32).map(|_| {
        let (engine, connection, person) = (world.engine.clone(), world.connection.clone(), made.person.clone());
        tokio::spawn(async move { engine.login(&connection, &person.email, &person.secret()).await })
    });
    for login in join_all(logins).await {
        let verdict = login.map_err(|error| Stop::broken(format!("a login fell over: {error}")))??;
        match verdict {
            Verdict::Accepted(profile) => so(profile.user_id == made.id, || "a login is somebody else's".to_owned())?,
            other => {
                return Err(Stop::broken(format!("one of 32 logins with the right password was {}", other.name())));
            }
        }
    }
    so(state(world, &made).await? == Some(State::Moved), || "after 32 good logins the user has not moved".to_owned())?;
    let log = world.engine.directory().audit_log(0, 10_000).await?;
    let id = made.id.to_string();
    let moves = log.iter().filter(|it| it.entry.action == "move" && it.entry.user_id.as_ref() == Some(&id)).count();
    so(moves == 1, || format!("the user moved {moves} times"))?;
    let logins = world.profile(&made.id).await?.logins_count;
    so(logins == Some(32), || format!("32 logins were counted as {logins:?}"))?;
    so(row(world, &made).await? == before, || "the legacy record was written".to_owned())
}

async fn without_legacy(world: &World) -> Held {
    let made = pending(world).await?;
    opens(world, &made.person.email, &made.person.secret(), "the first login").await?;
    while_down(world, async {
        opens(
            world,
            &made.person.email,
            &made.person.secret(),
            "a login of a moved user while the legacy store is down",
        )
        .await?;
        shut(world, &made.person.email, &Secret::new("wrong"), "a wrong password while the legacy store is down")
            .await?;
        world.profile(&made.id).await?;
        world.found(&made.person.email).await?;
        change(world, &made, r#"{"user_metadata":{"k":1}}"#).await?;
        let new = Secret::new("another password 4");
        world.engine.change_password(&operator(), &made.id, &new).await?;
        opens(world, &made.person.email, &new, "the new password").await?;
        shut(world, &made.person.email, &made.person.secret(), "the old password").await?;
        so(world.engine.delete(&operator(), &made.id).await?, || "a moved user could not be deleted".to_owned())
    })
    .await
}

async fn failed(world: &World) -> Held {
    let made = pending(world).await?;
    shut(world, &made.person.email, &Secret::new("wrong"), "a wrong password").await?;
    shut(world, &made.person.email, &Secret::new(""), "an empty password").await?;
    world.found(&made.person.email).await?;
    so(state(world, &made).await? != Some(State::Moved), || "a failed login moved somebody".to_owned())
}

async fn blocked(world: &World) -> Held {
    let mut person = world.person();
    person.blocked = true;
    let made = world.seed(vec![person]).await?.remove(0);
    stays_out(world, &made).await
}

async fn stays_out(world: &World, made: &Made) -> Held {
    let verdict = world.login(&made.person.email, &made.person.secret()).await?;
    so(matches!(verdict, Verdict::Blocked), || format!("a blocked user's login was {}", verdict.name()))?;
    so(state(world, made).await? != Some(State::Moved), || "a blocked user moved".to_owned())
}

/// Writes an overlay as bridge mode would have before the mode was changed.
async fn lay_over(world: &World, made: &Made, body: &str) -> Held {
    let policy = PolicySettings::default();
    let passed = check_change(&policy, &operator(), &made.id, Change::from_json(body)?, &TypeBook::default())
        .map_err(|violations| Stop::broken(violations.to_string()))?;
    let owner = Owner::new(made.id.clone(), world.connection.as_str(), made.store_id.as_str());
    let now = jiff::Timestamp::now();
    world.engine.directory().change_overlay(&owner, passed.checked, u64::MAX, now).await?;
    Ok(())
}

async fn overlaid_block(world: &World) -> Held {
    let made = pending(world).await?;
    lay_over(world, &made, r#"{"blocked":true}"#).await?;
    let shown = world.profile(&made.id).await?.blocked;
    if shown != Some(true) {
        return Err(Stop::not_applicable("this store says itself who is blocked"));
    }
    stays_out(world, &made).await
}

async fn to_the_letter(world: &World) -> Held {
    let made = pending(world).await?;
    let mut before = world.found(&made.person.email).await?;
    opens(world, &made.person.email, &made.person.secret(), "the first login").await?;
    let after = world.profile(&made.id).await?;
    // A record that does not say when it was made gets the time of the move.
    before.created_at = before.created_at.or(after.created_at);
    so(without_logins(after) == without_logins(before), || "the profile is not what it was before the move".to_owned())
}

async fn overlay_moves(world: &World) -> Held {
    let made = pending(world).await?;
    lay_over(world, &made, r#"{"app_metadata":{"laid_over":1.50,"plan":"hidden"},"user_metadata":{"never":null}}"#)
        .await?;
    let mut before = world.profile(&made.id).await?;
    let shown = before.app_metadata.as_ref().and_then(|metadata| metadata.get("laid_over"));
    so(shown == Some("1.50"), || "what was laid over is not shown before the move".to_owned())?;
    opens(world, &made.person.email, &made.person.secret(), "the first login").await?;
    let after = world.profile(&made.id).await?;
    before.created_at = before.created_at.or(after.created_at);
    so(without_logins(after) == without_logins(before), || "the move changed what is shown of a user".to_owned())
}

async fn changed_before(world: &World) -> Held {
    let made = pending(world).await?;
    let record = row(world, &made).await?;
    let changed = change(world, &made, r#"{"app_metadata":{"plan":"silver"},"user_metadata":{"z":null}}"#).await?;
    let expected = |profile: &crate::profile::Profile| {
        let json = profile.to_json();
        json.contains(r#""plan":"silver""#) && json.contains(r#""a":1.50"#) && !json.contains("1234567890123")
    };
    so(expected(&changed), || "the change is not in the answer".to_owned())?;
    so(row(world, &made).await? == record, || "the legacy record was written".to_owned())?;
    shut(world, &made.person.email, &Secret::new("wrong"), "a wrong password").await?;
    opens(world, &made.person.email, &made.person.secret(), "the first login after the change").await?;
    so(expected(&world.profile(&made.id).await?), || "the login undid the change".to_owned())?;
    while_down(world, async {
        opens(world, &made.person.email, &made.person.secret(), "the second login, while the legacy store is down")
            .await
    })
    .await
}

async fn password_before(world: &World) -> Held {
    let made = pending(world).await?;
    let record = row(world, &made).await?;
    let new = Secret::new("another password 5");
    so(world.engine.change_password(&operator(), &made.id, &new).await?, || "nobody was there".to_owned())?;
    shut(world, &made.person.email, &made.person.secret(), "the old password").await?;
    opens(world, &made.person.email, &new, "the new password").await?;
    so(row(world, &made).await? == record, || "the legacy record was written".to_owned())?;
    while_down(world, async { opens(world, &made.person.email, &new, "the new password").await }).await
}

async fn address_before(world: &World) -> Held {
    let made = pending(world).await?;
    let record = row(world, &made).await?;
    let new = world.person().email;
    world.readdress(&made.id, &new).await?;
    so(row(world, &made).await? == record, || "the legacy record was written".to_owned())?;
    shut(world, &new, &Secret::new("wrong"), "a wrong password under the new address").await?;
    shut(world, &made.person.email, &made.person.secret(), "the old address").await?;
    opens(world, &new, &made.person.secret(), "the first login under the new address").await?;
    so(world.by_email(&made.person.email).await?.is_none(), || "the old address still finds the user".to_owned())?;
    while_down(world, async {
        opens(world, &new, &made.person.secret(), "the second login, while the legacy store is down").await
    })
    .await
}

async fn old_address(world: &World) -> Held {
    let made = pending(world).await?;
    opens(world, &made.person.email, &made.person.secret(), "the first login").await?;
    let new = world.person().email;
    world.readdress(&made.id, &new).await?;
    world.engine.change_password(&operator(), &made.id, &Secret::new("another password 6")).await?;
    shut(world, &made.person.email, &made.person.secret(), "the old address with the old password").await?;
    so(world.by_email(&made.person.email).await?.is_none(), || "the old address still finds somebody".to_owned())?;
    opens(world, &new, &Secret::new("another password 6"), "the new address with the new password").await
}

async fn deleted_before(world: &World) -> Held {
    let made = pending(world).await?;
    let record = row(world, &made).await?;
    so(world.engine.delete(&operator(), &made.id).await?, || "a pending user was not deleted".to_owned())?;
    so(row(world, &made).await? == record, || "the legacy record was written".to_owned())?;
    stays_away(world, &made).await
}

async fn deleted_after(world: &World) -> Held {
    let made = pending(world).await?;
    opens(world, &made.person.email, &made.person.secret(), "the first login").await?;
    so(world.engine.delete(&operator(), &made.id).await?, || "a moved user was not deleted".to_owned())?;
    stays_away(world, &made).await
}

async fn stays_away(world: &World, made: &Made) -> Held {
    shut(world, &made.person.email, &made.person.secret(), "a deleted user's login").await?;
    so(world.by_email(&made.person.email).await?.is_none(), || "a deleted user is found by address".to_owned())?;
    so(world.engine.get_user_by_id(&made.id).await?.is_none(), || "a deleted user is found by user_id".to_owned())?;
    let change = Change::from_json(r#"{"user_metadata":{"a":1}}"#)?;
    let changed = world.engine.change_metadata(&operator(), &made.id, change).await?;
    so(changed.is_none(), || "a deleted user was changed".to_owned())?;
    so(!world.engine.delete(&operator(), &made.id).await?, || "a user was deleted twice".to_owned())
}

async fn brought_back(world: &World) -> Held {
    let made = pending(world).await?;
    opens(world, &made.person.email, &made.person.secret(), "the first login").await?;
    change(world, &made, r#"{"app_metadata":{"inherited":"yes"}}"#).await?;
    so(world.engine.delete(&operator(), &made.id).await?, || "a moved user was not deleted".to_owned())?;
    opens(world, &made.person.email, &made.person.secret(), "the login after the deletion").await?;
    let back = world.profile(&made.id).await?;
    so(!back.to_json().contains("inherited"), || "who was brought back has what was deleted".to_owned())?;
    so(back.to_json().contains(r#""plan":"gold""#), || {
        "who was brought back lacks what the legacy store has".to_owned()
    })
}

async fn created_beside(world: &World) -> Held {
    let made = pending(world).await?;
    let mut twin = world.person();
    twin.email = made.person.email.to_uppercase();
    let refused = world.try_create(&twin).await?.is_err_and(|error| error.code_name() == "user_exists");
    so(refused, || "a user was made whose address differs by letter case alone".to_owned())?;
    opens(world, &made.person.email, &made.person.secret(), "the legacy user's login").await
}

async fn given_away(world: &World) -> Held {
    let made = pending(world).await?;
    // The profile moves, the password stays where it is.
    change(world, &made, r#"{"app_metadata":{"inherited":"yes"}}"#).await?;
    world.hand()?.remove(&made.store_id).await?;
    let mut next = world.person();
    next.id = Some(made.store_id.clone());
    let next = world.seed(vec![next]).await?.remove(0);
    shut(world, &made.person.email, &next.person.secret(), "the new owner's password under the former one's address")
        .await?;
    let verdict = world.login(&next.person.email, &next.person.secret()).await?;
    so(!matches!(verdict, Verdict::Accepted(_)), || "the new owner was let in as the former one".to_owned())
}

async fn created_over(world: &World) -> Held {
    let made = pending(world).await?;
    let mut twin = world.person();
    twin.email.clone_from(&made.person.email);
    let error = world.try_create(&twin).await?.err().ok_or_else(|| Stop::broken("a pending user was created over"))?;
    so(error.kind() == crate::engine::ErrorKind::Conflict, || format!("it was {:?}", error.kind()))?;
    opens(world, &made.person.email, &made.person.secret(), "the legacy user's login").await
}
