//! Making and removing users; passwords and addresses.

use crosswalk_contract::Secret;

use super::{
    super::{
        Held, Law, Stop, World,
        broken::so,
        people::{Made, operator},
    },
    metadata::{of_the_store, own},
};
use crate::{
    engine::{Ability, By, ErrorKind, Mode, Verdict},
    profile::Container,
};

pub(super) const LAWS: &[Law] = &[
    Law::new(
        "a user who was created can log in at once and is what was asked for",
        &[Ability::Create, Ability::Login, Ability::GetUser],
        |world| Box::pin(created(world)),
    ),
    Law::new("to create a user twice is a conflict", &[Ability::Create, Ability::GetUser], |world| {
        Box::pin(twice(world))
    }),
    Law::new("of 8 who create the same user at once one succeeds", &[Ability::Create, Ability::GetUser], |world| {
        Box::pin(at_once(world))
    }),
    Law::new("to delete a user twice answers false", &[Ability::Delete, Ability::GetUser], |world| {
        Box::pin(deleted_twice(world))
    }),
    Law::new(
        "after a password change the old one is refused and the new one accepted",
        &[Ability::ChangePassword, Ability::Login],
        |world| Box::pin(new_password(world)),
    ),
    Law::new(
        "after a change of address a user is found under the new one and not under the old",
        &[Ability::ChangeEmail, Ability::GetUser],
        |world| Box::pin(new_address(world)),
    ),
    Law::new("an address that somebody has is a conflict", &[Ability::ChangeEmail, Ability::GetUser], |world| {
        Box::pin(taken_address(world))
    }),
    Law::new("verify sets email_verified and nothing else", &[Ability::Verify, Ability::GetUser], |world| {
        Box::pin(verified(world))
    }),
];

async fn created(world: &World) -> Held {
    let store = of_the_store(world).await?;
    let mut person = world.person();
    person.user_metadata = Some(r#"{"z":12345678901234567890123,"a":1.50}"#.to_owned());
    person.app_metadata = Some(r#"{"plan":"gold"}"#.to_owned());
    let made = world.create(person).await?;
    let read = world.profile(&made.id).await?;
    let app = own(&read, Container::AppMetadata, &store);
    so(app == r#"{"plan":"gold"}"#, || "app_metadata is not what was asked for".to_owned())?;
    let user = own(&read, Container::UserMetadata, &store);
    so(Some(user) == made.person.user_metadata, || "user_metadata is not what was asked for".to_owned())?;
    so(read.email.as_deref() == Some(made.person.email.as_str()), || {
        "the address is not what was asked for".to_owned()
    })?;
    so(read.connection == world.connection, || "the profile belongs to another connection".to_owned())?;
    match world.login(&made.person.email, &made.person.secret()).await? {
        Verdict::Accepted(profile) => so(profile.user_id == made.id, || "the login is somebody else's".to_owned()),
        other => Err(Stop::broken(format!("the first login was {}", other.name()))),
    }
}

async fn twice(world: &World) -> Held {
    let made = world.create(world.person()).await?;
    let mut other = world.person();
    other.email.clone_from(&made.person.email);
    let error = world.try_create(&other).await?.err().ok_or_else(|| Stop::broken("one address has two users"))?;
    so(error.kind() == ErrorKind::Conflict, || format!("a second user of one address was {:?}", error.kind()))?;
    let verdict = world.login(&made.person.email, &made.person.secret()).await?;
    so(matches!(verdict, Verdict::Accepted(_)), || format!("the first user's login is now {}", verdict.name()))?;
    let verdict = world.login(&made.person.email, &other.secret()).await?;
    so(matches!(verdict, Verdict::WrongPassword), || format!("the second user's password is {}", verdict.name()))
}

async fn at_once(world: &World) -> Held {
    let person = world.person();
    let attempts = (0..8).map(|_| world.try_create(&person));
    let mut made = 0;
    for result in futures::future::join_all(attempts).await {
        match result? {
            Ok(_) => made += 1,
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Unavailable) => {}
            Err(error) => return Err(error.into()),
        }
    }
    so(made == 1, || format!("{made} of 8 were told that they had created the user"))?;
    world.found(&person.email).await.map(drop)
}

async fn deleted_twice(world: &World) -> Held {
    let made = world.somebody().await?;
    so(world.engine.delete(&operator(), &made.id).await?, || "a user who was made was not deleted".to_owned())?;
    so(!world.engine.delete(&operator(), &made.id).await?, || "a user was deleted twice".to_owned())?;
    so(world.engine.get_user_by_id(&made.id).await?.is_none(), || "a deleted user is found by user_id".to_owned())?;
    so(world.by_email(&made.person.email).await?.is_none(), || "a deleted user is found by address".to_owned())?;
    if world.able(Ability::Login) {
        let verdict = world.login(&made.person.email, &made.person.secret()).await?;
        so(matches!(verdict, Verdict::UnknownUser | Verdict::WrongPassword), || {
            format!("a deleted user's login was {}", verdict.name())
        })?;
    }
    Ok(())
}

async fn new_password(world: &World) -> Held {
    let made = world.somebody().await?;
    let new = Secret::new("Ein neues Paßwort 2 ✓");
    so(world.engine.change_password(&operator(), &made.id, &new).await?, || "nobody was there".to_owned())?;
    let old = world.login(&made.person.email, &made.person.secret()).await?;
    so(matches!(old, Verdict::WrongPassword), || format!("after the change the old password is {}", old.name()))?;
    let fresh = world.login(&made.person.email, &new).await?;
    so(matches!(fresh, Verdict::Accepted(_)), || format!("after the change the new password is {}", fresh.name()))
}

async fn new_address(world: &World) -> Held {
    let made = world.somebody_with(r#"{"stays":1}"#, r#"{"stays":1}"#).await?;
    let new = world.person().email;
    let verified = world.readdress(&made.id, &new).await?;
    let found = world.found(&new).await?;
    so(found.user_id == made.id, || "the new address is somebody else's".to_owned())?;
    so(found.email_verified == verified, || {
        format!("the new address was given with verified = {verified} and is otherwise")
    })?;
    so(found.to_json().matches(r#""stays":1"#).count() == 2, || "metadata did not stay".to_owned())?;
    let old = world.by_email(&made.person.email).await?;
    so(old.is_none(), || "the user is still found under the old address".to_owned())?;
    if world.able(Ability::Login) {
        let verdict = world.login(&new, &made.person.secret()).await?;
        so(matches!(verdict, Verdict::Accepted(_)), || {
            format!("a login under the new address was {}", verdict.name())
        })?;
        let verdict = world.login(&made.person.email, &made.person.secret()).await?;
        so(matches!(verdict, Verdict::UnknownUser | Verdict::WrongPassword), || {
            format!("a login under the old address was {}", verdict.name())
        })?;
    }
    let third = world.person().email;
    world.engine.change_email(&operator(), &made.id, &third, false).await?;
    so(!world.found(&third).await?.email_verified, || "an unproven address counts as verified".to_owned())
}

async fn taken_address(world: &World) -> Held {
    let (one, other) = (world.somebody().await?, world.somebody().await?);
    let result = world.engine.change_email(&operator(), &one.id, &other.person.email, true).await;
    let kind = result.as_ref().err().map(|error| error.kind());
    so(kind == Some(ErrorKind::Conflict), || format!("an address that somebody has was {kind:?}"))?;
    still_found(world, &one).await?;
    still_found(world, &other).await
}

async fn still_found(world: &World, made: &Made) -> Held {
    let found = world.found(&made.person.email).await?;
    so(found.user_id == made.id, || "an address now belongs to somebody else".to_owned())
}

async fn verified(world: &World) -> Held {
    let made = world.somebody_with(r#"{"stays":1}"#, r#"{"stays":1}"#).await?;
    let before = world.profile(&made.id).await?;
    so(!before.email_verified, || "a new address counts as verified".to_owned())?;
    so(world.engine.verify(&operator(), &made.id).await?, || "nobody was there".to_owned())?;
    let mut after = world.profile(&made.id).await?;
    so(after.email_verified, || "the address is not verified".to_owned())?;
    after.email_verified = false;
    after.updated_at = before.updated_at;
    // Who moves by this gets the time of the move, where the record does not say when it was made.
    after.created_at = before.created_at.or(after.created_at.filter(|_| world.mode() == Mode::Bridge));
    so(after.to_json() == before.to_json(), || "verify changed something else too".to_owned())?;
    so(world.engine.verify(&operator(), &made.id).await?, || "verifying again found nobody".to_owned())?;
    let by_id = world.engine.get_user(&world.connection, By::Id, &made.store_id).await?;
    so(by_id.is_some_and(|profile| profile.email_verified), || "the look-up by id tells something else".to_owned())
}
