//! The demo's tour: each scene says what it does, does it through the engine, and shows what came of it.
//!
//! A scene that ends otherwise than it should ends the demo with an error, so that the demo is a test too.

use std::{io, time::Instant};

use crosswalk_contract::By;

use super::shop::{Customer, cast};
use crate::{
    cli::{
        failure::Outcome,
        opening::operator,
        screen::{BAD, FAINT, GOOD, STRONG, Screen, paint},
        try_user::{look_again, portrait},
    },
    engine::{Engine, Error, ErrorKind, Secret, Verdict},
    policy::Actor,
    profile::{Change, NewProfile, Profile},
};

const SHOP: &str = "shop";
const MOVING: &str = "shop-moving";

pub(super) struct Tour<'t> {
    customers: &'t [Customer],
}

impl<'t> Tour<'t> {
    pub(super) fn new(customers: &'t [Customer]) -> Tour<'t> {
        Tour { customers }
    }

    /// The shop as it is.
    pub(super) async fn bridge(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        self.logins(engine, screen).await?;
        self.look_up(engine, screen).await?;
        self.create(engine, screen).await?;
        self.change(engine, screen).await?;
        self.dirt(engine, screen).await
    }

    async fn logins(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        scene(screen, 1, "Log in", "The hashes are those that the shop has; nobody resets a password.")?;
        for (email, what) in [
            (cast::ANNA, "salted md5, 2009"),
            (cast::BJOERN, "phpass, 2012"),
            (cast::XIAOLONG, "bcrypt, 2015"),
            (cast::ZOE, "Django PBKDF2, 2019"),
        ] {
            let start = Instant::now();
            let verdict = engine.login(SHOP, email, &self.password(email)?).await?;
            self.expect(&verdict, "accepted")?;
            tell(screen, email, what, GOOD, &format!("accepted in {} ms", start.elapsed().as_millis()))?;
        }
        let wrong = Secret::new("not the password");
        let verdict = engine.login(SHOP, cast::ANNA, &wrong).await?;
        self.expect(&verdict, "wrong_password")?;
        tell(screen, cast::ANNA, "a wrong password", BAD, "refused: wrong password")?;
        let verdict = engine.login(SHOP, "nobody@example.com", &wrong).await?;
        self.expect(&verdict, "unknown_user")?;
        tell(screen, "nobody@example.com", "nobody at all", BAD, "refused: outside it looks the same")?;
        let verdict = engine.login(SHOP, cast::RENEE, &self.password(cast::RENEE)?).await?;
        self.expect(&verdict, "blocked")?;
        tell(screen, cast::RENEE, "blocked, right password", BAD, "refused: blocked")?;
        Ok(())
    }

    async fn look_up(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        scene(screen, 2, "Look up", "Columns become attributes, and the column `metadata` becomes app_metadata.")?;
        let sight = found(engine.look_at(SHOP, By::Email, cast::ANNA).await?)?;
        portrait(engine, SHOP, &sight).await?.draw(screen)?;
        Ok(())
    }

    async fn create(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        scene(screen, 3, "Create", "A new user is written in the shop's own words: its dates, its flags, its hashes.")?;
        let metadata = crate::profile::Metadata::parse(r#"{"plan":"basic","loyalty":{"points":0}}"#).ok();
        let user = NewProfile {
            email: Some("newcomer@example.com".to_owned()),
            given_name: Some("Ọláwálé".to_owned()),
            family_name: Some("Newcomer".to_owned()),
            app_metadata: metadata,
            ..NewProfile::default()
        };
        let password = Secret::new("a password for the tour");
        let profile = engine.create(&operator(), SHOP, user, &password).await?;
        self.draw_again(engine, SHOP, &profile, screen).await?;
        let verdict = engine.login(SHOP, "newcomer@example.com", &password).await?;
        self.expect(&verdict, "accepted")?;
        screen.gap()?;
        screen.styled(GOOD, "  and the newcomer can log in").map_err(Into::into)
    }

    async fn change(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        let body = r#"{"app_metadata":{"plan":"platinum","roles":null,"vip":true}}"#;
        scene(
            screen,
            4,
            "Change metadata",
            "First-level keys merge, null removes; everything else keeps its exact bytes.",
        )?;
        screen.styled(FAINT, format!("  {body}"))?;
        screen.gap()?;
        let sight = found(engine.look_at(SHOP, By::Email, cast::ANNA).await?)?;
        let user_id = sight.profile.user_id;
        found(engine.change_metadata(&operator(), &user_id, change(body)?).await?)?;
        let sight = found(look_again(engine, SHOP, &user_id).await?)?;
        portrait(engine, SHOP, &sight).await?.only(&["user_id", "app_metadata"]).draw(screen)?;
        let refused = engine.change_metadata(&Actor::User(user_id.clone()), &user_id, change(body)?).await;
        screen.gap()?;
        screen.line("  The same, asked for by Anna herself:")?;
        refusal(screen, refused.map(drop), &[ErrorKind::Refused])
    }

    async fn dirt(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        scene(
            screen,
            5,
            "Dirty rows",
            "A row that does not fit says so, by names and row, never by value. Others go on.",
        )?;
        for (email, what) in [
            (cast::BROKEN, "JSON that breaks off in the middle"),
            (cast::SHARED, "two customers with one address"),
            (cast::ODD_STATUS, "a status that nobody documented"),
        ] {
            screen.line(format!("  {what}:"))?;
            refusal(screen, engine.look_at(SHOP, By::Email, email).await.map(drop), &[ErrorKind::Inconsistent])?;
        }
        Ok(())
    }

    /// The shop on its way out.
    pub(super) async fn first_login(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        scene(screen, 6, "Move", "In migrate mode the first good login moves a user, with a fresh argon2id hash.")?;
        let verdict = engine.login(MOVING, cast::ANNA, &self.password(cast::ANNA)?).await?;
        self.expect(&verdict, "accepted")?;
        tell(screen, cast::ANNA, "first login", GOOD, "accepted, and moved")?;
        Ok(())
    }

    /// The shop is gone.
    pub(super) async fn second_login(&self, engine: &Engine, screen: &mut Screen) -> Outcome<()> {
        screen.gap()?;
        screen.styled(FAINT, "  Now the legacy store is switched off.")?;
        screen.gap()?;
        let verdict = engine.login(MOVING, cast::ANNA, &self.password(cast::ANNA)?).await?;
        self.expect(&verdict, "accepted")?;
        tell(screen, cast::ANNA, "second login", GOOD, "accepted, without the legacy store")?;
        screen.gap()?;
        if let Verdict::Accepted(profile) = verdict {
            self.draw_again(engine, MOVING, &profile, screen).await?;
        }
        screen.gap()?;
        screen.line("  Somebody who has not moved yet is told the truth, not that the password is wrong:")?;
        let verdict = engine.login(MOVING, cast::BJOERN, &self.password(cast::BJOERN)?).await;
        refusal(screen, verdict.map(drop), &[ErrorKind::Unavailable, ErrorKind::Config])
    }

    async fn draw_again(
        &self,
        engine: &Engine,
        connection: &str,
        profile: &Profile,
        screen: &mut Screen,
    ) -> Outcome<()> {
        let sight = found(look_again(engine, connection, &profile.user_id).await?)?;
        portrait(engine, connection, &sight).await?.draw(screen)?;
        Ok(())
    }

    fn password(&self, email: &str) -> Outcome<Secret> {
        let customer = self.customers.iter().find(|it| it.email.as_deref() == Some(email));
        Ok(Secret::new(found(customer)?.password.clone()))
    }

    fn expect(&self, verdict: &Verdict<Profile>, expected: &str) -> Outcome<()> {
        match verdict.name() {
            name if name == expected => Ok(()),
            name => Err(otherwise(format!("a login ended as `{name}` and should be `{expected}`"))),
        }
    }
}

fn scene(screen: &mut Screen, number: usize, title: &str, what: &str) -> io::Result<()> {
    screen.gap()?;
    let title = format!("━━ {number} · {title} ");
    let line = "━".repeat(screen.width().min(100).saturating_sub(title.chars().count()));
    screen.styled(STRONG, format!("{title}{line}"))?;
    screen.paragraph(2, what)?;
    screen.gap()?;
    screen.flush()
}

fn tell(screen: &mut Screen, who: &str, what: &str, style: anstyle::Style, outcome: &str) -> io::Result<()> {
    screen.line(format!("  {who:<30} {what:<24} {}", paint(style, outcome)))
}

/// Shows an error that this scene is about; none, or another one, ends the demo.
fn refusal(screen: &mut Screen, result: Result<(), Error>, expected: &[ErrorKind]) -> Outcome<()> {
    match result {
        Err(error) if expected.contains(&error.kind()) => {
            let failure = crate::cli::failure::Failure::from(error);
            for line in failure.text().lines() {
                screen.line(format!("    {}", paint(BAD, line)))?;
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(()) => Err(otherwise("something succeeded that should be refused")),
    }
}

fn change(body: &str) -> Outcome<Change> {
    Change::from_json(body).map_err(|error| otherwise(error.to_string()))
}

fn found<T>(it: Option<T>) -> Outcome<T> {
    it.ok_or_else(|| otherwise("a customer of the demo is not there"))
}

fn otherwise(message: impl Into<String>) -> crate::cli::failure::Failure {
    Error::new(ErrorKind::Unexpected, message).hint("the demo is broken: please report this").into()
}
