//! One engine: a QuickJS runtime with the world of one program in it, and the loop that drives a call to its end.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use rquickjs::{CatchResultExt, Context, Ctx, Function, Object, Persistent, Runtime, Value, context::EvalOptions};
use tokio::sync::oneshot;

use crate::{
    CompileError, Diagnostic, How, Invocation, Line, Outcome, Program, Report, Source, Thrown, bytes, evaluate, host,
    session::{Completion, Services, Session},
};

/// So many lines and bytes of the console are kept of one call.
const MOST_LINES: usize = 1_000;
const MOST_TEXT: usize = 16 << 10;

/// What `turn` of the bootstrap script says beside a time to wait: something ran; nothing is left; only operations are.
const RAN: f64 = -3.0;
const DONE: f64 = -2.0;

/// An engine that used more than half of its memory, or this often, is replaced.
const MOST_CALLS: u32 = 20_000;
const CHECKED_EVERY: u32 = 256;

/// A runtime and the world in it. It never leaves its thread.
pub(crate) struct Engine {
    // Dropped in this order: what is held of the world before the world.
    entry: Entry,
    functions: HashMap<String, Persistent<Function<'static>>>,
    given: [Persistent<Value<'static>>; 2],
    context: Context,
    runtime: Runtime,
    state: Rc<State>,
    inbox: Receiver<Completion>,
    program: Arc<Program>,
    calls: u32,
    /// Whether nothing more is to run here.
    is_spent: bool,
}

/// What the bootstrap script returned.
struct Entry {
    begin: Persistent<Function<'static>>,
    ticks: Persistent<Function<'static>>,
    turn: Persistent<Function<'static>>,
    complete: Persistent<Function<'static>>,
    end: Persistent<Function<'static>>,
    uncaught: Persistent<Function<'static>>,
}

/// What the functions of the host share with the engine.
pub(crate) struct State {
    pub(crate) deadline: Cell<Instant>,
    /// When the program was started, for `now()`.
    pub(crate) started: Instant,
    pub(crate) outcome: RefCell<Option<Outcome>>,
    pub(crate) console: RefCell<Vec<Line>>,
    pub(crate) diagnostics: RefCell<Vec<Diagnostic>>,
    pub(crate) session: RefCell<Option<Arc<Session>>>,
    pub(crate) outbox: Sender<Completion>,
    /// Promises that were rejected and that nobody has taken yet.
    rejected: RefCell<Vec<(Persistent<Value<'static>>, Persistent<Value<'static>>)>>,
}

impl State {
    pub(crate) fn log(&self, level: &'static str, mut text: String) {
        let mut console = self.console.borrow_mut();
        if console.len() >= MOST_LINES {
            return;
        }
        if text.len() > MOST_TEXT {
            let mut end = MOST_TEXT;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        console.push(Line { level, text });
    }

    pub(crate) fn diagnose(&self, code: String, detail: String) {
        let mut diagnostics = self.diagnostics.borrow_mut();
        if diagnostics.len() < 100 {
            diagnostics.push(Diagnostic { code, detail });
        }
    }
}

impl Engine {
    /// An engine that only reads scripts.
    pub(crate) fn for_checks(program: Arc<Program>) -> Result<Engine, String> {
        let engine = Engine::new(program)?;
        engine.state.deadline.set(Instant::now() + Duration::from_secs(5));
        Ok(engine)
    }

    /// Makes the world of a program; its scripts are read when they are first called.
    pub(crate) fn new(program: Arc<Program>) -> Result<Engine, String> {
        let limits = program.parts.limits;
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        runtime.set_memory_limit(limits.memory);
        runtime.set_max_stack_size(limits.stack);
        let (outbox, inbox) = mpsc::channel();
        let state = Rc::new(State {
            deadline: Cell::new(Instant::now() + Duration::from_secs(5)),
            started: Instant::now(),
            outcome: RefCell::default(),
            console: RefCell::default(),
            diagnostics: RefCell::default(),
            session: RefCell::default(),
            outbox,
            rejected: RefCell::default(),
        });
        let clock = state.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() >= clock.deadline.get())));
        let tracker = state.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, is_handled| {
            let mut rejected = tracker.rejected.borrow_mut();
            if is_handled {
                rejected.retain(|(known, _)| known.clone().restore(&ctx).map_or(true, |known| known != promise));
            } else {
                rejected.push((Persistent::save(&ctx, promise), Persistent::save(&ctx, reason)));
            }
        })));
        let context = Context::full(&runtime).map_err(|error| error.to_string())?;
        let made = context.with(|ctx| {
            set_up(&ctx, &state, &program)
                .catch(&ctx)
                .map_err(|error| format!("the engine could not be set up: {error}"))
        });
        let (entry, given) = made?;
        let functions = HashMap::new();
        Ok(Engine { entry, functions, given, context, runtime, state, inbox, program, calls: 0, is_spent: false })
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Reads a script.
    pub(crate) fn compile(&mut self, source: &Source) -> Result<Persistent<Function<'static>>, CompileError> {
        if let Some(known) = self.functions.get(&source.function) {
            return Ok(known.clone());
        }
        let as_expression = self.with_given(source, |ctx, given| {
            let function = evaluate::expression(ctx, source, given)?;
            Ok(function.map(|function| Persistent::save(ctx, function)))
        })?;
        let function = match as_expression {
            Some(function) => function,
            None => {
                let names = evaluate::functions_of(&self.runtime, source);
                self.with_given(source, |ctx, given| {
                    evaluate::program(ctx, source, given, &names).map(|function| Persistent::save(ctx, function))
                })?
            }
        };
        self.functions.insert(source.function.clone(), function.clone());
        Ok(function)
    }

    /// Enters the world with what every script is given: `configuration` and `require`.
    fn with_given<T>(
        &self,
        source: &Source,
        work: impl for<'js> FnOnce(&Ctx<'js>, &[Value<'js>; 2]) -> Result<T, CompileError>,
    ) -> Result<T, CompileError> {
        let [configuration, require] = self.given.clone();
        self.context.with(|ctx| {
            let broken = |error: rquickjs::Error| CompileError {
                file: source.file.clone(),
                line: 0,
                column: 0,
                message: error.to_string(),
            };
            let given = [configuration.restore(&ctx).map_err(broken)?, require.restore(&ctx).map_err(broken)?];
            work(&ctx, &given)
        })
    }

    /// Runs one call to its end, and answers as soon as there is an answer.
    pub(crate) fn run(&mut self, invocation: &Invocation, services: &Arc<Services>, reply: oneshot::Sender<Report>) {
        let started = Instant::now();
        self.state.deadline.set(invocation.deadline);
        let session = Session::new(services.clone(), self.program.clone(), invocation.deadline);
        *self.state.session.borrow_mut() = Some(session.clone());
        let mut answer = Some((reply, started));
        self.begin(invocation);
        loop {
            if self.is_answered() && !invocation.to_the_end {
                self.answer(&mut answer, &session);
            }
            if !self.go_on() {
                break;
            }
        }
        if !self.is_spent {
            self.call_bare(|entry| &entry.end);
        }
        self.answer(&mut answer, &session);
        *self.state.session.borrow_mut() = None;
        session.end();
        self.tidy();
    }

    fn begin(&mut self, invocation: &Invocation) {
        let Some(source) = self.program.source(&invocation.function).cloned() else {
            let message = format!("there is no script {}", invocation.function);
            *self.state.outcome.borrow_mut() =
                Some(Outcome::Failed(Thrown { message: Some(message), ..Thrown::default() }, How::Exception));
            return;
        };
        match self.compile(&source) {
            Ok(function) => {
                let begin = self.entry.begin.clone();
                self.enter(|ctx| {
                    let function = function.restore(ctx)?;
                    begin.restore(ctx)?.call::<_, ()>((function, invocation.arguments.as_str()))
                });
            }
            Err(error) => {
                // A script that would not end is no mistake of its grammar.
                let outcome = if self.is_late() { Outcome::TimedOut } else { Outcome::Broken(error) };
                self.stop(outcome);
            }
        }
    }

    /// One step of the loop; false where nothing is left to do.
    fn go_on(&mut self) -> bool {
        if self.is_spent {
            return false;
        }
        if self.ask(|entry| &entry.ticks).unwrap_or(false) || self.microtasks() {
            return true;
        }
        let mut received = false;
        while !self.is_spent
            && let Ok(completion) = self.inbox.try_recv()
        {
            self.complete(completion);
            received = true;
        }
        if self.is_spent || received {
            return !self.is_spent;
        }
        let next = match self.ask::<f64>(|entry| &entry.turn) {
            None => return !self.is_spent,
            Some(RAN) => return true,
            Some(DONE) => return false,
            Some(next) => next as i64,
        };
        let now = Instant::now();
        let until_deadline = self.state.deadline.get().saturating_duration_since(now);
        if until_deadline.is_zero() {
            self.late();
            return false;
        }
        let timer = if next < 0 { until_deadline } else { Duration::from_millis(next.unsigned_abs()) };
        match self.inbox.recv_timeout(timer.min(until_deadline)) {
            Ok(completion) => self.complete(completion),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        true
    }

    /// Runs what promises wait for. True where something ran.
    fn microtasks(&mut self) -> bool {
        let mut ran = false;
        loop {
            match self.runtime.execute_pending_job() {
                Ok(true) => ran = true,
                Ok(false) => break,
                Err(exception) => {
                    drop(exception);
                    if self.stopped_by_limit() {
                        return false;
                    }
                    ran = true;
                }
            }
            if self.is_late() {
                self.late();
                return false;
            }
        }
        let rejected: Vec<_> = self.state.rejected.borrow_mut().drain(..).collect();
        for (promise, reason) in rejected {
            let uncaught = self.entry.uncaught.clone();
            self.enter(|ctx| {
                drop(promise);
                uncaught.restore(ctx)?.call::<_, ()>((reason.restore(ctx)?,))
            });
            ran = true;
        }
        ran
    }

    fn complete(&mut self, completion: Completion) {
        let complete = self.entry.complete.clone();
        self.enter(|ctx| {
            let complete = complete.restore(ctx)?;
            let undefined = Value::new_undefined(ctx.clone());
            match completion.result {
                Ok(done) => {
                    let bytes = match &done.bytes {
                        Some(bytes) => bytes::given(ctx, bytes)?.into_value(),
                        None => undefined.clone(),
                    };
                    complete.call::<_, ()>((completion.id, undefined, done.json.as_deref(), bytes))
                }
                Err(error) => complete.call::<_, ()>((completion.id, error.to_json(), undefined.clone(), undefined)),
            }
        });
    }

    fn ask<T: for<'js> rquickjs::FromJs<'js>>(
        &mut self,
        which: fn(&Entry) -> &Persistent<Function<'static>>,
    ) -> Option<T> {
        let function = which(&self.entry).clone();
        self.enter(|ctx| function.restore(ctx)?.call::<_, T>(()))
    }

    fn call_bare(&mut self, which: fn(&Entry) -> &Persistent<Function<'static>>) {
        self.ask::<()>(which);
    }

    /// Calls into the world. What goes wrong there is either a limit, or an error that nobody caught.
    fn enter<T>(&mut self, work: impl FnOnce(&Ctx<'_>) -> rquickjs::Result<T>) -> Option<T> {
        let result = self.context.with(|ctx| work(&ctx).catch(&ctx).map_err(|caught| caught.to_string()));
        match result {
            Ok(value) => Some(value),
            Err(text) => {
                if !self.stopped_by_limit() && !self.is_answered() {
                    let thrown = Thrown { name: Some("Error".to_owned()), message: Some(text), ..Thrown::default() };
                    *self.state.outcome.borrow_mut() = Some(Outcome::Failed(thrown, How::Exception));
                }
                None
            }
        }
    }

    /// Whether a limit was the reason; the engine is of no use then.
    fn stopped_by_limit(&mut self) -> bool {
        if self.is_late() {
            self.late();
            return true;
        }
        let usage = self.runtime.memory_usage();
        if usage.malloc_size.saturating_mul(10) >= usage.malloc_limit.saturating_mul(9) && usage.malloc_limit > 0 {
            self.stop(Outcome::OutOfMemory);
            return true;
        }
        false
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.state.deadline.get()
    }

    fn is_answered(&self) -> bool {
        self.state.outcome.borrow().is_some()
    }

    /// The deadline has passed: before the answer it is the answer, after it the rest is let go.
    fn late(&mut self) {
        if self.is_answered() {
            self.state
                .diagnose("stopped-after-callback".to_owned(), "work was still going on at the deadline".to_owned());
        }
        self.stop(Outcome::TimedOut);
    }

    fn stop(&mut self, outcome: Outcome) {
        self.is_spent = true;
        self.state.outcome.borrow_mut().get_or_insert(outcome);
    }

    fn answer(&self, answer: &mut Option<(oneshot::Sender<Report>, Instant)>, session: &Session) {
        let Some((reply, started)) = answer.take() else { return };
        // Whoever asked may be gone.
        let _ = reply.send(Report {
            outcome: self.state.outcome.borrow().clone().unwrap_or(Outcome::NeverCalled),
            console: std::mem::take(&mut self.state.console.borrow_mut()),
            diagnostics: std::mem::take(&mut self.state.diagnostics.borrow_mut()),
            traces: session.traces(),
            elapsed: started.elapsed(),
        });
    }

    /// Makes ready for the next call.
    fn tidy(&mut self) {
        *self.state.outcome.borrow_mut() = None;
        self.state.console.borrow_mut().clear();
        self.state.diagnostics.borrow_mut().clear();
        self.state.rejected.borrow_mut().clear();
        while self.inbox.try_recv().is_ok() {}
        self.calls += 1;
        if self.calls >= MOST_CALLS {
            self.is_spent = true;
        } else if self.calls.is_multiple_of(CHECKED_EVERY) {
            let usage = self.runtime.memory_usage();
            if usage.malloc_size > usage.malloc_limit / 2 {
                self.runtime.run_gc();
                let usage = self.runtime.memory_usage();
                self.is_spent = usage.malloc_size > usage.malloc_limit / 2;
            }
        }
    }
}

/// Persistent values must go before the runtime that they live in.
impl Drop for Engine {
    fn drop(&mut self) {
        self.state.rejected.borrow_mut().clear();
        self.functions.clear();
        // Both hold the state, and the state may hold values.
        self.runtime.set_interrupt_handler(None);
        self.runtime.set_host_promise_rejection_tracker(None);
    }
}

type Made = (Entry, [Persistent<Value<'static>>; 2]);

fn set_up<'js>(ctx: &Ctx<'js>, state: &Rc<State>, program: &Program) -> rquickjs::Result<Made> {
    let mut options = EvalOptions::default();
    options.filename = Some("crosswalk".to_owned());
    let bootstrap: Function<'js> = ctx.eval_with_options(include_str!("js/bootstrap.js"), options)?;
    let host = host::object(ctx, state, program)?;
    let api: Object<'js> = bootstrap.call((host,))?;
    let function = |name: &str| -> rquickjs::Result<Persistent<Function<'static>>> {
        Ok(Persistent::save(ctx, api.get::<_, Function<'js>>(name)?))
    };
    let set_up: Function<'js> = api.get("setUp")?;
    let given: Vec<Value<'js>> = set_up.call((program.parts.configuration.as_str(), program.parts.legacy_globals))?;
    let [configuration, require] = <[Value<'js>; 2]>::try_from(given)
        .map_err(|_| rquickjs::Error::new_from_js("value", "what the bootstrap returns"))?;
    let entry = Entry {
        begin: function("begin")?,
        ticks: function("runTicks")?,
        turn: function("turn")?,
        complete: function("complete")?,
        end: function("end")?,
        uncaught: function("uncaught")?,
    };
    Ok((entry, [Persistent::save(ctx, configuration), Persistent::save(ctx, require)]))
}

impl State {
    pub(crate) fn succeed(&self, json: Option<String>) {
        self.outcome.borrow_mut().get_or_insert(Outcome::Answered(json));
    }

    pub(crate) fn fail(&self, json: &str, how: Option<&str>) {
        let thrown = serde_json::from_str(json).unwrap_or_default();
        let how = match how {
            Some("exception") => How::Exception,
            Some("rejection") => How::Rejection,
            Some("result") => How::Result,
            _ => How::Callback,
        };
        self.outcome.borrow_mut().get_or_insert(Outcome::Failed(thrown, how));
    }
}
