//! Everybody, once.

use std::collections::BTreeMap;

use futures::StreamExt;

use super::super::{
    Held, Law, Person, Stage, Stop, World,
    broken::so,
    people::{Made, operator},
};
use crate::{
    engine::{Ability, ErrorKind},
    profile::UserId,
};

pub(super) const LAWS: &[Law] = &[
    Law::new("a listing tells the profile that get_user tells", &[Ability::List, Ability::GetUser], |world| {
        Box::pin(same_as_get_user(world))
    }),
    Law::new("a listing meets every user once while others come and go", &[Ability::List], |world| {
        Box::pin(come_and_go(world))
    })
    .on(Stage::Fixture),
    Law::new("a listing goes on after a cursor and meets nobody twice", &[Ability::List], |world| {
        Box::pin(resumes(world))
    })
    .on(Stage::Fixture),
    Law::new("a listing meets every user once while they move", &[Ability::List, Ability::Login], |world| {
        Box::pin(while_they_move(world))
    })
    .on(Stage::Migrate),
    Law::new("a cursor that was never given is refused", &[Ability::List], |world| Box::pin(bad_cursor(world))),
];

/// More than a batch of any adapter and a page of the directory.
const MANY: usize = 1_050;

async fn many(world: &World, count: usize) -> Result<Vec<Made>, Stop> {
    // Passwords are left out where nobody logs in: hashing them would take longer than everything else.
    let people = (0..count).map(|_| Person { password: None, ..world.person() });
    world.seed(people.collect()).await
}

fn once(met: &BTreeMap<UserId, usize>, expected: &[Made]) -> Held {
    for made in expected {
        let times = met.get(&made.id).copied().unwrap_or_default();
        so(times == 1, || format!("somebody who was there from beginning to end was met {times} times"))?;
    }
    Ok(())
}

async fn same_as_get_user(world: &World) -> Held {
    let mut expected = BTreeMap::new();
    for number in 0..5 {
        let made = world.somebody_with(&format!(r#"{{"n":{number}}}"#), r#"{"plan":1.50}"#).await?;
        expected.insert(made.id.clone(), world.profile(&made.id).await?.to_json());
    }
    let mut listing = world.engine.list_users(&world.connection, None)?;
    while let Some(listed) = listing.next().await {
        // Others may be there, and rows that are nobody.
        let Ok(profile) = listed?.user else { continue };
        if let Some(told) = expected.remove(&profile.user_id) {
            so(told == profile.to_json(), || "a listing tells something else".to_owned())?;
        }
    }
    so(expected.is_empty(), || format!("{} users are missing in the listing", expected.len()))
}

async fn come_and_go(world: &World) -> Held {
    let stay = many(world, MANY).await?;
    let mut go = many(world, 60).await?;
    let mut met: BTreeMap<UserId, usize> = BTreeMap::new();
    let mut listing = world.engine.list_users(&world.connection, None)?;
    let mut number = 0;
    while let Some(listed) = listing.next().await {
        *met.entry(listed?.user?.user_id).or_default() += 1;
        number += 1;
        if number % 50 == 0 {
            if let Some(made) = go.pop() {
                world.engine.delete(&operator(), &made.id).await?;
            }
            if world.able(Ability::Create) {
                world.create(world.person()).await?;
            }
        }
    }
    so(met.values().all(|times| *times == 1), || "somebody was met twice".to_owned())?;
    once(&met, &stay)
}

async fn resumes(world: &World) -> Held {
    let stay = many(world, MANY).await?;
    let mut met: BTreeMap<UserId, usize> = BTreeMap::new();
    let (mut resume, mut parts): (Option<String>, usize) = (None, 0);
    loop {
        parts += 1;
        so(parts < 100, || "a resumed listing never ends".to_owned())?;
        let mut listing = world.engine.list_users(&world.connection, resume.as_deref())?;
        let mut batch: Option<String> = None;
        let mut more = false;
        while let Some(listed) = listing.next().await {
            let listed = listed?;
            if batch.is_some() && listed.resume != batch {
                more = true;
                break;
            }
            batch = listed.resume;
            *met.entry(listed.user?.user_id).or_default() += 1;
        }
        if !more {
            break;
        }
        resume = batch;
    }
    so(parts > 1, || "the listing never gave a cursor to go on from".to_owned())?;
    so(met.values().all(|times| *times == 1), || "somebody was met twice".to_owned())?;
    once(&met, &stay)
}

async fn while_they_move(world: &World) -> Held {
    let movers = world.seed((0..60).map(|_| world.person()).collect()).await?;
    let mut crowd = many(world, 300).await?;
    crowd.extend(movers.iter().cloned());
    for made in movers.iter().take(10) {
        world.login(&made.person.email, &made.person.secret()).await?;
    }
    let (engine, connection) = (world.engine.clone(), world.connection.clone());
    let moving = tokio::spawn(async move {
        for made in movers.iter().skip(10) {
            engine.login(&connection, &made.person.email, &made.person.secret()).await?;
        }
        Ok::<(), crosswalk_contract::Error>(())
    });
    let mut met: BTreeMap<UserId, usize> = BTreeMap::new();
    let mut listing = world.engine.list_users(&world.connection, None)?;
    let mut number = 0;
    while let Some(listed) = listing.next().await {
        *met.entry(listed?.user?.user_id).or_default() += 1;
        number += 1;
        if number % 10 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    moving.await.map_err(|error| Stop::broken(format!("a login fell over: {error}")))??;
    once(&met, &crowd)
}

async fn bad_cursor(world: &World) -> Held {
    for cursor in ["", "x", "d:", "s:1", "d:1:not-an-id", "s:1:not a cursor of this store", "s:99999999999999999999:1"]
    {
        let mut listing = match world.engine.list_users(&world.connection, Some(cursor)) {
            Ok(listing) => listing,
            Err(error) => {
                so(error.kind() == ErrorKind::Refused, || format!("a bad cursor was {:?}", error.kind()))?;
                continue;
            }
        };
        match listing.next().await {
            Some(Err(error)) => so(error.kind() == ErrorKind::Refused, || format!("a bad cursor was {error:?}"))?,
            _ => return Err(Stop::broken(format!("the cursor `{cursor}` was taken as one"))),
        }
    }
    Ok(())
}
