//! `crosswalk doctor`: reaches the stores and says what they are, what they hold, and what stands in the way.

use std::path::Path;

use clap::Args;
use crosswalk_contract::{Finding, Severity};
use futures::StreamExt;
use serde_json::{Value, json};

use super::{
    exit::Exit,
    failure::{Failure, Outcome},
    screen::{BAD, FAINT, GOOD, ODD, STRONG, Screen, harmless, paint},
};
use crate::{
    config::Config,
    engine::{Ability, Connection, Engine, Examined},
    policy::ByteSize,
    registry,
};

/// Arguments of `crosswalk doctor`.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Only this connection
    connection: Option<String>,
    /// How many rows are read to see whether they fit the map
    #[arg(long, default_value_t = 1000, value_name = "ROWS")]
    sample: u64,
}

impl Doctor {
    /// Examines. [`Exit::Blockers`] and [`Exit::Warnings`] tell the worst that was found.
    ///
    /// # Errors
    /// A wrong configuration. A store that is down is a finding, and so is a directory that cannot be opened.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        let config = Config::load(config)?;
        let (engine, trouble) = config.open_to_examine(self.connection.as_deref(), &registry::kinds())?;
        let trouble = trouble.map(|error| Failure::from(error).text().replace("\n  ", "; "));
        let outcome = self.examine(&engine, trouble, screen).await;
        let closed = engine.directory().close().await;
        let outcome = outcome?;
        closed?;
        Ok(outcome)
    }

    async fn examine(&self, engine: &Engine, trouble: Option<String>, screen: &mut Screen) -> Outcome {
        let connections: Vec<&Connection> = match &self.connection {
            Some(name) => vec![engine.connection(name)?],
            None => engine.connections().collect(),
        };
        let mut cases = Vec::new();
        for connection in connections {
            let case = Case::of(engine, connection, self.sample).await;
            if !screen.json() {
                case.tell(screen)?;
                screen.flush()?;
            }
            cases.push(case);
        }
        let directory = match trouble {
            Some(text) => vec![Finding { severity: Severity::Blocker, text }],
            None => directory(engine).await,
        };
        let findings = || cases.iter().flat_map(|case| &case.findings).chain(&directory);
        let count = |severity| findings().filter(|finding| finding.severity == severity).count();
        let (blockers, warnings) = (count(Severity::Blocker), count(Severity::Warning));
        if screen.json() {
            screen.value(&json!({
                "connections": cases.iter().map(Case::json).collect::<Vec<_>>(),
                "directory": { "findings": directory.iter().map(finding_json).collect::<Vec<_>>() },
                "blockers": blockers,
                "warnings": warnings,
            }))?;
        } else {
            screen.styled(STRONG, "directory")?;
            if directory.is_empty() {
                screen.line(format!("  {}", paint(GOOD, "answers, and nothing waits in it")))?;
            }
            tell_findings(screen, &directory)?;
            screen.gap()?;
            screen.line(format!("{blockers} blockers, {warnings} warnings"))?;
        }
        Ok(match (blockers, warnings) {
            (0, 0) => Exit::Ok,
            (0, _) => Exit::Warnings,
            _ => Exit::Blockers,
        })
    }
}

/// What was found out about one connection.
struct Case {
    name: String,
    kind: &'static str,
    mode: &'static str,
    facts: Vec<(String, String)>,
    columns: Vec<(String, String)>,
    sample: Option<Sample>,
    findings: Vec<Finding>,
}

/// How rows fit the map, without a value of any.
#[derive(Default)]
struct Sample {
    read: u64,
    problems: u64,
    examples: Vec<String>,
}

/// So many problems of rows are told one by one.
const MOST_EXAMPLES: usize = 5;

impl Case {
    async fn of(engine: &Engine, connection: &Connection, rows: u64) -> Case {
        let mut case = Case {
            name: connection.name().to_owned(),
            kind: connection.adapter().kind(),
            mode: connection.mode().name(),
            facts: Vec::new(),
            columns: Vec::new(),
            sample: None,
            findings: Vec::new(),
        };
        match engine.examine(connection.name()).await {
            Ok(examined) => case.note(connection, examined),
            Err(error) => {
                case.find(Severity::Blocker, Failure::from(error).text().replace("\n  ", "; "));
                return case;
            }
        }
        if connection.can(Ability::List).is_ok() && rows > 0 {
            match sample(engine, connection.name(), rows).await {
                Ok(sample) => case.note_sample(sample),
                Err(error) => case.find(Severity::Blocker, format!("users cannot be listed: {error}")),
            }
        }
        case
    }

    fn note(&mut self, connection: &Connection, examined: Examined) {
        let examination = examined.examination;
        self.facts.push(("round trip".to_owned(), format!("{:.1} ms", examined.latency.as_secs_f64() * 1000.0)));
        self.facts.extend(examination.facts);
        let policy = connection.policy().metadata_limit;
        let containers = connection.translation().container_columns();
        let limits = examination.column_limits.into_iter().filter(|(column, _)| containers.contains(column));
        let limits: Vec<(String, u64)> = limits.collect();
        if limits.is_empty() {
            self.facts.push(("metadata limit".to_owned(), format!("{policy} (the policy's)")));
        }
        for (column, limit) in limits {
            let column_limit = ByteSize(limit);
            let (least, whose) =
                if column_limit < policy { (column_limit, "the column's") } else { (policy, "the policy's") };
            self.facts.push((format!("metadata limit of {column}"), format!("{least} ({whose})")));
        }
        self.columns = examination.columns;
        self.findings.extend(examination.findings);
    }

    fn note_sample(&mut self, sample: Sample) {
        if sample.problems > 0 {
            let (bad, read) = (sample.problems, sample.read);
            let text = format!("{bad} of {read} rows do not fit the map; `crosswalk list {}` tells each", self.name);
            self.find(Severity::Warning, text);
        }
        self.sample = Some(sample);
    }

    fn find(&mut self, severity: Severity, text: String) {
        self.findings.push(Finding { severity, text });
    }

    fn tell(&self, screen: &mut Screen) -> Outcome<()> {
        screen.line(format!(
            "{}  {}",
            paint(STRONG, &self.name),
            paint(FAINT, &format!("{}, {}", self.kind, self.mode))
        ))?;
        for (name, value) in &self.facts {
            screen.line(format!("  {:<28} {}", harmless(name), harmless(value)))?;
        }
        if !self.columns.is_empty() {
            let columns: Vec<String> = self.columns.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
            screen.line("  columns")?;
            screen.paragraph(4, &harmless(&columns.join(", ")))?;
        }
        if let Some(sample) = &self.sample {
            screen.line(format!(
                "  {:<28} {} of {} fit the map",
                "sample of rows",
                sample.read - sample.problems,
                sample.read
            ))?;
            for example in &sample.examples {
                screen.paragraph(4, &harmless(example))?;
            }
        }
        tell_findings(screen, &self.findings)?;
        screen.gap()?;
        Ok(())
    }

    fn json(&self) -> Value {
        let pairs = |pairs: &[(String, String)]| {
            Value::Object(pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
        };
        let sample = self
            .sample
            .as_ref()
            .map(|it| json!({ "read": it.read, "do_not_fit": it.problems, "examples": it.examples }));
        json!({
            "connection": self.name,
            "kind": self.kind,
            "mode": self.mode,
            "facts": pairs(&self.facts),
            "columns": pairs(&self.columns),
            "sample": sample,
            "findings": self.findings.iter().map(finding_json).collect::<Vec<_>>(),
        })
    }
}

async fn sample(engine: &Engine, connection: &str, rows: u64) -> crate::engine::Result<Sample> {
    let mut sample = Sample::default();
    let mut listing = engine.list_users(connection, None)?;
    while sample.read < rows {
        let Some(listed) = listing.next().await else { break };
        sample.read += 1;
        if let Err(error) = listed?.user {
            sample.problems += 1;
            if sample.examples.len() < MOST_EXAMPLES {
                sample.examples.push(error.to_string());
            }
        }
    }
    Ok(sample)
}

async fn directory(engine: &Engine) -> Vec<Finding> {
    let blocker = |error: crate::engine::Error| Finding { severity: Severity::Blocker, text: error.to_string() };
    if let Err(error) = engine.directory().ping().await {
        return vec![blocker(error)];
    }
    match engine.directory().pending_intents(jiff::Timestamp::now()).await {
        Ok(intents) if intents.is_empty() => Vec::new(),
        Ok(intents) => vec![Finding {
            severity: Severity::Warning,
            text: format!(
                "{} interrupted changes wait to be finished; they are once their store can be written",
                intents.len()
            ),
        }],
        Err(error) => vec![blocker(error)],
    }
}

fn tell_findings(screen: &mut Screen, findings: &[Finding]) -> Outcome<()> {
    for finding in findings {
        let (style, word) = match finding.severity {
            Severity::Blocker => (BAD, "blocker"),
            Severity::Warning => (ODD, "warning"),
        };
        screen.line(format!("  {}", paint(style, word)))?;
        screen.paragraph(4, &harmless(&finding.text))?;
    }
    Ok(())
}

fn finding_json(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Blocker => "blocker",
        Severity::Warning => "warning",
    };
    json!({ "severity": severity, "text": finding.text })
}
