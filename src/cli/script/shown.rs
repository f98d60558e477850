//! What came of a call, for whoever writes the script.

use crosswalk_contract::Ability;
use crosswalk_script::{How, Outcome as Came, Report, Thrown, answer, record_of, removed, verdict};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    cli::{
        exit::Exit,
        failure::Outcome,
        portrait::Portrait,
        screen::{BAD, FAINT, GOOD, Screen, harmless, paint},
    },
    directory::Overlay,
    engine::{Error, Sight, Verdict},
    profile::Profile,
    translate::Translation,
};

/// What `--json` answers.
#[derive(Serialize)]
struct Answer<'a> {
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Thrown>,
    console: Vec<Value>,
    diagnostics: Vec<Value>,
    sent: Vec<Value>,
    elapsed_ms: f64,
}

/// Shows everything, and ends as the call did.
///
/// # Errors
/// What the script came to, if that is an error; a result that is no profile.
pub fn show(
    ability: Ability,
    identifier: &str,
    report: Report,
    translation: &Translation,
    screen: &mut Screen,
) -> Outcome {
    let raw = match &report.outcome {
        Came::Answered(Some(json)) => serde_json::from_str::<Box<RawValue>>(json).ok(),
        _ => None,
    };
    let thrown = match &report.outcome {
        Came::Failed(thrown, how) => Some((thrown.clone(), *how)),
        _ => None,
    };
    let json = screen.json();
    let mut answer = Answer {
        outcome: "",
        result: raw.as_deref(),
        profile: None,
        error: thrown.as_ref().map(|(thrown, _)| thrown),
        console: report.console.iter().map(|line| json!({ "level": line.level, "text": line.text })).collect(),
        diagnostics: report.diagnostics.iter().map(|it| json!({ "code": it.code, "detail": it.detail })).collect(),
        sent: report.traces.iter().map(sent).collect(),
        elapsed_ms: report.elapsed.as_secs_f64() * 1_000.0,
    };
    let head = format!("{ability}.js took {:.1?}", report.elapsed);
    let lines = if json { Vec::new() } else { told(&report, thrown.as_ref()) };
    let ended = Ended::of(ability, identifier, report, translation);
    let sight = ended.as_ref().ok().and_then(|ended| ended.sight.as_ref());
    if json {
        answer.outcome = ended.as_ref().map_or_else(Error::code_name, |ended| ended.word);
        answer.profile = sight.map(|sight| &sight.profile);
        screen.value(&answer)?;
    } else {
        let (style, words) = match &ended {
            Ok(ended) if ended.exit == Exit::Ok => (GOOD, ended.words),
            Ok(ended) => (BAD, ended.words),
            Err(_) => (BAD, "failed"),
        };
        screen.line(format!("{}; {head}", paint(style, words)))?;
        if let Some(raw) = &raw {
            screen.gap()?;
            screen.styled(FAINT, "result")?;
            screen.line(format!("  {}", harmless(raw.get())))?;
        }
        for line in lines {
            screen.line(line)?;
        }
        if let Some(sight) = sight {
            screen.gap()?;
            Portrait::new(translation, sight, &Overlay::default()).draw(screen)?;
        }
    }
    Ok(ended?.exit)
}

/// How a call ended that did not fail.
struct Ended {
    word: &'static str,
    words: &'static str,
    exit: Exit,
    sight: Option<Sight>,
}

impl Ended {
    fn of(ability: Ability, identifier: &str, report: Report, translation: &Translation) -> Result<Ended, Error> {
        let yes = |word, words| Ended { word, words, exit: Exit::Ok, sight: None };
        let no = |word, words| Ended { word, words, exit: Exit::No, sight: None };
        let seen = |record| -> Result<Sight, Error> {
            let mut profile = translation.profile(&record)?.profile;
            profile.complete();
            Ok(Sight { record: Some(record), profile })
        };
        if ability == Ability::Login {
            return Ok(match verdict(identifier, report)? {
                Verdict::Accepted(record) => Ended { sight: Some(seen(record)?), ..yes("accepted", "accepted") },
                Verdict::UnknownUser => no("unknown_user", "refused: nobody has this identifier"),
                _ => no("wrong_password", "refused: the password is wrong"),
            });
        }
        let not_done = || no("not_done", "not done: the script says that nobody was changed");
        if ability == Ability::Delete {
            return Ok(if removed(report)? { yes("deleted", "deleted") } else { not_done() });
        }
        let json = answer(ability, report)?;
        Ok(match (ability, json) {
            (Ability::GetUser, Some(json)) => Ended { sight: Some(seen(record_of(&json)?)?), ..yes("found", "found") },
            (Ability::GetUser, None) => no("unknown_user", "nobody has this identifier"),
            (Ability::Create, _) => yes("created", "created"),
            (_, Some(_)) => yes("done", "done"),
            (_, None) => not_done(),
        })
    }
}

fn sent(trace: &crosswalk_script::Trace) -> Value {
    json!({
        "kind": trace.kind,
        "text": trace.text,
        "outcome": trace.outcome,
        "elapsed_ms": trace.elapsed.as_secs_f64() * 1_000.0,
    })
}

/// Error, console and what was sent, in lines.
fn told(report: &Report, thrown: Option<&(Thrown, How)>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |title: &str, content: Vec<String>| {
        if !content.is_empty() {
            lines.extend([String::new(), paint(FAINT, title)]);
            lines.extend(content);
        }
    };
    if let Some((thrown, how)) = thrown {
        section("error", error(thrown, *how));
    }
    let line = |it: &crosswalk_script::Line| {
        let texts = it.text.lines().map(|line| format!("  {:5}  {}", it.level, harmless(line)));
        texts.collect::<Vec<_>>()
    };
    section("console", report.console.iter().flat_map(line).collect());
    let trace = |it: &crosswalk_script::Trace| {
        let words: Vec<&str> = it.text.split_whitespace().collect();
        format!("  {:5}  {}  ─▸ {}, {:.1?}", it.kind, harmless(&words.join(" ")), harmless(&it.outcome), it.elapsed)
    };
    section("sent", report.traces.iter().map(trace).collect());
    let odd = |it: &crosswalk_script::Diagnostic| format!("  {}  {}", it.code, harmless(&it.detail));
    section("to know", report.diagnostics.iter().map(odd).collect());
    lines
}

fn error(thrown: &Thrown, how: How) -> Vec<String> {
    let came = match how {
        How::Callback => "given to the callback",
        How::Exception => "thrown",
        How::Rejection => "a promise was rejected",
        How::Result => "the result cannot be turned into JSON",
    };
    let mut lines = vec![format!("  {came}")];
    let user_id = thrown.user_id.as_ref().map(Value::to_string);
    let members = [
        ("name", &thrown.name),
        ("code", &thrown.code),
        ("message", &thrown.message),
        ("description", &thrown.description),
        ("user_id", &user_id),
    ];
    for (name, text) in members {
        if let Some(text) = text {
            lines.push(format!("  {name:11}  {}", harmless(text)));
        }
    }
    let stack = thrown.stack.iter().flat_map(|stack| stack.lines());
    lines.extend(stack.filter(|line| !line.trim().is_empty()).map(|line| format!("  {}", harmless(line))));
    lines
}
