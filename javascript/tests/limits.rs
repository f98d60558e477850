//! What a script cannot do: take all time, all memory, all stack, or the neighbours with it.

mod stage;

use std::time::{Duration, Instant};

use crosswalk_javascript::{Invocation, Limits, MachineSettings, Outcome, Rejected};
use stage::{Stage, made, program};

/// Runs one bomb, and then a neighbour and the same program again on the same machine.
fn explode(body: &str) -> Outcome {
    let stage = Stage::of(MachineSettings { threads: 1, queue: 8 });
    let bomb = made(
        &format!("function login(arg, callback) {{ if (arg === 'go') {{ {body} }} else callback(null, 'well'); }}"),
        |parts| {
            parts.limits = Limits { memory: 24 << 20, ..Limits::default() };
        },
    );
    let outcome = stage.run(&bomb, "[\"go\"]", 0.4).outcome;
    let neighbour = program("function login(callback) { callback(null, 'unharmed'); }");
    assert_eq!(stage.run(&neighbour, "[]", 5.0).outcome, Outcome::Answered(Some("\"unharmed\"".to_owned())), "{body}");
    assert_eq!(stage.run(&bomb, "[\"\"]", 5.0).outcome, Outcome::Answered(Some("\"well\"".to_owned())), "{body}");
    outcome
}

#[test]
fn endless_work_ends_at_the_deadline() {
    for body in [
        "while (true) {}",
        "while (true) { try { while (true) {} } catch (e) {} finally { while (true) {} } }",
        "(function again() { Promise.resolve().then(again); })();",
        "(function again() { process.nextTick(again); })();",
        "(function again() { setImmediate(again); })();",
        "setInterval(function () {}, 1);",
        "new Promise(function () {}).then(callback); setTimeout(function () {}, 100000);",
        "/^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!');",
        "var s = 'a'.repeat(200000); while (true) s.indexOf('aaaaaaaaab');",
        "async function f() { while (true) await null; } f();",
    ] {
        assert_eq!(explode(body), Outcome::TimedOut, "{body}");
    }
}

#[test]
fn memory_has_an_end() {
    for body in [
        "var a = []; while (true) a.push(new Array(1000).fill(1));",
        "var s = 'x'; while (true) s += s + 'y';",
        "var a = []; while (true) a.push(Buffer.alloc(1000000));",
        "var a = {}; for (var i = 0; ; i++) a['k' + i] = { i: i };",
        "var a = []; (function again() { a.push('z'.repeat(100000) + a.length); process.nextTick(again); })();",
        "try { var a = []; while (true) a.push(new Array(1000).fill(1)); } catch (e) { callback(null, 'caught'); }",
    ] {
        let outcome = explode(body);
        let is_stopped = matches!(&outcome, Outcome::OutOfMemory | Outcome::TimedOut | Outcome::Failed(..))
            || outcome == Outcome::Answered(Some("\"caught\"".to_owned()));
        assert!(is_stopped, "{body}: {outcome:?}");
    }
}

#[test]
fn what_is_too_deep_or_too_long_is_an_error() {
    for body in [
        "(function deeper() { deeper(); })();",
        "JSON.parse('['.repeat(200000));",
        "var a = []; for (var i = 0; i < 200000; i++) a = [a]; JSON.stringify(a); ",
        "'x'.repeat(1 << 30);",
        "new Array(-1);",
        "(function f() { try { f(); } catch (e) { throw e; } })();",
        "Buffer.alloc(1e12);",
        "require('crypto').randomBytes(1e10);",
        "require('crypto').pbkdf2Sync('a', 'b', 1e9, 64, 'sha512');",
        "require('crypto').scryptSync('a', 'b', 64, { N: 1 << 30, maxmem: 1e12 });",
        "require('bcrypt').hashSync('a', 31);",
        "callback.call.apply(callback, { length: 1e9 });",
    ] {
        let outcome = explode(body);
        assert!(matches!(&outcome, Outcome::Failed(..) | Outcome::OutOfMemory), "{body}: {outcome:?}");
    }
}

#[test]
fn nothing_that_a_call_breaks_is_broken_for_the_host() {
    for body in [
        "JSON.stringify = JSON.parse = function () { return 'mine'; }; callback(null, { a: 1 });",
        "Object.prototype.toJSON = function () { return 'mine'; }; callback(null, 'x');",
        "Object.prototype.then = 1; Array.prototype.push = null; callback(null, [1]);",
        "Function.prototype.call = Function.prototype.apply = null; callback(null, 1);",
        "Promise.prototype.then = null; callback(null, 1);",
        "Map.prototype.get = Map.prototype.set = function () { throw new Error('mine'); }; callback(null, 1);",
        "globalThis.Error = null; globalThis.JSON = null; globalThis.Map = null; callback(null, 1);",
        "Object.defineProperty(Object.prototype, 'message', { get() { throw new Error('mine'); } }); callback(null, 1);",
        "Object.freeze(globalThis); Object.freeze(Object.prototype); callback(null, 1);",
    ] {
        let stage = Stage::of(MachineSettings { threads: 1, queue: 8 });
        let bomb =
            program(&format!("function login(arg, callback) {{ if (arg) {{ {body} }} else callback(null, 1); }}"));
        let first = stage.run(&bomb, "[true]", 1.0).outcome;
        assert!(matches!(first, Outcome::Answered(Some(_)) | Outcome::Failed(..)), "{body}: {first:?}");
        // Its own next call may suffer from it, but it comes to an end; nobody else notices.
        let again = stage.run(&bomb, "[false]", 1.0).outcome;
        assert!(matches!(again, Outcome::Answered(_) | Outcome::Failed(..)), "{body}: {again:?}");
        let other = program("function login(callback) { callback(null, { a: [1] }); }");
        assert_eq!(stage.run(&other, "[]", 1.0).outcome, Outcome::Answered(Some(r#"{"a":[1]}"#.to_owned())), "{body}");
    }
}

#[test]
fn a_native_loop_costs_its_thread_and_not_the_callers_time() {
    let stage = Stage::of(MachineSettings { threads: 1, queue: 8 });
    // Nothing in this loop of the engine asks for the time.
    let stuck = program("function login(callback) { Array.prototype.join.call({ length: 6e8 }, ''); callback(); }");
    let started = Instant::now();
    assert_eq!(stage.run(&stuck, "[]", 0.2).outcome, Outcome::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let neighbour = program("function login(callback) { callback(null, 1); }");
    assert_eq!(stage.run(&neighbour, "[]", 2.0).outcome, Outcome::Answered(Some("1".to_owned())));
}

#[test]
fn one_call_too_many_is_told_at_once() {
    let stage = Stage::of(MachineSettings { threads: 1, queue: 2 });
    let slow = program("function login(callback) { setTimeout(callback, 300); }");
    let outcomes = stage.block_on(async {
        let call = || {
            stage.machine.call(
                &slow,
                Invocation {
                    function: "login".to_owned(),
                    arguments: "[]".to_owned(),
                    deadline: Instant::now() + Duration::from_secs(5),
                    to_the_end: false,
                },
            )
        };
        futures::future::join_all((0..6).map(|_| call())).await
    });
    let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(Rejected::Busy))).count();
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(busy >= 3 && answered >= 2, "{busy} busy, {answered} answered");
}

#[test]
fn what_waits_too_long_is_not_begun() {
    let stage = Stage::of(MachineSettings { threads: 1, queue: 8 });
    let slow = program(
        "function login(callback) { global.runs = (global.runs || 0) + 1; setTimeout(() => callback(null, global.runs), 300); }",
    );
    let outcomes = stage.block_on(async {
        let call = |milliseconds| {
            stage.machine.call(
                &slow,
                Invocation {
                    function: "login".to_owned(),
                    arguments: "[]".to_owned(),
                    deadline: Instant::now() + Duration::from_millis(milliseconds),
                    to_the_end: false,
                },
            )
        };
        futures::future::join3(call(5000), call(100), call(5000)).await
    });
    assert!(
        matches!(&outcomes.0, Ok(report) if report.outcome == Outcome::Answered(Some("1".to_owned()))),
        "{outcomes:?}"
    );
    assert!(
        matches!(&outcomes.1, Err(Rejected::Late))
            || matches!(&outcomes.1, Ok(report) if report.outcome == Outcome::TimedOut)
    );
    assert!(
        matches!(&outcomes.2, Ok(report) if report.outcome == Outcome::Answered(Some("2".to_owned()))),
        "{outcomes:?}"
    );
}
