//! The calling convention: what reaches a script, and what counts as its answer.

mod stage;

use crosswalk_javascript::{How, Outcome, ProgramParts, Thrown};
use stage::{Stage, made, program, source};

fn outcome(code: &str) -> Outcome {
    Stage::new().run(&program(code), "[\"a@b.c\",\"secret\"]", 5.0).outcome
}

fn answered(json: &str) -> Outcome {
    Outcome::Answered(Some(json.to_owned()))
}

fn failed(outcome: Outcome) -> (Thrown, How) {
    match outcome {
        Outcome::Failed(thrown, how) => (thrown, how),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_callback_answers() {
    assert_eq!(
        outcome("function login(email, password, callback) { callback(null, { email: email, p: password.length }); }"),
        answered(r#"{"email":"a@b.c","p":6}"#)
    );
    assert_eq!(outcome("function login(e, p, callback) { return callback(null); }"), Outcome::Answered(None));
    assert_eq!(outcome("function login(e, p, callback) { callback(); }"), Outcome::Answered(None));
    assert_eq!(outcome("function login(e, p, callback) { callback(null, undefined); }"), Outcome::Answered(None));
    assert_eq!(outcome("function login(e, p, callback) { callback(null, true); }"), answered("true"));
    assert_eq!(outcome("function login(e, p, callback) { callback(null, null); }"), answered("null"));
    assert_eq!(
        outcome("function login(e, p, callback) { setTimeout(function () { callback(null, 1); }, 5); }"),
        answered("1")
    );
    assert_eq!(outcome("async (e, p, callback) => { await null; callback(null, 2); }"), answered("2"));
}

#[test]
fn an_error_comes_with_its_properties_from_wherever() {
    let (thrown, how) = failed(outcome("function login(e, p, cb) { cb(new WrongUsernameOrPasswordError(e, 'no')); }"));
    assert_eq!(how, How::Callback);
    assert_eq!(thrown.name.as_deref(), Some("WrongUsernameOrPasswordError"));
    assert_eq!(thrown.code.as_deref(), Some("wrongusernameorpassword"));
    assert_eq!(thrown.user_id, Some("a@b.c".into()));
    let (thrown, _) =
        failed(outcome("function login(e, p, cb) { cb(new ValidationError('user_exists', 'there is one')); }"));
    assert_eq!((thrown.code.as_deref(), thrown.description.as_deref()), (Some("user_exists"), Some("there is one")));
    let (thrown, how) = failed(outcome("function login(e, p, cb) { cb('in words'); }"));
    assert_eq!((thrown.message.as_deref(), how), (Some("in words"), How::Callback));
    let (thrown, how) = failed(outcome("function login(e, p, cb) { throw new TypeError('thrown'); }"));
    assert_eq!(
        (thrown.message.as_deref(), thrown.name.as_deref(), how),
        (Some("thrown"), Some("TypeError"), How::Exception)
    );
    assert!(thrown.stack.is_some_and(|stack| stack.contains("login.js")));
    let (thrown, how) = failed(outcome("async function login(e, p, cb) { await null; throw new Error('later'); }"));
    assert_eq!((thrown.message.as_deref(), how), (Some("later"), How::Rejection));
    let (thrown, how) =
        failed(outcome("function login(e, p, cb) { setTimeout(() => { throw new Error('timer'); }, 1); }"));
    assert_eq!((thrown.message.as_deref(), how), (Some("timer"), How::Exception));
    let (thrown, how) = failed(outcome("function login(e, p, cb) { Promise.reject(new Error('loose')); }"));
    assert_eq!((thrown.message.as_deref(), how), (Some("loose"), How::Exception));
    let (thrown, how) = failed(outcome("function login(e, p, cb) { var a = {}; a.a = a; cb(null, a); }"));
    assert_eq!(how, How::Result);
    assert!(thrown.message.is_some_and(|message| message.contains("JSON")));
    let (thrown, _) = failed(outcome("function login(e, p, cb) { throw undefined; }"));
    assert!(thrown.message.is_some());
    let (thrown, _) = failed(outcome("function login(e, p, cb) { cb({ code: 5, message: { a: 1 } }); }"));
    assert_eq!((thrown.code.as_deref(), thrown.message.as_deref()), (Some("5"), Some(r#"{"a":1}"#)));
}

#[test]
fn only_the_first_callback_counts() {
    let stage = Stage::new();
    let report =
        stage.run(&program("function login(e, p, cb) { cb(null, 1); cb(null, 2); cb(new Error('x')); }"), "[1,2]", 5.0);
    assert_eq!(report.outcome, answered("1"));
    assert_eq!(report.diagnostics.iter().filter(|diagnostic| diagnostic.code == "callback-called-twice").count(), 2);
    let report =
        stage.run(&program("function login(e, p, cb) { cb(null, 1); throw new Error('after'); }"), "[1,2]", 5.0);
    assert_eq!(report.outcome, answered("1"));
    assert_eq!(report.diagnostics[0].detail, "after");
}

#[test]
fn a_promise_that_is_returned_is_no_answer() {
    let report = Stage::new().run(&program("async function login(e, p, cb) { return { email: e }; }"), "[1,2]", 5.0);
    assert_eq!(report.outcome, Outcome::NeverCalled);
    assert_eq!(report.diagnostics[0].code, "promise-ignored");
    assert_eq!(outcome("function login(e, p, cb) { return { email: e }; }"), Outcome::NeverCalled);
    assert_eq!(
        outcome("function login(e, p, cb) { setTimeout(() => cb(null, 'late'), 20); return Promise.resolve(1); }"),
        answered("\"late\"")
    );
}

#[test]
fn work_goes_on_after_the_callback_and_is_stopped_at_the_deadline() {
    let stage = Stage::new();
    let code = "function login(e, p, cb) { global.seen = (global.seen || 0); cb(null, global.seen); setTimeout(() => { global.seen++; }, 30); }";
    let program = program(code);
    assert_eq!(stage.run(&program, "[1,2]", 5.0).outcome, answered("0"));
    // The same thread is asked again, as long as it is idle.
    assert_eq!(stage.run(&program, "[1,2]", 5.0).outcome, answered("1"));
    let endless = stage::program("function login(e, p, cb) { cb(null, 1); setInterval(() => {}, 1); }");
    let report = stage.run(&endless, "[1,2]", 0.3);
    assert_eq!(report.outcome, answered("1"));
    assert_eq!(report.diagnostics[0].code, "stopped-after-callback");
}

#[test]
fn ticks_microtasks_and_timers_come_in_nodes_order() {
    let code = "function login(e, p, cb) {
        const seen = [];
        setTimeout(() => seen.push('timeout'), 0);
        Promise.resolve().then(() => seen.push('micro')).then(() => seen.push('micro2'));
        process.nextTick(() => seen.push('tick'));
        queueMicrotask(() => seen.push('queued'));
        seen.push('sync');
        setTimeout(() => cb(null, seen), 30);
    }";
    assert_eq!(outcome(code), answered(r#"["sync","tick","micro","queued","micro2","timeout"]"#));
}

#[test]
fn the_function_is_found_in_every_form_of_file() {
    for code in [
        "function login(e, p, cb) { cb(null, 'it'); }",
        "\u{feff}function login(e, p, cb) { cb(null, 'it'); };",
        "// a comment\nfunction (e, p, cb) { cb(null, 'it'); }\n// the end",
        "(e, p, cb) => cb(null, 'it')",
        "const answer = 'it';\nfunction helper() { return answer; }\nfunction login(e, p, cb) { cb(null, helper()); }",
        "function first(e, p, cb) { cb(null, helper()); }\nfunction helper() { return 'it'; }",
        "module.exports = function (e, p, cb) { cb(null, 'it'); };",
        "const util = require('util');\nmodule.exports = async (e, p, cb) => { cb(null, util.format('%s', 'it')); };",
        "'use strict';\nfunction login(e, p, cb) { cb(null, this === undefined ? 'it' : 'sloppy'); }",
        "async function login(e, p, cb) { cb(null, 'it'); }\n",
    ] {
        assert_eq!(outcome(code), answered("\"it\""), "{code}");
    }
}

#[test]
fn what_cannot_be_read_says_where() {
    for (code, line, column) in [
        ("function login(e, p, cb) {\n  var a = ;\n}", 2, 11),
        ("function login(e, p, cb) { var = 1; }", 1, 32),
        ("const a = 1;\nfunction login(e, p, cb) {\n  cb(null, 1;\n}", 3, 13),
        ("null.x;\nfunction login() {}", 1, 0),
    ] {
        let problems = program(code).check();
        assert_eq!(problems.len(), 1, "{code}");
        assert_eq!(problems[0].file, "login.js");
        assert_eq!(problems[0].line, line, "{}", problems[0]);
        if column > 0 {
            assert_eq!(problems[0].column, column, "{}", problems[0]);
        }
        assert!(matches!(outcome(code), Outcome::Broken(_)), "{code}");
    }
    assert!(program("var a = 1;").check()[0].message.contains("no function"));
    assert!(program("").check()[0].message.contains("no function"));
}

#[test]
fn configuration_is_there_and_stays_as_it_is() {
    let configured =
        |code: &str| made(code, |parts: &mut ProgramParts| parts.configuration = r#"{"url":"x","n":"1"}"#.to_owned());
    let stage = Stage::new();
    let read = configured("function login(e, p, cb) { cb(null, [configuration.url, typeof configuration.n]); }");
    assert_eq!(stage.run(&read, "[1,2]", 5.0).outcome, answered(r#"["x","string"]"#));
    let write = configured(
        "function login(e, p, cb) { try { configuration.url = 'y'; } catch (x) {} cb(null, configuration.url); }",
    );
    assert_eq!(stage.run(&write, "[1,2]", 5.0).outcome, answered("\"x\""));
}

#[test]
fn functions_of_one_program_share_a_world_and_programs_do_not() {
    let stage = Stage::of(crosswalk_javascript::MachineSettings { threads: 1, queue: 8 });
    let keeps = "function login(e, p, cb) { global.kept = (global.kept || 0) + 1; Array.prototype.mine = 1; cb(null, global.kept); }";
    let (one, other) =
        (program(keeps), program("function login(e, p, cb) { cb(null, [typeof global.kept, typeof [].mine]); }"));
    assert_eq!(stage.run(&one, "[1,2]", 5.0).outcome, answered("1"));
    assert_eq!(stage.run(&one, "[1,2]", 5.0).outcome, answered("2"));
    assert_eq!(stage.run(&other, "[1,2]", 5.0).outcome, answered(r#"["undefined","undefined"]"#));
    let isolated = made(keeps, |parts| parts.isolated = true);
    assert_eq!(stage.run(&isolated, "[1,2]", 5.0).outcome, answered("1"));
    assert_eq!(stage.run(&isolated, "[1,2]", 5.0).outcome, answered("1"));
}

#[test]
fn scripts_of_a_program_are_called_by_their_names() {
    let program = made("", |parts| {
        parts.sources = vec![
            source("login", "function login(cb) { cb(null, 'login'); }"),
            source("get_user", "function getByEmail(cb) { cb(null, 'get'); }"),
        ];
    });
    assert!(program.has("get_user") && !program.has("create"));
    assert!(program.check().is_empty());
}

#[test]
fn the_console_is_kept() {
    let report = Stage::new().run(
        &program("function login(e, p, cb) { console.log('a %s %d %j', 'b', 1, {c: 2}, [3]); console.error(new Error('x').message); cb(); }"),
        "[1,2]",
        5.0,
    );
    let lines: Vec<_> = report.console.iter().map(|line| (line.level, line.text.as_str())).collect();
    assert_eq!(lines, [("log", "a b 1 {\"c\":2} [ 3 ]"), ("error", "x")]);
}

#[test]
fn globals_of_old_need_no_require() {
    let code = "function login(e, p, cb) { cb(null, [typeof bcrypt.compare, typeof request, typeof crypto.createHash, typeof Buffer.from,
        typeof mysql, typeof postgres, typeof URL, typeof TextEncoder, typeof setImmediate, typeof require]); }";
    let report = Stage::new().run(&program(code), "[1,2]", 5.0);
    let Outcome::Answered(Some(json)) = report.outcome else { panic!("{report:?}") };
    assert!(json.starts_with(r#"["function","function","function","function""#), "{json}");
}

#[test]
fn there_is_no_file_system_environment_or_process() {
    let code = "function login(e, p, cb) {
        const told = ['child_process', 'net', 'vm', 'worker_threads'].map((name) => { try { require(name); return 'there'; } catch (x) { return x.code; } });
        let read; try { read = require('fs').readFileSync('/etc/passwd'); } catch (x) { read = 'no'; }
        let left; try { process.exit(0); } catch (x) { left = 'no'; }
        cb(null, [told, read, left, Object.keys(process.env).length, typeof std, typeof os]);
    }";
    assert_eq!(
        outcome(code),
        answered(
            r#"[["MODULE_NOT_FOUND","MODULE_NOT_FOUND","MODULE_NOT_FOUND","MODULE_NOT_FOUND"],"no","no",0,"undefined","undefined"]"#
        )
    );
}
