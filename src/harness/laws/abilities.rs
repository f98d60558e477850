//! What is promised can be done, and what can be done is promised.

use crosswalk_contract::Secret;
use futures::StreamExt;

use super::super::{Held, Law, Stop, World, broken::so, people::operator};
use crate::{
    engine::{Ability, By, Error, ErrorKind},
    profile::Change,
};

pub(super) const LAWS: &[Law] =
    &[Law::new("what is promised can be done and what can be done is promised", &[], |world| Box::pin(agree(world)))];

async fn agree(world: &World) -> Held {
    let made = world.somebody().await?;
    let (engine, connection) = (&world.engine, world.connection.as_str());
    // Deleting comes last: the others need somebody.
    let order = Ability::ALL.into_iter().filter(|it| *it != Ability::Delete).chain([Ability::Delete]);
    for ability in order {
        let result: Result<(), Error> = match ability {
            Ability::Login => engine.login(connection, &made.person.email, &made.person.secret()).await.map(drop),
            Ability::GetUser => engine.get_user(connection, By::Email, &made.person.email).await.map(drop),
            Ability::Create => world.try_create(&world.person()).await?.map(drop),
            Ability::ChangeMetadata => {
                let change = Change::from_json(r#"{"user_metadata":{"a":1},"app_metadata":{"a":1}}"#)?;
                engine.change_metadata(&operator(), &made.id, change).await.map(drop)
            }
            Ability::Verify => engine.verify(&operator(), &made.id).await.map(drop),
            Ability::ChangePassword => {
                engine.change_password(&operator(), &made.id, &Secret::new("another password 3")).await.map(drop)
            }
            Ability::ChangeEmail => {
                engine.change_email(&operator(), &made.id, &world.person().email, false).await.map(drop)
            }
            Ability::List => match engine.list_users(connection, None) {
                Ok(mut listing) => listing.next().await.transpose().map(drop),
                Err(error) => Err(error),
            },
            Ability::Delete => engine.delete(&operator(), &made.id).await.map(drop),
        };
        let promised = engine.connection(connection)?.can(ability);
        let unsupported = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unsupported);
        match (&promised, &result) {
            (Ok(()), Err(error)) => {
                return Err(Stop::broken(format!("{ability} is promised and cannot be done: {error:?}")));
            }
            (Err(_), _) => so(unsupported, || {
                format!("{ability} is not promised, and asked for it the answer is not that it is unsupported")
            })?,
            (Ok(()), Ok(())) => {}
        }
    }
    Ok(())
}
