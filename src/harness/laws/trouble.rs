//! Stores that are not there.

use futures::StreamExt;

use super::super::{Held, Law, Stage, Stop, World, broken::so, people::operator};
use crate::{
    engine::{Ability, By, Error, ErrorKind, Mode, Verdict},
    profile::Change,
};

pub(super) const LAWS: &[Law] = &[Law::new(
    "a dead store is unavailable, never a wrong password, and comes back by itself",
    &[Ability::GetUser, Ability::Login],
    |world| Box::pin(dead(world)),
)
.on(Stage::Fixture)];

fn unavailable<T>(result: Result<T, Error>, what: &str) -> Held {
    match result {
        Ok(_) => Err(Stop::broken(format!("{what} got an answer from a store that is down"))),
        Err(error) if error.kind() == ErrorKind::Unavailable => Ok(()),
        Err(error) => Err(Stop::broken(format!("{what} from a store that is down was not unavailable: {error:?}"))),
    }
}

async fn dead(world: &World) -> Held {
    // Somebody who lives in the legacy store, in migrate mode too.
    let made = world.seed(vec![world.person()]).await?.remove(0);
    let hand = world.hand()?;
    let (engine, connection) = (&world.engine, world.connection.as_str());
    for _ in 0..2 {
        hand.take_down();
        let asked = async {
            let login = engine.login(connection, &made.person.email, &made.person.secret()).await;
            unavailable(login.map(|verdict| verdict.name()), "a login")?;
            unavailable(engine.get_user(connection, By::Email, &made.person.email).await, "get_user by address")?;
            unavailable(engine.get_user(connection, By::Id, &made.store_id).await, "get_user by id")?;
            unavailable(engine.get_user_by_id(&made.id).await, "get_user by user_id")?;
            let change = Change::from_json(r#"{"user_metadata":{"a":1}}"#)?;
            unavailable(engine.change_metadata(&operator(), &made.id, change).await, "change_metadata")?;
            if world.able(Ability::Create) {
                unavailable(world.try_create(&world.person()).await?, "create")?;
            }
            if world.able(Ability::ChangePassword) {
                let secret = made.person.secret();
                unavailable(engine.change_password(&operator(), &made.id, &secret).await, "change_password")?;
            }
            if world.able(Ability::Delete) {
                unavailable(engine.delete(&operator(), &made.id).await, "delete")?;
            }
            if world.able(Ability::List) {
                let mut listing = engine.list_users(connection, None)?;
                let mut last = None;
                while let Some(listed) = listing.next().await {
                    last = Some(listed);
                }
                match last {
                    Some(Err(error)) if error.kind() == ErrorKind::Unavailable => {}
                    Some(Err(error)) => return Err(Stop::broken(format!("a listing was not unavailable: {error:?}"))),
                    _ => return Err(Stop::broken("a listing of a store that is down came to a good end")),
                }
            }
            Ok(())
        };
        let asked = asked.await;
        hand.bring_back();
        asked?;
        // What could not be done was not done, and the store is found again without a restart.
        let found = world.found(&made.person.email).await?;
        so(found.user_id == made.id, || "after the store came back, an address is somebody else's".to_owned())?;
    }
    let verdict = world.login(&made.person.email, &made.person.secret()).await?;
    so(matches!(verdict, Verdict::Accepted(_)), || {
        format!("after the store came back a login was {}", verdict.name())
    })?;
    if world.mode() == Mode::Bridge {
        let change = Change::from_json(r#"{"user_metadata":{"a":1}}"#)?;
        so(engine.change_metadata(&operator(), &made.id, change).await?.is_some(), || {
            "after the store came back, a user cannot be changed".to_owned()
        })?;
    }
    Ok(())
}
