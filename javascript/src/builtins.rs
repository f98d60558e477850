//! The modules that every script can require, and how their text becomes a function.

use rquickjs::{Ctx, Exception, Function, Result, context::EvalOptions};

/// Makes the list: the name that is required, and the file.
macro_rules! modules {
    ($($name:literal $file:literal,)*) => {
        /// Name and text of each module; `internal/…` is for the others.
        const MODULES: &[(&str, &str)] = &[$(($name, include_str!(concat!("js/modules/", $file))),)*];
    };
}

modules! {
    "assert" "assert.js",
    "axios" "axios.js",
    "bcrypt" "bcrypt.js",
    "bcryptjs" "bcrypt.js",
    "buffer" "buffer.js",
    "crosswalk" "crosswalk.js",
    "crypto" "crypto.js",
    "events" "events.js",
    "fs" "fs.js",
    "http" "http.js",
    "https" "https.js",
    "internal/fetch" "fetch.js",
    "internal/http_client" "http_client.js",
    "internal/mysql_driver" "mysql_driver.js",
    "internal/pg_types" "pg_types.js",
    "internal/sqlstring" "sqlstring.js",
    "internal/text" "text.js",
    "internal/web" "web.js",
    "mysql" "mysql.js",
    "mysql2" "mysql2.js",
    "mysql2/promise" "mysql2_promise.js",
    "node-fetch" "node_fetch.js",
    "os" "os.js",
    "path" "path.js",
    "pg" "pg.js",
    "qs" "qs.js",
    "querystring" "querystring.js",
    "request" "request.js",
    "request-promise" "request_promise.js",
    "request-promise-native" "request_promise.js",
    "sqlstring" "sqlstring.js",
    "stream" "stream.js",
    "string_decoder" "string_decoder.js",
    "timers" "timers.js",
    "url" "url.js",
    "util" "util.js",
    "uuid" "uuid.js",
}

/// Whether a script can require that name without any package.
pub(crate) fn is_known(name: &str) -> bool {
    !name.starts_with("internal/") && MODULES.iter().any(|known| known.0 == name)
}

/// The names, for messages.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|known| known.0).filter(|name| !name.starts_with("internal/"))
}

/// The function that fills a module.
pub(crate) fn load<'js>(ctx: &Ctx<'js>, name: &str) -> Result<Function<'js>> {
    match MODULES.iter().find(|known| known.0 == name) {
        Some((_, code)) => wrapped(ctx, &format!("node:{name}"), code, "exports, require, module, internal"),
        None => Err(Exception::throw_message(ctx, &format!("Cannot find module '{name}'"))),
    }
}

/// The text of a module as a function of those parameters.
pub(crate) fn wrapped<'js>(ctx: &Ctx<'js>, file: &str, code: &str, parameters: &str) -> Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(file.to_owned());
    // A shebang is no JavaScript.
    let code = if code.starts_with("#!") { code.split_once('\n').map_or("", |(_, rest)| rest) } else { code };
    ctx.eval_with_options(format!("(function ({parameters}) {{{code}\n}})"), options)
}
