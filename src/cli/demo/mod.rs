//! `crosswalk demo`: a legacy shop to play with, a configuration to go on with, and a tour through both.

mod folder;
mod shop;
mod tour;

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{
    exit::Exit,
    failure::Outcome,
    opening::with_engine,
    screen::{FAINT, STRONG, Screen},
};
use crate::engine::Engine;
use folder::Folder;
use tour::Tour;

/// Arguments of `crosswalk demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// Where to put it
    #[arg(long, default_value = "crosswalk-demo", value_name = "FOLDER")]
    dir: PathBuf,
    /// Start anew in a folder that is not the demo's; its own files there are replaced, all others stay
    #[arg(long)]
    force: bool,
    /// Make the shop and the configuration, and skip the tour
    #[arg(long)]
    no_tour: bool,
}

impl Demo {
    /// Makes the folder, then walks through it.
    ///
    /// # Errors
    /// A folder that is somebody else's or cannot be written. A scene that ends otherwise than it should.
    pub async fn run(self, screen: &mut Screen) -> Outcome {
        let folder = Folder::claim(&self.dir, self.force)?;
        let customers = folder.fill(&Engine::system_random())?;
        if screen.json() {
            self.run_silently(&folder, screen).await?;
            return Ok(Exit::Ok);
        }
        screen.line(format!("Made {}:", folder.path().display()))?;
        screen.table(&[
            vec!["file".to_owned(), "what it is".to_owned()],
            vec![
                folder::SHOP.to_owned(),
                format!("a shop from 2009 in SQLite: {} customers, four hash formats", customers.len()),
            ],
            vec![folder::SHOP_MOVING.to_owned(), "the same shop, for users to move away from".to_owned()],
            vec![folder::CONFIG.to_owned(), "the configuration to go on with".to_owned()],
            vec![folder::PASSWORDS.to_owned(), "every customer's password, since this is a demo".to_owned()],
        ])?;
        if !self.no_tour {
            self.walk(&folder, &customers, screen).await?;
        }
        next(&folder, screen)?;
        Ok(Exit::Ok)
    }

    async fn walk(&self, folder: &Folder, customers: &[shop::Customer], screen: &mut Screen) -> Outcome<()> {
        let tour = Tour::new(customers);
        with_engine(&folder.config(), None, async |engine| tour.bridge(engine, screen).await).await?;
        with_engine(&folder.config(), None, async |engine| tour.first_login(engine, screen).await).await?;
        let away = folder.take_legacy_store_away()?;
        with_engine(&folder.config(), None, async |engine| tour.second_login(engine, screen).await).await?;
        away.bring_back()?;
        Ok(())
    }

    /// For programs only the facts; the scenes are for people.
    async fn run_silently(&self, folder: &Folder, screen: &mut Screen) -> Outcome<()> {
        let users = with_engine(&folder.config(), None, async |engine| {
            Ok(engine.connections().map(|connection| connection.name().to_owned()).collect::<Vec<_>>())
        })
        .await?;
        screen.value(&json!({
            "folder": folder.path(),
            "config": folder.config(),
            "connections": users,
            "passwords": folder.path().join(folder::PASSWORDS),
        }))?;
        Ok(())
    }
}

fn next(folder: &Folder, screen: &mut Screen) -> Outcome<()> {
    let program =
        std::env::args_os().next().map_or_else(|| "crosswalk".to_owned(), |it| for_shell(&it.to_string_lossy()));
    let config = for_shell(&folder.config().to_string_lossy());
    let password = for_shell(&folder.path().join(folder::ANNAS_PASSWORD).to_string_lossy());
    screen.gap()?;
    screen.styled(STRONG, "What to type next")?;
    screen.gap()?;
    screen.line(format!("  export CROSSWALK_CONFIG={config}"))?;
    for (command, what) in [
        ("check".to_owned(), "the configuration, offline"),
        ("doctor".to_owned(), "the stores themselves"),
        (format!("try shop login {} --password-stdin < {password}", shop::cast::ANNA), "a login"),
        (format!("try shop get-user {}", shop::cast::XIAOLONG), "a look-up"),
        ("list shop".to_owned(), "everybody, and the rows that do not fit"),
        ("types shop".to_owned(), "which types metadata fields really have"),
        ("test shop".to_owned(), "the laws against this store"),
    ] {
        screen.line(format!("  {program} {command}"))?;
        screen.styled(FAINT, format!("      {what}"))?;
    }
    screen.gap()?;
    Ok(())
}

/// A word as a shell reads it again.
fn for_shell(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-:@+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell_only_where_they_must_be() {
        assert_eq!(for_shell("crosswalk-demo/crosswalk.toml"), "crosswalk-demo/crosswalk.toml");
        assert_eq!(for_shell("it's mine"), r"'it'\''s mine'");
    }
}
