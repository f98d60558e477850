//! Who gets in, and who is told what.

use crosswalk_contract::Secret;

use super::super::{
    Held, Law, Stage, Stop, World,
    broken::so,
    people::{operator, without_logins},
};
use crate::{
    engine::{Ability, By, Verdict},
    profile::{Change, UserId},
};

pub(super) const LAWS: &[Law] = &[
    Law::new("an unknown user is an absence", &[Ability::GetUser, Ability::Login], |world| Box::pin(unknown(world))),
    Law::new("the right password opens and a wrong one does not", &[Ability::Login], |world| Box::pin(wrong(world))),
    Law::new("an empty password opens nothing", &[Ability::Login], |world| Box::pin(empty_password(world))),
    Law::new("an account without a password opens for nobody", &[Ability::Login], |world| Box::pin(no_password(world)))
        .on(Stage::Fixture),
    Law::new("a block shows only after the right password", &[Ability::Login, Ability::ChangeMetadata], |world| {
        Box::pin(blocked(world))
    }),
    Law::new("login and get_user tell the same profile", &[Ability::Login, Ability::GetUser], |world| {
        Box::pin(same_profile(world))
    }),
    Law::new("a user who must change the password is told so until it is changed", &[Ability::Login], |world| {
        Box::pin(must_change(world))
    })
    .on(Stage::Fixture),
];

async fn unknown(world: &World) -> Held {
    let nobody = world.person();
    so(world.by_email(&nobody.email).await?.is_none(), || "somebody was found who was never made".to_owned())?;
    for by in [By::Id, By::Username, By::Phone] {
        let found = world.engine.get_user(&world.connection, by.clone(), "0").await?;
        so(found.is_none(), || format!("somebody was found by {} 0", by.name()))?;
    }
    let verdict = world.login(&nobody.email, &nobody.secret()).await?;
    so(matches!(verdict, Verdict::UnknownUser) || is_wrong(&verdict), || {
        format!("an unknown user's login was {}", verdict.name())
    })?;
    let id =
        UserId::namespaced(&world.connection, "no-such-user-0").map_err(|error| Stop::broken(error.to_string()))?;
    so(world.engine.get_user_by_id(&id).await?.is_none(), || "an id that was never given out was found".to_owned())?;
    if world.able(Ability::ChangeMetadata) {
        let change = Change::from_json(r#"{"user_metadata":{"a":1}}"#)?;
        let changed = world.engine.change_metadata(&operator(), &id, change).await?;
        so(changed.is_none(), || "metadata of nobody was changed".to_owned())?;
    }
    if world.able(Ability::Delete) {
        so(!world.engine.delete(&operator(), &id).await?, || "nobody was deleted, and it was told as done".to_owned())?;
    }
    Ok(())
}

/// Stores that verify natively may not tell an unknown user from a wrong password.
fn is_wrong<T>(verdict: &Verdict<T>) -> bool {
    matches!(verdict, Verdict::WrongPassword)
}

async fn wrong(world: &World) -> Held {
    let made = world.somebody().await?;
    let right = made.person.secret();
    let right = right.expose();
    // What is wrong in each is exactly one thing: a letter's case, an end, what some hashes cut off, somebody's trim.
    let wrong = [
        right.to_uppercase(),
        right.to_lowercase(),
        format!("{right} "),
        format!(" {right}"),
        format!("{right}\0"),
        format!("{right}\0x"),
        right[..right.len() - 3].to_owned(),
        "' OR '1'='1".to_owned(),
        "*".to_owned(),
    ];
    for attempt in wrong {
        let verdict = world.login(&made.person.email, &Secret::new(attempt.as_str())).await?;
        so(is_wrong(&verdict), || {
            format!(
                "a password that differs from the right one at {} was {}",
                difference(&attempt, right),
                verdict.name()
            )
        })?;
    }
    match world.login(&made.person.email, &made.person.secret()).await? {
        Verdict::Accepted(profile) => so(profile.user_id == made.id, || "the login is somebody else's".to_owned()),
        other => Err(Stop::broken(format!("the right password was {}", other.name()))),
    }
}

/// Which attempt it was, without showing it.
fn difference(attempt: &str, right: &str) -> &'static str {
    match attempt {
        _ if attempt.contains('\0') => "a NUL",
        _ if attempt.trim() == right => "white space",
        _ if attempt.eq_ignore_ascii_case(right) || attempt.to_lowercase() == right.to_lowercase() => "letter case",
        _ if right.starts_with(attempt) => "its end",
        _ => "everything",
    }
}

async fn empty_password(world: &World) -> Held {
    let made = world.somebody().await?;
    for attempt in ["", " ", "\0"] {
        let verdict = world.login(&made.person.email, &Secret::new(attempt)).await?;
        so(is_wrong(&verdict), || format!("an empty password was {}", verdict.name()))?;
    }
    for identifier in ["", " ", "\0", "%", "*"] {
        let verdict = world.login(identifier, &made.person.secret()).await?;
        so(matches!(verdict, Verdict::UnknownUser | Verdict::WrongPassword), || {
            format!("an empty identifier was {}", verdict.name())
        })?;
    }
    Ok(())
}

async fn no_password(world: &World) -> Held {
    let mut person = world.person();
    person.password = None;
    world.seed(vec![person.clone()]).await?;
    for attempt in ["", " ", "x", "null", "NULL", "d41d8cd98f00b204e9800998ecf8427e"] {
        let verdict = world.login(&person.email, &Secret::new(attempt)).await?;
        so(matches!(verdict, Verdict::WrongPassword | Verdict::Locked), || {
            format!("an account without a password was {}", verdict.name())
        })?;
    }
    Ok(())
}

async fn blocked(world: &World) -> Held {
    let made = world.somebody().await?;
    let block = |blocked: bool| Change::from_json(&format!(r#"{{"blocked":{blocked}}}"#));
    let changed = world.engine.change_metadata(&operator(), &made.id, block(true)?).await?;
    so(changed.is_some_and(|profile| profile.blocked == Some(true)), || "a block is not in the answer".to_owned())?;

    let wrong = world.login(&made.person.email, &Secret::new("not the password")).await?;
    so(is_wrong(&wrong), || format!("a wrong password of a blocked user was {}", wrong.name()))?;
    let right = world.login(&made.person.email, &made.person.secret()).await?;
    so(matches!(right, Verdict::Blocked), || format!("the right password of a blocked user was {}", right.name()))?;

    world.engine.change_metadata(&operator(), &made.id, block(false)?).await?;
    let again = world.login(&made.person.email, &made.person.secret()).await?;
    so(matches!(again, Verdict::Accepted(_)), || format!("after the block was lifted, the login was {}", again.name()))
}

async fn same_profile(world: &World) -> Held {
    let made = world.somebody_with(r#"{"lang":"de","n":1.50}"#, r#"{"plan":"gold","roles":["a","b"]}"#).await?;
    let Verdict::Accepted(of_login) = world.login(&made.person.email, &made.person.secret()).await? else {
        return Err(Stop::broken("the right password was refused"));
    };
    let by_email = without_logins(world.found(&made.person.email).await?);
    let by_id = without_logins(world.profile(&made.id).await?);
    let of_login = without_logins(of_login);
    so(of_login == by_email, || "login and get_user by e-mail address differ".to_owned())?;
    so(of_login == by_id, || "login and get_user by id differ".to_owned())?;
    for expected in [r#""plan":"gold""#, r#""n":1.50"#, &made.person.email] {
        so(of_login.contains(expected), || "the profile does not have what the user was made with".to_owned())?;
    }
    Ok(())
}

async fn must_change(world: &World) -> Held {
    let mut person = world.person();
    person.must_change_password = true;
    let made = world.seed(vec![person]).await?.remove(0);
    for attempt in ["first", "second"] {
        let verdict = world.login(&made.person.email, &made.person.secret()).await?;
        so(matches!(verdict, Verdict::MustChangePassword(_)), || {
            format!("the {attempt} login was {}", verdict.name())
        })?;
    }
    if world.able(Ability::ChangePassword) && world.mode() == crate::engine::Mode::Migrate {
        let new = Secret::new("another password 1");
        so(world.engine.change_password(&operator(), &made.id, &new).await?, || "nobody was there".to_owned())?;
        let verdict = world.login(&made.person.email, &new).await?;
        so(matches!(verdict, Verdict::Accepted(_)), || format!("after the change, the login was {}", verdict.name()))?;
    }
    Ok(())
}
