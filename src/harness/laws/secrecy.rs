//! What errors and logs must never hold.

use crosswalk_contract::{Error, Field, Secret};

use super::super::{
    Held, Law, Stop, World,
    broken::so,
    people::{Made, operator},
};
use crate::{
    engine::{Ability, By},
    policy::Actor,
    profile::Change,
};

pub(super) const LAWS: &[Law] = &[
    Law::new("errors never hold a password, a hash or a value", &[Ability::GetUser, Ability::Login], |world| {
        Box::pin(errors(world))
    }),
    Law::new("logs never hold a password, a hash or a value", &[Ability::GetUser, Ability::Login], |world| {
        Box::pin(logs(world))
    }),
];

async fn errors(world: &World) -> Held {
    let (made, markers) = marked(world).await?;
    for error in adventures(world, &made, &markers).await? {
        clean(&format!("{error} {error:?} {error:#?}"), &markers.all, "an error")?;
    }
    Ok(())
}

async fn logs(world: &World) -> Held {
    let recorder = world.recorder()?;
    let (made, mut markers) = marked(world).await?;
    let row = match world.hand() {
        Ok(hand) => hand.row(&made.store_id).await?,
        Err(_) => None,
    };
    if let Some(row) = row {
        // Every long text of the row is a value or a hash; the id may be told, in the form that errors have for it.
        let texts = row.iter().filter_map(|(_, field)| match field {
            Field::Text(text) | Field::Json(text) if text.len() >= 12 && *text != made.store_id => Some(text.clone()),
            _ => None,
        });
        markers.all.extend(texts);
    }
    adventures(world, &made, &markers).await?;
    so(recorder.heard() > 0, || "nothing at all was logged".to_owned())?;
    for marker in &markers.all {
        if let Some(line) = recorder.line_with(marker) {
            let shown = line.replace(marker.as_str(), "<the value>");
            return Err(Stop::broken(format!("a value was logged: {shown}")));
        }
    }
    Ok(())
}

struct Markers {
    word: String,
    all: Vec<String>,
}

async fn marked(world: &World) -> Result<(Made, Markers), Stop> {
    let word = format!("marker{}marker", world.fresh_word());
    let mut person = world.person();
    person.email = format!("{word}@crosswalk.example");
    person.password = Some(Secret::new(format!("secret-{word}")));
    person.user_metadata = Some(format!(r#"{{"note":"{word}"}}"#));
    person.app_metadata = Some(format!(r#"{{"plan":"{word}"}}"#));
    let made = world.make(person).await?;
    Ok((made, Markers { all: vec![word.clone()], word }))
}

/// Everything that can be done with somebody, and everything that can go wrong with it. Returns what went wrong.
async fn adventures(world: &World, made: &Made, markers: &Markers) -> Result<Vec<Error>, Stop> {
    let (engine, connection, word) = (&world.engine, world.connection.as_str(), &markers.word);
    let mut errors = Vec::new();
    let mut keep = |error: Option<Error>| errors.extend(error);
    for password in [made.person.secret(), Secret::new(format!("wrong-{word}"))] {
        keep(engine.login(connection, &made.person.email, &password).await.err());
        keep(engine.login(connection, &format!("{word}' --"), &password).await.err());
    }
    for by in [By::Id, By::Email, By::Username, By::Phone] {
        keep(engine.get_user(connection, by, &format!("{word}\0'")).await.err());
    }
    keep(engine.get_user("no-such-connection", By::Email, word).await.err());
    for body in [
        format!(r#"{{"user_metadata":{{"ok":"{word}"}}}}"#),
        format!(r#"{{"app_metadata":{{"email":"{word}","a":{{"b.c":"{word}"}}}}}}"#),
        format!(r#"{{"user_metadata":{{"large":"{}{word}"}}}}"#, "x".repeat(1 << 20)),
    ] {
        let change = Change::from_json(&body)?;
        keep(engine.change_metadata(&Actor::User(made.id.clone()), &made.id, change.clone()).await.err());
        keep(engine.change_metadata(&operator(), &made.id, change).await.err());
    }
    let mut twin = made.person.clone();
    twin.user_metadata = None;
    twin.app_metadata = None;
    keep(world.try_create(&twin).await?.err());
    twin.email = format!("{word}\0@crosswalk.example");
    twin.password = Some(Secret::new(format!("{word}\0{}", "y".repeat(5_000))));
    keep(world.try_create(&twin).await?.err());
    let awkward = Secret::new(format!("{word}\0{}", "z".repeat(5_000)));
    keep(engine.change_password(&operator(), &made.id, &awkward).await.err());
    keep(engine.change_email(&operator(), &made.id, &format!(" {word} "), true).await.err());
    if let Ok(other) = world.somebody().await {
        keep(engine.change_email(&operator(), &other.id, &made.person.email, true).await.err());
    }
    if let Ok(hand) = world.hand() {
        hand.take_down();
        keep(engine.login(connection, &made.person.email, &made.person.secret()).await.err());
        keep(engine.get_user(connection, By::Email, &made.person.email).await.err());
        keep(engine.verify(&operator(), &made.id).await.err());
        hand.bring_back();
    }
    Ok(errors)
}

fn clean(text: &str, markers: &[String], what: &str) -> Held {
    match markers.iter().find(|marker| text.contains(marker.as_str())) {
        Some(marker) => {
            Err(Stop::broken(format!("{what} holds a value: {}", text.replace(marker.as_str(), "<the value>"))))
        }
        None => Ok(()),
    }
}
