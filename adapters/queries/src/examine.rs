//! What `crosswalk doctor` wants to know about queries: that they run, return what the map reads, and rise.

use async_trait::async_trait;
use crosswalk_contract::{Error, ErrorKind, Examination, Field, Finding, Record, Result, Severity};

use crate::{
    Driver, Session, Work,
    adapter::Queries,
    list::{Page, ReadPage, not_rising},
    read::Lookups,
};

/// How many users a page of the proof has.
const SAMPLE: usize = 5;

/// Looks at the queries that read, without changing anything.
pub(crate) async fn examine<D: Driver>(driver: &D, queries: &Queries, examination: &mut Examination) -> Result<()> {
    let Some(page) = &queries.list else { return Ok(()) };
    match driver.read(&Proof { page, lookups: &queries.lookups }).await {
        Ok(Some(sample)) => missing(&queries.fields, &sample, examination),
        Ok(None) => {}
        Err(error) if error.kind() == ErrorKind::Unavailable => return Err(error),
        Err(error) => examination.findings.push(blocker(&error)),
    }
    Ok(())
}

/// Reads two pages, and one from the middle of the first: they must fit together.
struct Proof<'p> {
    page: &'p Page,
    lookups: &'p Lookups,
}

#[async_trait]
impl Work for Proof<'_> {
    type Answer = Option<Record>;

    async fn run(&self, session: &mut dyn Session) -> Result<Option<Record>> {
        let start = self.page.start().to_vec();
        let Some(first) = self.keys(session, &start).await? else { return Ok(None) };
        let mut all = first.clone();
        if let Some(last) = first.last() {
            all.extend(self.keys(session, last).await?.unwrap_or_default());
        }
        for (at, key) in all.iter().enumerate() {
            let falls = at > 0 && falls(&all[at - 1], key);
            if falls || all[..at].contains(key) {
                return Err(not_rising());
            }
        }
        // What comes after the first user is the second.
        if let [one, two, ..] = first.as_slice()
            && self.keys(session, one).await?.unwrap_or_default().first() != Some(two)
        {
            return Err(not_rising());
        }
        let work = ReadPage { page: self.page, lookups: self.lookups, after: &start, limit: 1 };
        Ok(work.run(session).await?.and_then(|(users, _)| users.into_iter().next()))
    }
}

impl Proof<'_> {
    async fn keys(&self, session: &mut dyn Session, after: &[Field]) -> Result<Option<Vec<Vec<Field>>>> {
        let work = ReadPage { page: self.page, lookups: self.lookups, after, limit: SAMPLE };
        let Some((users, _)) = work.run(session).await? else { return Ok(None) };
        if users.len() > SAMPLE {
            return Err(Error::new(ErrorKind::Config, "the listing does not keep to :limit")
                .with("query", "list")
                .hint("end the query with LIMIT :limit"));
        }
        users.iter().map(|user| self.page.key_of(user)).collect::<Result<Vec<_>>>().map(Some)
    }
}

/// Whether whole numbers fall; how a database orders texts is its own.
fn falls(before: &[Field], after: &[Field]) -> bool {
    match (before, after) {
        ([Field::I64(before)], [Field::I64(after)]) => after < before,
        _ => false,
    }
}

/// Columns that the map reads and the queries do not return.
fn missing(fields: &[String], sample: &Record, examination: &mut Examination) {
    for field in fields.iter().filter(|field| sample.get(field).is_none()) {
        let text = format!("The query `list` does not return the column {field}, which the map reads.");
        examination.findings.push(Finding { severity: Severity::Blocker, text });
    }
}

fn blocker(error: &Error) -> Finding {
    let hint = error.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
    let name = error.context().iter().find(|(name, _)| *name == "query");
    let place = name.map(|(_, query)| format!("The query `{query}`: ")).unwrap_or_default();
    Finding { severity: Severity::Blocker, text: format!("{place}{}{hint}.", error.message()) }
}
