//! Text that wants to be more than text.

use super::super::{Held, Law, Stop, World, broken::so, people::operator};
use crate::{
    engine::{Ability, By, ErrorKind, Verdict},
    profile::{Change, UserId},
};

pub(super) const LAWS: &[Law] = &[
    Law::new("text that only looks like an id is nobody", &[Ability::GetUser], |world| Box::pin(not_quite_ids(world))),
    Law::new("hostile text is only data when it is looked up", &[Ability::GetUser, Ability::Login], |world| {
        Box::pin(looked_up(world))
    }),
    Law::new("hostile text is only data when it is written", &[Ability::Create, Ability::GetUser], |world| {
        Box::pin(written(world))
    }),
    Law::new("hostile text is only data in metadata", &[Ability::ChangeMetadata, Ability::GetUser], |world| {
        Box::pin(in_metadata(world))
    }),
];

async fn not_quite_ids(world: &World) -> Held {
    let made = world.somebody().await?;
    let id = &made.store_id;
    let found = world.engine.get_user(&world.connection, By::Id, id).await?;
    so(found.is_some_and(|profile| profile.user_id == made.id), || "a user is not found by the store's id".to_owned())?;
    let near = [
        format!("{id}abc"),
        format!(" {id}"),
        format!("{id} "),
        format!("{id}.0"),
        format!("+{id}"),
        format!("0{id}"),
        format!("{id}\0"),
        format!("{id}\n"),
        format!("{id}' OR '1'='1"),
        format!("{id}e0"),
        format!("0x{id}"),
        "' OR 1=1 --".to_owned(),
        String::new(),
    ];
    for (number, asked) in near.iter().enumerate() {
        let found = world.engine.get_user(&world.connection, By::Id, asked).await?;
        so(found.is_none(), || format!("somebody was found by an id that is only like theirs (form {number})"))?;
        if let Ok(user_id) = UserId::parse(&made.id.as_str().replace(id.as_str(), asked)) {
            let found = world.engine.get_user_by_id(&user_id).await?;
            so(found.is_none(), || {
                format!("somebody was found by a user_id that is only like theirs (form {number})")
            })?;
        }
    }
    Ok(())
}

/// What has broken stores before, each once.
fn hostile() -> [String; 12] {
    [
        "o'brien".to_owned(),
        "o\"brien".to_owned(),
        "back\\slash".to_owned(),
        "back\\".to_owned(),
        "nul\0byte".to_owned(),
        "😀 emoji 👩‍👩‍👧".to_owned(),
        "x".repeat(10_000),
        "'; DROP TABLE users; --".to_owned(),
        "%".to_owned(),
        "*)(uid=*))(|(uid=*".to_owned(),
        "$ne".to_owned(),
        "line\nbreak\ttab \u{202e}turned".to_owned(),
    ]
}

async fn looked_up(world: &World) -> Held {
    let made = world.somebody().await?;
    for (number, text) in hostile().into_iter().enumerate() {
        for asked in [text.clone(), format!("{text}@crosswalk.example"), format!("{}{text}", made.person.email)] {
            for by in [By::Email, By::Username, By::Phone, By::Id] {
                let found = world.engine.get_user(&world.connection, by.clone(), &asked).await?;
                so(found.is_none(), || format!("hostile text {number} found somebody by {}", by.name()))?;
            }
            let verdict = world.login(&asked, &made.person.secret()).await?;
            so(matches!(verdict, Verdict::UnknownUser | Verdict::WrongPassword), || {
                format!("a login with hostile text {number} was {}", verdict.name())
            })?;
        }
    }
    world.found(&made.person.email).await.map(drop)
}

async fn written(world: &World) -> Held {
    for (number, text) in hostile().into_iter().enumerate() {
        let mut person = world.person();
        person.email = format!("{text}.{}", person.email);
        person.user_metadata = Some(format!("{{\"note\":{}}}", json(&text)));
        match world.try_create(&person).await? {
            Err(error) => {
                // A store may refuse what it cannot hold: a NUL, 10 kB in 255 characters. It must say so, and do nothing.
                let told = matches!(error.kind(), ErrorKind::Refused | ErrorKind::Unsupported);
                so(told, || format!("hostile text {number} was neither written nor refused: {error:?}"))?;
                so(world.by_email(&person.email).await?.is_none(), || {
                    format!("hostile text {number} was refused, and somebody is there")
                })?;
            }
            Ok(profile) => {
                let told = profile.email.as_deref().unwrap_or_default();
                so(told.eq_ignore_ascii_case(&person.email) || told == person.email.to_lowercase(), || {
                    format!("hostile text {number} was changed on the way in")
                })?;
                let found = world.found(&person.email).await?;
                so(found.user_id == profile.user_id, || format!("hostile text {number} finds somebody else"))?;
                let note = found.user_metadata.as_ref().and_then(|metadata| metadata.get("note"));
                so(note == Some(json(&text).as_str()), || format!("hostile text {number} changed in metadata"))?;
            }
        }
    }
    Ok(())
}

async fn in_metadata(world: &World) -> Held {
    let made = world.somebody().await?;
    for (number, text) in hostile().into_iter().enumerate() {
        // As a value, and as a key where the policy lets it be one.
        let key = if text.contains(['.', '$']) { "key".to_owned() } else { text.clone() };
        let body = format!("{{\"user_metadata\":{{{}:{}}}}}", json(&key), json(&text));
        let changed = world.engine.change_metadata(&operator(), &made.id, Change::from_json(&body)?).await?;
        let changed = changed.ok_or_else(|| Stop::broken("a user who was made is gone"))?;
        let value = changed.user_metadata.as_ref().and_then(|metadata| metadata.get(&key));
        so(value == Some(json(&text).as_str()), || format!("hostile text {number} changed in metadata"))?;
    }
    Ok(())
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
