//! From the text of a script to its function.
//!
//! A script is one function, declared or anonymous; Auth0 compiles it as an expression. Many files hold helpers beside
//! it: those are read as a program, of which `module.exports`, the function with the recommended name, or the first
//! function is taken.

use std::collections::HashSet;

use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Function, Object, Result as JsResult, Runtime, Value,
    context::EvalOptions,
};

use crate::{CompileError, Source};

/// What stands before an expression, in its first line.
const PREFIX: &str = "(function (configuration, require, module, exports) { return (";

/// What stands before a program, in its first line.
const PROGRAM: &str = "(function (configuration, require, module, exports) {";

/// The script as an expression. `Ok(None)` where it is none, or no function.
///
/// # Errors
/// Where it throws while it is read.
pub(crate) fn expression<'js>(
    ctx: &Ctx<'js>,
    source: &Source,
    given: &[Value<'js>; 2],
) -> Result<Option<Function<'js>>, CompileError> {
    let code = text(source);
    let bare = code.trim_end().strip_suffix(';');
    for code in std::iter::once(code).chain(bare) {
        match run(ctx, &format!("{PREFIX}{code}\n) }})"), source, given) {
            Ok((value, _)) => {
                if let Some(function) = value.into_function() {
                    return Ok(Some(function));
                }
            }
            Err(error) if error.message.starts_with("SyntaxError") => {}
            Err(error) => return Err(shifted_by(error, PREFIX)),
        }
    }
    Ok(None)
}

/// The script as a program, with the names of [`functions_of`].
///
/// # Errors
/// Where it cannot be read, or has no function.
pub(crate) fn program<'js>(
    ctx: &Ctx<'js>,
    source: &Source,
    given: &[Value<'js>; 2],
    names: &[String],
) -> Result<Function<'js>, CompileError> {
    let wrapped = format!("{PROGRAM}{}\n;return [{}] }})", text(source), names.join(", "));
    let (made, exports) = run(ctx, &wrapped, source, given).map_err(|error| shifted_by(error, PROGRAM))?;
    if let Some(function) = exports.as_function() {
        return Ok(function.clone());
    }
    let functions = made.into_array().map(|array| array.iter::<Function<'js>>().collect::<JsResult<Vec<_>>>());
    let functions = functions.and_then(Result::ok).unwrap_or_default();
    let wanted = names.iter().position(|name| source.names.contains(name)).unwrap_or(0);
    functions.into_iter().nth(wanted).ok_or_else(|| CompileError {
        file: source.file.clone(),
        line: 0,
        column: 0,
        message: "there is no function in this file: a script is one function, such as `function login(email, password, callback) { … }`".to_owned(),
    })
}

fn text(source: &Source) -> &str {
    source.code.strip_prefix('\u{feff}').unwrap_or(&source.code)
}

/// Evaluates the wrapper and calls it; also what it left in `module.exports`.
fn run<'js>(
    ctx: &Ctx<'js>,
    wrapped: &str,
    source: &Source,
    given: &[Value<'js>; 2],
) -> Result<(Value<'js>, Value<'js>), CompileError> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(source.file.clone());
    let attempt = || -> JsResult<(Value<'js>, Value<'js>)> {
        let wrapper: Function<'js> = ctx.eval_with_options(wrapped, options)?;
        let module = Object::new(ctx.clone())?;
        let exports = Object::new(ctx.clone())?;
        module.set("exports", exports.clone())?;
        let made = wrapper.call((given[0].clone(), given[1].clone(), module.clone(), exports))?;
        Ok((made, module.get("exports")?))
    };
    attempt().catch(ctx).map_err(|caught| told(&caught, &source.file))
}

/// The functions at the top of a program, in their order. They are hoisted, so nothing of the program has to work; it runs
/// in a world of its own, in which there is nothing.
///
/// Nobody may be inside of the runtime's other contexts meanwhile.
pub(crate) fn functions_of(runtime: &Runtime, source: &Source) -> Vec<String> {
    let Ok(context) = Context::full(runtime) else { return Vec::new() };
    context.with(|ctx| {
        let before: HashSet<String> = ctx.globals().keys::<String>().flatten().collect();
        let mut options = EvalOptions::default();
        options.strict = false;
        let _ = ctx.eval_with_options::<Value<'_>, _>(text(source), options).catch(&ctx);
        let globals = ctx.globals();
        let names = globals.keys::<String>().flatten().filter(|name| !before.contains(name));
        names.filter(|name| globals.get::<_, Value<'_>>(name.as_str()).is_ok_and(|value| value.is_function())).collect()
    })
}

fn told(caught: &CaughtError<'_>, file: &str) -> CompileError {
    let (mut message, mut stack) = ("the script cannot be read".to_owned(), String::new());
    if let CaughtError::Exception(exception) = caught {
        let name: Option<String> = exception.as_object().get("name").ok();
        let text = exception.message().unwrap_or_default();
        message = format!("{}: {text}", name.as_deref().unwrap_or("Error"));
        stack = exception.stack().unwrap_or_default();
    } else if let CaughtError::Value(value) = caught {
        let thrown = value.as_string().and_then(|text| text.to_string().ok());
        message =
            format!("the script throws while it is read{}", thrown.map(|text| format!(": {text}")).unwrap_or_default());
    }
    // `    at login.js:3:5` or `    at login (login.js:3:5)`
    let place = stack.lines().find_map(|line| {
        let place = line.rsplit_once(file)?.1.strip_prefix(':')?.trim_end_matches(')');
        let (line, column) = place.split_once(':').unwrap_or((place, "0"));
        Some((line.parse().ok()?, column.parse().unwrap_or(0)))
    });
    let (line, column) = place.unwrap_or((0, 0));
    CompileError { file: file.to_owned(), line, column, message }
}

fn shifted_by(mut error: CompileError, before: &str) -> CompileError {
    if error.line == 1 {
        error.column = error.column.saturating_sub(u32::try_from(before.len()).unwrap_or(0)).max(1);
    }
    error
}
