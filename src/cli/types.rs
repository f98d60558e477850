//! `crosswalk types`: which JSON types each metadata field has across all users of a connection.

use std::path::Path;

use clap::Args;
use futures::StreamExt;
use serde_json::json;

use super::{
    exit::Exit,
    failure::Outcome,
    opening::with_engine,
    screen::{ODD, Screen, harmless},
};
use crate::{
    engine::Engine,
    policy::{MAX_PATHS, PathReport, TypeBook},
    profile::Container,
};

/// Arguments of `crosswalk types`.
#[derive(Args, Debug)]
pub struct Types {
    /// The connection
    connection: String,
    /// Keep what was learnt as the connection's type book, by which `types = "warn"` and `"enforce"` judge
    #[arg(long)]
    save: bool,
}

impl Types {
    /// Reads all users and tells each field, its types, how many users have each, and a user of the minority.
    ///
    /// # Errors
    /// Those of the store and the directory.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        with_engine(config, Some(&self.connection), async |engine| self.survey(engine, screen).await).await
    }

    async fn survey(&self, engine: &Engine, screen: &mut Screen) -> Outcome {
        let mut book = TypeBook::default();
        let (mut users, mut bad) = (0u64, 0u64);
        let mut listing = engine.list_users(&self.connection, None)?;
        while let Some(listed) = listing.next().await {
            let Ok(profile) = listed?.user else {
                bad += 1;
                continue;
            };
            users += 1;
            for container in Container::ALL {
                if let Some(metadata) = profile.container(container) {
                    book.survey(container, metadata, &profile.user_id);
                }
            }
        }
        let report = book.report();
        let dynamic = book.has_dynamic_keys();
        if self.save {
            engine.set_type_book(&self.connection, book).await?;
        }
        if screen.json() {
            let fields = report.iter().map(field).collect::<Vec<_>>();
            screen.value(&json!({
                "connection": self.connection, "users": users, "bad_rows": bad, "saved": self.save,
                "dynamic_keys": dynamic, "fields": fields,
            }))?;
            return Ok(Exit::Ok);
        }
        tell(screen, &report)?;
        screen.gap()?;
        screen.line(format!("{} fields of {users} users; {bad} rows did not fit and were left out", report.len()))?;
        if dynamic {
            screen.styled(
                ODD,
                format!(
                    "more than {MAX_PATHS} fields: keys seem to be made from data, types are not kept for the rest"
                ),
            )?;
        }
        match self.save {
            true => screen.line("saved as the connection's type book")?,
            false => screen.line(format!("keep it with: crosswalk types {} --save", self.connection))?,
        }
        Ok(Exit::Ok)
    }
}

fn field(report: &PathReport) -> serde_json::Value {
    let types = report.types.iter().map(|(kind, users)| json!({ "type": kind, "users": users }));
    json!({
        "path": report.path,
        "types": types.collect::<Vec<_>>(),
        "example_of_minority": report.example_of_minority,
    })
}

fn tell(screen: &mut Screen, report: &[PathReport]) -> Outcome<()> {
    let head = ["field", "types (users)", "an example of the minority"].map(str::to_owned).to_vec();
    let rows = report.iter().map(|it| {
        let types: Vec<String> = it.types.iter().map(|(kind, users)| format!("{kind} ({users})")).collect();
        let example = it.example_of_minority.as_deref().map(harmless).unwrap_or_default();
        vec![harmless(&it.path), types.join(", "), example]
    });
    screen.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    Ok(())
}
