//! Many at once, and those who do not wait for the answer.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use futures::future::join_all;

use super::{
    super::{
        Held, Law, Setup, Stop, World,
        broken::so,
        people::{Made, operator},
    },
    metadata::text,
};
use crate::{
    engine::{Ability, By, ErrorKind, Verdict},
    profile::{Change, Container},
};

const CHANGE: &[Ability] = &[Ability::ChangeMetadata, Ability::GetUser];

pub(super) const LAWS: &[Law] = &[
    Law::new("32 writers on 32 keys of one user lose nothing", CHANGE, |world| Box::pin(writers(world))),
    Law::new("a write whose caller leaves is whole or absent", CHANGE, |world| Box::pin(caller_leaves(world))),
    Law::new("users who are read at the same time never get each other's answers", &[Ability::GetUser], |world| {
        Box::pin(own_answers(world))
    }),
    Law::new(
        "after 1,000 calls that were broken off, every answer is the asked user's own",
        &[Ability::GetUser, Ability::Login],
        |world| Box::pin(broken_off(world)),
    )
    .set_up(Setup { one_connection: true, ..Setup::PLAIN }),
];

/// Instants that differ from run to run: no seed is better than another here.
struct Chance {
    random: RandomState,
    asked: u64,
}

impl Chance {
    fn new() -> Chance {
        Chance { random: RandomState::new(), asked: 0 }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.asked += 1;
        self.random.hash_one(self.asked) % bound
    }
}

async fn writers(world: &World) -> Held {
    let made = world.somebody_with(r#"{"old":1}"#, r#"{"old":1}"#).await?;
    let tasks = (0..32).map(|number| {
        let (engine, id) = (world.any_engine(number), made.id.clone());
        let container = Container::ALL[number / 2 % 2];
        tokio::spawn(async move {
            let body = format!(r#"{{"{container}":{{"key{number}":{number}}}}}"#);
            let change = Change::from_json(&body).map_err(Stop::from)?;
            // A store may be too busy for all of them at once; it says so, and the writer tries again.
            for attempt in 0..50u64 {
                match engine.change_metadata(&operator(), &id, change.clone()).await {
                    Err(error) if error.kind() == ErrorKind::Unavailable => {
                        tokio::time::sleep(Duration::from_millis(5 + 5 * attempt)).await;
                    }
                    other => return other.map(drop).map_err(Stop::from),
                }
            }
            Err(Stop::broken("the store stayed too busy to write"))
        })
    });
    for task in join_all(tasks).await {
        task.map_err(|error| Stop::broken(format!("a writer fell over: {error}")))??;
    }
    let now = world.profile(&made.id).await?;
    for number in 0..32 {
        let container = Container::ALL[number / 2 % 2];
        let value = now.container(container).and_then(|metadata| metadata.get(&format!("key{number}")));
        so(value == Some(number.to_string().as_str()), || {
            format!("what writer {number} wrote to {container} is lost")
        })?;
    }
    so(Container::ALL.into_iter().all(|it| text(&now, it).contains(r#""old":1"#)), || {
        "what was there is lost".to_owned()
    })
}

async fn caller_leaves(world: &World) -> Held {
    let made = world.somebody().await?;
    let mut chance = Chance::new();
    for round in 0..60 {
        let pairs: Vec<String> = (0..6).map(|key| format!(r#""k{key}":{round}"#)).collect();
        let pairs = pairs.join(",");
        let change = Change::from_json(&format!(r#"{{"user_metadata":{{{pairs}}},"app_metadata":{{{pairs}}}}}"#))?;
        let (engine, id) = (world.engine.clone(), made.id.clone());
        let writer = tokio::spawn(async move { engine.change_metadata(&operator(), &id, change).await });
        tokio::time::sleep(Duration::from_micros(chance.below(3_000))).await;
        writer.abort();
    }
    let settled = settled(world, &made).await?;
    let values: Vec<Option<&str>> = Container::ALL
        .into_iter()
        .flat_map(|it| (0..6).map(move |key| (it, key)))
        .map(|(it, key)| settled.container(it).and_then(|metadata| metadata.get(&format!("k{key}"))))
        .collect();
    so(values.windows(2).all(|pair| pair[0] == pair[1]), || {
        "after writes whose callers left, half of one write is there and half of another".to_owned()
    })
}

/// The profile after all that goes on has come to its end: the same three times in a row.
async fn settled(world: &World, made: &Made) -> Result<crate::profile::Profile, Stop> {
    let mut same = 0;
    let mut last = world.profile(&made.id).await?;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(40)).await;
        let now = world.profile(&made.id).await?;
        same = if now.to_json() == last.to_json() { same + 1 } else { 0 };
        last = now;
        if same == 3 {
            return Ok(last);
        }
    }
    Err(Stop::broken("writes whose callers left never came to an end"))
}

async fn crowd(world: &World, size: usize) -> Result<Vec<Made>, Stop> {
    let mut crowd = Vec::with_capacity(size);
    for _ in 0..size {
        let mut person = world.person();
        person.user_metadata = Some(format!(r#"{{"whose":"{}"}}"#, person.email));
        crowd.push(world.make(person).await?);
    }
    Ok(crowd)
}

fn own(made: &Made, profile: &crate::profile::Profile) -> Held {
    let marked = text(profile, Container::UserMetadata).contains(&made.person.email);
    let address = profile.email.as_deref() == Some(made.person.email.as_str());
    so(marked && address && profile.user_id == made.id, || "somebody got somebody else's answer".to_owned())
}

async fn asked_again(world: &World, made: &Made) -> Held {
    match world.by_email(&made.person.email).await? {
        Some(profile) => own(made, &profile),
        None => Err(Stop::broken("after calls that were broken off, a user is not found any more")),
    }
}

async fn own_answers(world: &World) -> Held {
    let crowd = crowd(world, 8).await?;
    let readers = crowd.iter().map(|made| async move {
        for round in 0..60 {
            let read = match round % 3 {
                0 => world.engine.get_user_by_id(&made.id).await,
                1 => world.engine.get_user(&world.connection, By::Email, &made.person.email).await,
                _ => world.engine.get_user(&world.connection, By::Id, &made.store_id).await,
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Unavailable => continue,
                read => own(made, &read?.ok_or_else(|| Stop::broken("a user who was made is not found"))?)?,
            }
        }
        Ok(())
    });
    join_all(readers).await.into_iter().collect()
}

async fn broken_off(world: &World) -> Held {
    let crowd = crowd(world, 6).await?;
    let mut chance = Chance::new();
    for call in 0..1_000 {
        let made = &crowd[call % crowd.len()];
        let (engine, connection, made) = (world.engine.clone(), world.connection.clone(), made.clone());
        let caller = tokio::spawn(async move {
            match call % 5 {
                0 => drop(engine.login(&connection, &made.person.email, &made.person.secret()).await),
                1 => drop(engine.get_user_by_id(&made.id).await),
                _ => drop(engine.get_user(&connection, By::Email, &made.person.email).await),
            }
        });
        match chance.below(4) {
            0 => tokio::task::yield_now().await,
            _ => tokio::time::sleep(Duration::from_micros(chance.below(400))).await,
        }
        caller.abort();
        if call % 8 == 7 {
            asked_again(world, &crowd[chance.below(crowd.len() as u64) as usize]).await?;
        }
    }
    // Whoever was broken off may still hold the one connection for a moment; nobody may hold it for good.
    let mut answered: BTreeMap<usize, usize> = BTreeMap::new();
    for attempt in 0..400 {
        let number = attempt % crowd.len();
        let made = &crowd[number];
        asked_again(world, made).await?;
        *answered.entry(number).or_default() += 1;
        if answered.len() == crowd.len() && answered.values().all(|count| *count >= 20) {
            break;
        }
    }
    let made = &crowd[0];
    match world.login(&made.person.email, &made.person.secret()).await? {
        Verdict::Accepted(profile) => own(made, &profile),
        other => Err(Stop::broken(format!("after calls that were broken off, a login was {}", other.name()))),
    }
}
