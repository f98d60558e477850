//! The functions that the world of a script is built on.

use std::{rc::Rc, time::Instant};

use rquickjs::{Ctx, Error, Exception, Function, Object, Result, TypedArray, Value, prelude::Opt};

use crate::{
    Program, builtins, bytes,
    engine::State,
    files::Files,
    modules::{self, bcrypt, crypto, metadata, text, url},
};

/// The object that the bootstrap script gets.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, state: &Rc<State>, program: &Program) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    running(ctx, &host, state)?;
    loading(ctx, &host, program)?;
    texts(ctx, &host)?;
    cryptography(ctx, &host)?;
    Ok(host)
}

/// Sets a function of the host.
macro_rules! offer {
    ($ctx:ident, $host:ident, $name:literal, $function:expr) => {
        $host.set($name, Function::new($ctx.clone(), $function)?.with_name($name)?)?
    };
}

/// The call that runs: its answer, its console, its operations.
fn running<'js>(ctx: &Ctx<'js>, host: &Object<'js>, state: &Rc<State>) -> Result<()> {
    let held = state.clone();
    offer!(ctx, host, "now", move || Instant::now().duration_since(held.started).as_millis() as f64);
    let held = state.clone();
    offer!(ctx, host, "nanoseconds", move || Instant::now().duration_since(held.started).as_nanos() as f64);
    let held = state.clone();
    offer!(ctx, host, "log", move |level: String, text: String| held.log(level_of(&level), text));
    let held = state.clone();
    offer!(ctx, host, "diagnose", move |code: String, detail: Opt<String>| {
        held.diagnose(code, detail.0.unwrap_or_default());
    });
    let held = state.clone();
    offer!(ctx, host, "succeed", move |json: Opt<Option<String>>| held.succeed(json.0.flatten()));
    let held = state.clone();
    offer!(ctx, host, "fail", move |json: String, how: Opt<String>| held.fail(&json, how.0.as_deref()));
    let held = state.clone();
    offer!(ctx, host, "start", move |id: u32, name: String, json: String, given: Opt<Value<'js>>| {
        let given = given.0.and_then(|value| bytes::taken(&value));
        if let Some(session) = &*held.session.borrow() {
            let work = modules::start(session, &name, json, given);
            session.start(id, work, held.outbox.clone());
        }
    });
    let held = state.clone();
    offer!(ctx, host, "release", move |kind: String, number: u32| {
        if let Some(session) = &*held.session.borrow() {
            session.release(&kind, number);
        }
    });
    Ok(())
}

/// `require`.
fn loading<'js>(ctx: &Ctx<'js>, host: &Object<'js>, program: &Program) -> Result<()> {
    let files = Rc::new(Files::new(program.parts.packages.clone()));
    offer!(ctx, host, "builtin", |ctx: Ctx<'js>, name: String| builtins::load(&ctx, &name));
    let held = files.clone();
    offer!(ctx, host, "resolve", move |ctx: Ctx<'js>, folder: String, name: String| {
        held.resolve(&folder, &name).map_err(|error| error.throw(&ctx))
    });
    let held = files.clone();
    offer!(ctx, host, "read", move |ctx: Ctx<'js>, path: String| held.read(&path).map_err(|error| error.throw(&ctx)));
    offer!(ctx, host, "load", move |ctx: Ctx<'js>, path: String| {
        let code = files.read(&path).map_err(|error| error.throw(&ctx))?;
        builtins::wrapped(&ctx, &path, &code, "exports, require, module, __filename, __dirname")
    });
    Ok(())
}

/// Bytes as text, and addresses.
fn texts<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    offer!(ctx, host, "utf8", |ctx: Ctx<'js>, text: rquickjs::String<'js>| {
        bytes::given(&ctx, text::utf8(&text)?.as_bytes())
    });
    offer!(ctx, host, "isUtf8", |given: Value<'js>| std::str::from_utf8(&bytes::taken(&given).unwrap_or_default())
        .is_ok());
    offer!(ctx, host, "bytes", |ctx: Ctx<'js>, text: rquickjs::String<'js>, encoding: String| {
        bytes::given(&ctx, &text::encode(&text::utf8(&text)?, &encoding))
    });
    offer!(ctx, host, "text", |given: Value<'js>, encoding: String| {
        text::decode(&bytes::taken(&given).unwrap_or_default(), &encoding)
    });
    offer!(ctx, host, "merge", |ctx: Ctx<'js>, document: Option<String>, change: String| {
        metadata::merge(document.as_deref(), &change).map_err(|(message, code)| coded(&ctx, &message, code))
    });
    offer!(ctx, host, "part", |ctx: Ctx<'js>, arguments: String, at: usize, key: Opt<String>| {
        metadata::part(&arguments, at, key.0.as_deref())
            .ok_or_else(|| Exception::throw_message(&ctx, "the argument cannot be found in its text"))
    });
    offer!(ctx, host, "parseUrl", |input: String, base: Opt<Option<String>>| {
        url::parse(&input, base.0.flatten().as_deref())
    });
    offer!(ctx, host, "changeUrl", |input: String, part: String, value: String| url::change(&input, &part, &value));
    offer!(ctx, host, "encodeForm", |text: String| url::encode_form(&text));
    offer!(ctx, host, "decodeForm", |text: String| url::decode_form(&text));
    Ok(())
}

fn cryptography<'js>(ctx: &Ctx<'js>, host: &Object<'js>) -> Result<()> {
    offer!(ctx, host, "hasDigest", |name: String| crypto::has_digest(&name));
    offer!(ctx, host, "digests", crypto::names);
    offer!(ctx, host, "digest", |ctx: Ctx<'js>, name: String, data: Value<'js>, length: Opt<Option<usize>>| {
        given(&ctx, crypto::digest(&name, &taken(&data), length.0.flatten()))
    });
    offer!(ctx, host, "hmac", |ctx: Ctx<'js>, name: String, key: Value<'js>, data: Value<'js>| {
        given(&ctx, crypto::hmac(&name, &taken(&key), &taken(&data)))
    });
    offer!(ctx, host, "random", |ctx: Ctx<'js>, size: usize| given(&ctx, crypto::random(size)));
    offer!(ctx, host, "sameBytes", |one: Value<'js>, other: Value<'js>| crypto::same(&taken(&one), &taken(&other)));
    offer!(ctx, host, "pbkdf2", |ctx: Ctx<'js>, json: String| given(&ctx, crypto::pbkdf2(&json, crypto::SYNC_MOST)));
    offer!(ctx, host, "scrypt", |ctx: Ctx<'js>, json: String| given(&ctx, crypto::scrypt(&json)));
    offer!(ctx, host, "checkCipher", |name: String, key: usize, iv: usize| crypto::cipher_misfit(&name, key, iv));
    offer!(ctx, host, "cipher", |ctx: Ctx<'js>,
                                 name: String,
                                 encrypts: bool,
                                 rest: rquickjs::prelude::Rest<Value<'js>>| {
        let part = |index: usize| rest.0.get(index).map(taken).unwrap_or_default();
        let pads = rest.0.get(5).and_then(Value::as_bool).unwrap_or(true);
        let job = crypto::CipherJob {
            name,
            encrypts,
            key: part(0),
            iv: part(1),
            aad: part(2),
            tag: part(3),
            data: part(4),
            pads,
        };
        given(&ctx, crypto::cipher(job))
    });
    offer!(ctx, host, "sign", |ctx: Ctx<'js>, name: String, how: String, key: String, data: Value<'js>| {
        given(&ctx, crypto::sign(&name, &how, &key, &taken(&data)))
    });
    offer!(ctx, host, "verify", |ctx: Ctx<'js>,
                                 name: String,
                                 how: String,
                                 key: String,
                                 data: Value<'js>,
                                 signature: Value<'js>| {
        crypto::verify(&name, &how, &key, &taken(&data), &taken(&signature))
            .map_err(|message| Exception::throw_message(&ctx, &message))
    });
    offer!(ctx, host, "bcryptSalt", bcrypt::salt);
    offer!(ctx, host, "bcryptHash", |ctx: Ctx<'js>, data: String, salt: String| {
        bcrypt::hash(&data, &salt).map_err(|message| Exception::throw_message(&ctx, &message))
    });
    offer!(ctx, host, "bcryptCompare", |ctx: Ctx<'js>, data: String, hash: String| {
        bcrypt::compare(&data, &hash).map_err(|message| Exception::throw_message(&ctx, &message))
    });
    Ok(())
}

/// An `Error` with a `code`.
pub(crate) fn coded(ctx: &Ctx<'_>, message: &str, code: &str) -> Error {
    match Exception::from_message(ctx.clone(), message) {
        Ok(exception) => {
            let _ = exception.as_object().set("code", code);
            exception.throw()
        }
        Err(error) => error,
    }
}

fn taken(value: &Value<'_>) -> Vec<u8> {
    bytes::taken(value).unwrap_or_default()
}

fn given<'js>(ctx: &Ctx<'js>, made: std::result::Result<Vec<u8>, String>) -> Result<TypedArray<'js, u8>> {
    match made {
        Ok(made) => bytes::given(ctx, &made),
        Err(message) => Err(Exception::throw_message(ctx, &message)),
    }
}

fn level_of(name: &str) -> &'static str {
    ["info", "warn", "error", "debug"].into_iter().find(|level| *level == name).unwrap_or("log")
}
