//! Who may change what, and what owns a key.

use futures::StreamExt;

use super::{
    super::{
        Held, Law, Stage, Stop, World,
        broken::so,
        people::{Made, operator},
    },
    metadata::{change, of_the_store, own, text},
};
use crate::{
    directory::Owner,
    engine::{Ability, ErrorKind},
    policy::Actor,
    profile::{Change, Container},
};

const CHANGE: &[Ability] = &[Ability::ChangeMetadata, Ability::GetUser];

pub(super) const LAWS: &[Law] = &[
    Law::new("a signed-in user changes only their own user_metadata", CHANGE, |world| Box::pin(own_only(world))),
    Law::new("a key that the store returns and cannot write is refused with the reason", CHANGE, |world| {
        Box::pin(store_owned(world))
    })
    .on(Stage::Bridge),
    Law::new("a reused id inherits nothing", &[Ability::Delete, Ability::ChangeMetadata, Ability::GetUser], |world| {
        Box::pin(reused(world))
    })
    .on(Stage::Fixture),
    Law::new("an id that was removed behind our back and given again inherits nothing", &[Ability::Create], |world| {
        Box::pin(reused_behind_our_back(world))
    })
    .on(Stage::Bridge),
    Law::new("an id that the store gives to somebody else unseen inherits nothing", CHANGE, |world| {
        Box::pin(given_away(world))
    })
    .on(Stage::Bridge),
    Law::new(
        "a new address leaves what is laid over where it is",
        &[Ability::ChangeEmail, Ability::GetUser],
        |world| Box::pin(readdressed(world)),
    )
    .on(Stage::Bridge),
    Law::new("an interrupted change is finished at the next start", CHANGE, |world| Box::pin(recovered(world)))
        .on(Stage::Bridge),
    Law::new("an interrupted change that is finished late undoes nothing newer", CHANGE, |world| {
        Box::pin(recovered_late(world))
    })
    .on(Stage::Bridge),
];

async fn own_only(world: &World) -> Held {
    let (me, other) = (world.somebody().await?, world.somebody().await?);
    let actor = Actor::User(me.id.clone());
    let own = Change::from_json(r#"{"user_metadata":{"lang":"fr"}}"#)?;
    let changed = world.engine.change_metadata(&actor, &me.id, own.clone()).await?;
    so(changed.is_some_and(|profile| text(&profile, Container::UserMetadata).contains("fr")), || {
        "a user could not change their own user_metadata".to_owned()
    })?;
    let attempts = [
        ("somebody else's user_metadata", &other, own),
        ("their own app_metadata", &me, Change::from_json(r#"{"app_metadata":{"plan":"gold"}}"#)?),
        ("their own block", &me, Change::from_json(r#"{"blocked":false}"#)?),
        ("both at once", &me, Change::from_json(r#"{"user_metadata":{"x":1},"app_metadata":{"plan":"gold"}}"#)?),
    ];
    for (what, whose, change) in attempts {
        let result = world.engine.change_metadata(&actor, &whose.id, change).await;
        let code = result.as_ref().err().map(|error| (error.kind(), error.code_name()));
        so(code == Some((ErrorKind::Refused, "not_owner")), || format!("a user changed {what}: {code:?}"))?;
    }
    let me_now = world.profile(&me.id).await?;
    so(!text(&me_now, Container::AppMetadata).contains("gold") && !me_now.to_json().contains(r#""x":1"#), || {
        "a refused change did something".to_owned()
    })?;
    let theirs = world.profile(&other.id).await?;
    so(!text(&theirs, Container::UserMetadata).contains("fr"), || "somebody else was changed".to_owned())?;
    managed_only(world, &me, &actor).await
}

async fn managed_only(world: &World, me: &Made, actor: &Actor) -> Held {
    let refused = |result: Result<bool, crosswalk_contract::Error>, what: &str| {
        let code = result.err().map(|error| error.code_name());
        so(code == Some("not_owner"), || format!("a signed-in user could {what} through the engine: {code:?}"))
    };
    refused(world.engine.delete(actor, &me.id).await, "delete")?;
    refused(world.engine.verify(actor, &me.id).await, "verify")?;
    refused(world.engine.change_password(actor, &me.id, &me.person.secret()).await, "set a password")?;
    refused(world.engine.change_email(actor, &me.id, "a@b.example", true).await, "change the address")
}

async fn store_owned(world: &World) -> Held {
    let (container, key) = world
        .hand()?
        .key_it_cannot_write()
        .ok_or_else(|| Stop::not_applicable("this store can write all that it returns"))?;
    let made = world.somebody().await?;
    let before = world.profile(&made.id).await?;
    so(before.container(container).is_some_and(|it| it.get(&key).is_some()), || {
        format!("the store does not return `{container}.{key}`")
    })?;
    for body in [
        format!(r#"{{"{container}":{{"{key}":"mine"}}}}"#),
        format!(r#"{{"{container}":{{"{key}":null}}}}"#),
        format!(r#"{{"{container}":{{"{key}":"mine","free":1}}}}"#),
        format!(r#"{{"{container}":{{}}}}"#),
    ] {
        let result = world.engine.change_metadata(&operator(), &made.id, Change::from_json(&body)?).await;
        let error = result.err().ok_or_else(|| Stop::broken("a change was accepted and is lost"))?;
        so(error.kind() == ErrorKind::Refused && error.message().contains(&key), || {
            format!("the refusal does not say which key and why: {error:?}")
        })?;
        let after = world.profile(&made.id).await?;
        so(after.to_json() == before.to_json(), || "a refused change did something".to_owned())?;
    }
    Ok(())
}

async fn reused(world: &World) -> Held {
    let made = world.seed(vec![world.person()]).await?.remove(0);
    change(world, &made, r#"{"app_metadata":{"inherited":"yes"},"user_metadata":{"inherited":"yes"},"blocked":true}"#)
        .await?;
    so(world.engine.delete(&operator(), &made.id).await?, || "a user who was made could not be deleted".to_owned())?;
    world.hand()?.remove(&made.store_id).await?;

    let mut next = world.person();
    next.id = Some(made.store_id.clone());
    world.seed(vec![next]).await?;
    inherits_nothing(world, &made).await
}

async fn reused_behind_our_back(world: &World) -> Held {
    let made = world.seed(vec![world.person()]).await?.remove(0);
    change(world, &made, r#"{"app_metadata":{"inherited":"yes"},"user_metadata":{"inherited":"yes"},"blocked":true}"#)
        .await?;
    world.hand()?.remove(&made.store_id).await?;
    let mut next = world.person();
    next.id = Some(made.store_id.clone());
    match world.try_create(&next).await? {
        Ok(profile) if profile.user_id == made.id => inherits_nothing(world, &made).await,
        Ok(_) => Err(Stop::not_applicable("this store gives ids itself")),
        Err(error) if matches!(error.kind(), ErrorKind::Refused | ErrorKind::Unsupported) => {
            Err(Stop::not_applicable(format!("this store gives ids itself: {}", error.message())))
        }
        Err(error) => Err(error.into()),
    }
}

async fn given_away(world: &World) -> Held {
    let made = world.seed(vec![world.person()]).await?.remove(0);
    change(world, &made, r#"{"app_metadata":{"inherited":"yes"},"user_metadata":{"inherited":"yes"},"blocked":true}"#)
        .await?;
    // As if the process had ended in the middle of a change for the former owner.
    let owner = Owner::new(made.id.clone(), world.connection.as_str(), made.store_id.as_str());
    let body = r#"{"app_metadata":{"inherited":"late"},"user_metadata":{"inherited":"late"}}"#;
    let begun = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
    world.engine.directory().begin_intent(&owner, body, begun).await?;
    world.hand()?.remove(&made.store_id).await?;
    let mut next = world.person();
    next.id = Some(made.store_id.clone());
    world.seed(vec![next]).await?;

    if world.able(Ability::List) {
        let mut everybody = world.engine.list_users(&world.connection, None)?;
        while let Some(listed) = everybody.next().await {
            let shown = listed?.user.is_ok_and(|profile| profile.to_json().contains("inherited"));
            so(!shown, || "a listing shows metadata of the former user".to_owned())?;
        }
    }
    // A change comes first, so nobody has looked at the new owner before.
    let changed = change(world, &made, r#"{"app_metadata":{"own":1}}"#).await?;
    so(!changed.to_json().contains("inherited"), || "a change brings metadata of the former user up".to_owned())?;
    world.engine.recover().await?;
    inherits_nothing(world, &made).await
}

async fn readdressed(world: &World) -> Held {
    let made = world.seed(vec![world.person()]).await?.remove(0);
    change(world, &made, r#"{"app_metadata":{"kept":"yes"},"user_metadata":{"kept":"yes"}}"#).await?;
    let new = world.person().email;
    world.readdress(&made.id, &new).await?;
    for engine in [world.any_engine(1), world.engine.clone()] {
        let profile = engine.get_user_by_id(&made.id).await?.ok_or_else(|| Stop::broken("the user is gone"))?;
        for container in Container::ALL {
            so(text(&profile, container).contains("kept"), || format!("{container} is lost with the old address"))?;
        }
    }
    Ok(())
}

async fn inherits_nothing(world: &World, made: &Made) -> Held {
    // In migrate mode a tombstone may keep the id from coming back at all: that is nothing inherited, too.
    let Some(profile) = world.engine.get_user_by_id(&made.id).await? else { return Ok(()) };
    so(!profile.to_json().contains("inherited"), || "metadata of the former user is shown".to_owned())?;
    so(profile.blocked != Some(true), || "the former user's block is shown".to_owned())
}

async fn recovered(world: &World) -> Held {
    let store = of_the_store(world).await?;
    let made = world.somebody_with(r#"{"a":1}"#, r#"{"b":1}"#).await?;
    // As if the process had ended after the change was written down and before it reached either place.
    let body = r#"{"user_metadata":{"late":1.50},"app_metadata":{"late":{"x":1}}}"#;
    let owner = Owner::new(made.id.clone(), world.connection.as_str(), made.store_id.as_str());
    let begun = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1);
    world.engine.directory().begin_intent(&owner, body, begun).await?;
    if let Ok(hand) = world.hand() {
        hand.take_down();
        let recovered = world.engine.recover().await?;
        hand.bring_back();
        so((recovered.finished, recovered.waiting) == (0, 1), || {
            format!("while the store was down, {recovered:?} was told of one interrupted change")
        })?;
    }
    let recovered = world.engine.recover().await?;
    so(recovered.finished == 1, || format!("{recovered:?} was told of one interrupted change"))?;
    let now = world.profile(&made.id).await?;
    so(own(&now, Container::UserMetadata, &store) == r#"{"a":1,"late":1.50}"#, || {
        "user_metadata was not finished".to_owned()
    })?;
    so(own(&now, Container::AppMetadata, &store) == r#"{"b":1,"late":{"x":1}}"#, || {
        "app_metadata was not finished".to_owned()
    })?;
    let again = world.engine.recover().await?;
    so(again.finished == 0 && again.waiting == 0, || "a finished change was found again".to_owned())
}

async fn recovered_late(world: &World) -> Held {
    let made = world.somebody().await?;
    let body = r#"{"user_metadata":{"plan":"old","kept":1},"app_metadata":{"plan":"old","kept":1}}"#;
    let owner = Owner::new(made.id.clone(), world.connection.as_str(), made.store_id.as_str());
    let begun = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    world.engine.directory().begin_intent(&owner, body, begun).await?;
    change(world, &made, r#"{"user_metadata":{"plan":"new"},"app_metadata":{"plan":"new"}}"#).await?;
    world.engine.recover().await?;
    let now = world.profile(&made.id).await?;
    for container in Container::ALL {
        let member = |key: &str| now.container(container).and_then(|metadata| metadata.get(key));
        so(member("plan") == Some(r#""new""#), || format!("a newer change of {container} was undone"))?;
        so(member("kept") == Some("1"), || format!("the interrupted change of {container} is lost"))?;
    }
    Ok(())
}
