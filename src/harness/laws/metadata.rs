//! Metadata to the letter: what is written comes back, what is not written stays.

use std::collections::BTreeSet;

use super::super::{
    Held, Law, Setup, Stage, Stop, World,
    broken::so,
    people::{Made, operator},
};
use crate::{
    engine::{Ability, Error, ErrorKind, Mode},
    policy::TypesMode,
    profile::{Change, Container, Profile},
};

const CHANGE: &[Ability] = &[Ability::ChangeMetadata, Ability::GetUser];

/// Numbers beyond every machine type, trailing zeros, escapes, white space, an order that is not the alphabet's.
const EXACT: [(&str, &str); 9] = [
    ("z_big", "12345678901234567890123"),
    ("a_zeros", "1.50"),
    ("exp", "1E+2"),
    ("minus", "-0.0"),
    ("escapes", r#""\u00e9\/\ud83d\ude00 \u0000 é""#),
    ("nested", r#"{"y":1,"b":[ ],"a":{"n":null}}"#),
    ("spaces", r#"[1, 2,  3]"#),
    ("empty", r#""""#),
    ("flag", "false"),
];

pub(super) const LAWS: &[Law] = &[
    Law::new("any JSON value comes back to the letter and in order", CHANGE, |world| Box::pin(exact(world))),
    Law::new("a change leaves every other field alone", CHANGE, |world| Box::pin(others_stay(world))),
    Law::new("null removes, an empty object clears, nested objects are replaced", CHANGE, |world| {
        Box::pin(rules(world))
    }),
    Law::new("what is over the limit is refused and changes nothing", CHANGE, |world| Box::pin(over_limit(world)))
        .set_up(Setup { metadata_limit: Some(300), ..Setup::PLAIN }),
    Law::new("a container over the limit may shrink and never grow", CHANGE, |world| Box::pin(shrinks(world)))
        .on(Stage::Fixture)
        .set_up(Setup { metadata_limit: Some(300), ..Setup::PLAIN }),
    Law::new("enforced types refuse another type and let null and whole numbers be", CHANGE, |world| {
        Box::pin(types(world, TypesMode::Enforce))
    })
    .set_up(Setup { types: Some(TypesMode::Enforce), ..Setup::PLAIN }),
    Law::new("types that only warn refuse nothing", CHANGE, |world| Box::pin(types(world, TypesMode::Warn)))
        .set_up(Setup { types: Some(TypesMode::Warn), ..Setup::PLAIN }),
    Law::new("types that are off refuse nothing", CHANGE, |world| Box::pin(types(world, TypesMode::Off)))
        .set_up(Setup { types: Some(TypesMode::Off), ..Setup::PLAIN }),
    Law::new("forbidden and reserved names are refused, all at once", CHANGE, |world| Box::pin(names(world))),
];

pub(super) async fn change(world: &World, made: &Made, body: &str) -> Result<Profile, Stop> {
    try_change(world, made, body).await??.ok_or_else(|| Stop::broken("a user who was made is gone"))
}

async fn try_change(world: &World, made: &Made, body: &str) -> Result<Result<Option<Profile>, Error>, Stop> {
    Ok(world.engine.change_metadata(&operator(), &made.id, Change::from_json(body)?).await)
}

pub(super) fn text(profile: &Profile, container: Container) -> &str {
    profile.container(container).map_or("{}", |metadata| metadata.as_str())
}

/// The container without the keys that the store itself shows of this user, such as a column mapped to a key.
pub(super) fn own(profile: &Profile, container: Container, of_the_store: &BTreeSet<String>) -> String {
    let members = profile.container(container).into_iter().flat_map(|metadata| metadata.iter());
    let own: Vec<String> = members
        .filter(|(key, _)| !of_the_store.contains(*key))
        .map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key)))
        .collect();
    format!("{{{}}}", own.join(","))
}

/// The keys that the store shows of somebody who was made without metadata.
pub(super) async fn of_the_store(world: &World) -> Result<BTreeSet<String>, Stop> {
    let bare = world.profile(&world.somebody().await?.id).await?;
    let containers = Container::ALL.into_iter().filter_map(|it| bare.container(it));
    Ok(containers.flat_map(|metadata| metadata.iter().map(|(key, _)| key.to_owned()).collect::<Vec<_>>()).collect())
}

async fn exact(world: &World) -> Held {
    let made = world.somebody().await?;
    for container in Container::ALL {
        let members: Vec<String> = EXACT.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let body = format!("{{\"{container}\":{{{}}}}}", members.join(","));
        let answer = change(world, &made, &body).await?;
        let read = world.profile(&made.id).await?;
        for (what, profile) in [("the answer", &answer), ("what is read", &read)] {
            let metadata =
                profile.container(container).ok_or_else(|| Stop::broken(format!("{what} has no {container}")))?;
            let own: Vec<(&str, &str)> =
                metadata.iter().filter(|(key, _)| EXACT.iter().any(|(name, _)| name == key)).collect();
            for ((key, value), (own_key, own_value)) in EXACT.iter().zip(&own) {
                so(key == own_key, || format!("the order of keys in {container} of {what} changed at `{key}`"))?;
                so(value == own_value, || format!("`{container}.{key}` of {what} is not what was written"))?;
            }
            so(own.len() == EXACT.len(), || format!("{container} of {what} lacks keys"))?;
        }
    }
    Ok(())
}

async fn others_stay(world: &World) -> Held {
    let (user, app) = (r#"{"keep":12345678901234567890123,"go":1}"#, r#"{"plan":"gold","dec":1.50}"#);
    let made = world.somebody_with(user, app).await?;
    let before = world.profile(&made.id).await?;
    let row = match world.hand() {
        Ok(hand) => hand.row(&made.store_id).await?,
        Err(_) => None,
    };
    change(world, &made, r#"{"user_metadata":{"go":2}}"#).await?;
    let mut after = world.profile(&made.id).await?;
    so(text(&after, Container::UserMetadata).contains(r#""go":2"#), || "the change is not there".to_owned())?;
    after.user_metadata = before.user_metadata.clone();
    after.updated_at = before.updated_at;
    // Who moves by this gets the time of the move, where the record does not say when it was made.
    after.created_at = before.created_at.or(after.created_at.filter(|_| world.mode() == Mode::Bridge));
    so(after.to_json() == before.to_json(), || "the profile changed elsewhere too".to_owned())?;
    change(world, &made, r#"{"user_metadata":{"go":1}}"#).await?;
    let back = world.profile(&made.id).await?;
    so(text(&back, Container::UserMetadata) == text(&before, Container::UserMetadata), || {
        "changed there and back, user_metadata is not what it was to the letter".to_owned()
    })?;
    if let Some(row) = row {
        let now = world.hand()?.row(&made.store_id).await?.ok_or_else(|| Stop::broken("the row is gone"))?;
        for (name, field) in row.iter() {
            so(now.get(name) == Some(field), || {
                format!("changed there and back, the column `{name}` is not what it was")
            })?;
        }
    }
    Ok(())
}

async fn rules(world: &World) -> Held {
    let made = world.somebody_with(r#"{"a":1,"b":{"x":1,"y":2},"c":[1,2]}"#, r#"{"k":1,"l":2}"#).await?;
    let store = of_the_store(world).await?;
    let is = |profile: &Profile, container, expected: &str, what: &str| {
        so(own(profile, container, &store) == expected, || format!("{what}: {container} is not what it has to be"))
    };
    let user = Container::UserMetadata;
    let now = change(world, &made, r#"{"user_metadata":{"a":null,"never":null}}"#).await?;
    is(&now, user, r#"{"b":{"x":1,"y":2},"c":[1,2]}"#, "null removes a key")?;
    let now = change(world, &made, r#"{"user_metadata":{"b":{"y":null},"c":[]}}"#).await?;
    is(&now, user, r#"{"b":{"y":null},"c":[]}"#, "nested objects and arrays are replaced whole")?;
    let now = change(world, &made, r#"{"user_metadata":{}}"#).await?;
    is(&now, user, "{}", "an empty object clears")?;
    is(&now, Container::AppMetadata, r#"{"k":1,"l":2}"#, "the other container stays")?;
    let now = change(world, &made, r#"{"app_metadata":{"k":null},"user_metadata":{"new":true}}"#).await?;
    is(&now, Container::AppMetadata, r#"{"l":2}"#, "both containers at once")?;
    is(&now, user, r#"{"new":true}"#, "both containers at once")?;
    let read = world.profile(&made.id).await?;
    is(&read, user, r#"{"new":true}"#, "what is read afterwards")?;
    is(&read, Container::AppMetadata, r#"{"l":2}"#, "what is read afterwards")?;
    match try_change(world, &made, r#"{"app_metadata":{}}"#).await? {
        // What the store shows and cannot write cannot be cleared; another law is about that.
        Err(error) if !store.is_empty() && error.kind() == ErrorKind::Refused => Ok(()),
        now => {
            is(
                &now?.ok_or_else(|| Stop::broken("a user is gone"))?,
                Container::AppMetadata,
                "{}",
                "an empty object clears",
            )?;
            let read = world.profile(&made.id).await?;
            is(&read, Container::AppMetadata, "{}", "what is read after clearing")
        }
    }
}

async fn over_limit(world: &World) -> Held {
    let made = world.somebody_with(r#"{"a":1}"#, r#"{"b":1}"#).await?;
    let before = world.profile(&made.id).await?;
    let large = "x".repeat(200);
    for container in Container::ALL {
        change(world, &made, &format!(r#"{{"{container}":{{"first":"{large}"}}}}"#)).await?;
        let full = world.profile(&made.id).await?;
        // Each alone is within the limit; together they are not. The small key must not get in without the large one.
        let body = format!(
            r#"{{"user_metadata":{{"small":1}},"app_metadata":{{"small":1}},"{container}":{{"small":1,"second":"{large}"}}}}"#
        );
        let body = match container {
            Container::UserMetadata => body.replacen(r#""user_metadata":{"small":1},"#, "", 1),
            Container::AppMetadata => body.replacen(r#""app_metadata":{"small":1},"#, "", 1),
        };
        let result = try_change(world, &made, &body).await?;
        let code = result.as_ref().err().map(|error| (error.kind(), error.code_name()));
        so(code == Some((ErrorKind::Refused, "metadata_too_large")), || {
            format!("{container} over the limit was {code:?}")
        })?;
        let now = world.profile(&made.id).await?;
        for which in Container::ALL {
            so(text(&now, which) == text(&full, which), || {
                format!("a change of {container} over the limit was refused, and {which} changed")
            })?;
        }
        change(world, &made, &format!(r#"{{"{container}":{{"first":null}}}}"#)).await?;
    }
    let after = world.profile(&made.id).await?;
    so(Container::ALL.into_iter().all(|it| text(&after, it) == text(&before, it)), || {
        "what was set and removed again left something behind".to_owned()
    })
}

async fn shrinks(world: &World) -> Held {
    let large = format!(r#"{{"old":"{}","more":"{}","c":1}}"#, "x".repeat(300), "y".repeat(100));
    let mut person = world.person();
    person.user_metadata = Some(large);
    let made = world.seed(vec![person]).await?.remove(0);
    let grown = try_change(world, &made, r#"{"user_metadata":{"new":"z"}}"#).await?;
    let code = grown.as_ref().err().map(|error| error.code_name());
    so(code == Some("metadata_too_large"), || format!("a container over the limit was let grow: {code:?}"))?;
    change(world, &made, r#"{"user_metadata":{"c":2}}"#).await?;
    let now = change(world, &made, r#"{"user_metadata":{"more":null}}"#).await?;
    let metadata = now.user_metadata.ok_or_else(|| Stop::broken("the container is gone"))?;
    let kept = metadata.get("old").is_some_and(|old| old.len() == 302) && metadata.get("c") == Some("2");
    so(kept && metadata.get("more").is_none(), || "a container over the limit did not shrink as asked".to_owned())
}

async fn types(world: &World, mode: TypesMode) -> Held {
    let (one, other) = (world.somebody().await?, world.somebody().await?);
    change(world, &one, r#"{"app_metadata":{"age":23,"roles":["a"],"deep":{"k":"v"}}}"#).await?;
    change(world, &other, r#"{"app_metadata":{"age":23.5}}"#).await?;
    change(world, &other, r#"{"app_metadata":{"age":null}}"#).await?;
    for (body, path) in [
        (r#"{"app_metadata":{"age":"23"}}"#, "app_metadata.age"),
        (r#"{"app_metadata":{"roles":[1]}}"#, "app_metadata.roles[]"),
        (r#"{"app_metadata":{"deep":{"k":1}}}"#, "app_metadata.deep.k"),
    ] {
        let result = try_change(world, &other, body).await?;
        if mode == TypesMode::Enforce {
            let error = result.err().ok_or_else(|| Stop::broken(format!("{path} got another type")))?;
            so(error.code_name() == "type_mismatch" && error.message().contains(path), || {
                format!("the refusal does not name {path}: {error:?}")
            })?;
        } else {
            result?;
        }
    }
    // Another container is another field.
    change(world, &other, r#"{"user_metadata":{"age":"23"}}"#).await.map(drop)
}

async fn names(world: &World) -> Held {
    let made = world.somebody_with(r#"{"a":1}"#, r#"{"b":1}"#).await?;
    let before = world.profile(&made.id).await?;
    let body = r#"{"user_metadata":{"with.dot":1,"ok":1},"app_metadata":{"user_id":1,"deep":{"$in":1}}}"#;
    let error = try_change(world, &made, body).await?.err().ok_or_else(|| Stop::broken("bad names were written"))?;
    so(error.kind() == ErrorKind::Refused, || format!("bad names were {:?}", error.kind()))?;
    for name in ["with.dot", "user_id", "$in"] {
        so(error.message().contains(name), || format!("the refusal does not name `{name}`: {error:?}"))?;
    }
    let after = world.profile(&made.id).await?;
    so(Container::ALL.into_iter().all(|it| text(&after, it) == text(&before, it)), || {
        "a change was refused and did something".to_owned()
    })
}
