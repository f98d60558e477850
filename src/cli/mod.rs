//! The command line: one file per command, plain words for people, JSON for programs, exit codes for both.

mod check;
mod demo;
mod directory;
mod doctor;
mod exit;
mod failure;
mod init;
mod interrupt;
mod laws;
mod list;
mod logging;
mod opening;
mod password;
mod portrait;
mod screen;
#[cfg(feature = "script")]
mod script;
mod try_user;
mod types;
mod who;
mod written;

use std::{env, ffi::OsString, io::Write, panic, path::PathBuf};

use clap::{ArgAction, Parser, Subcommand};

pub use exit::Exit;
use failure::{Failure, Outcome};
use interrupt::unless_interrupted;
use screen::{BAD, Screen, paint};

/// Legacy user tables become clean identity profiles, with nothing lost and nothing let in.
#[derive(Debug, Parser)]
#[command(name = "crosswalk", version, after_help = Exit::help(), propagate_version = true, max_term_width = 100)]
struct Cli {
    /// The configuration; without it the file that CROSSWALK_CONFIG names, else crosswalk.toml. For `script run`, in
    /// place of a file: NAME=VALUE of what scripts read as `configuration`, as often as needed
    #[arg(long, short, global = true, value_name = "FILE", action = ArgAction::Append)]
    config: Vec<OsString>,

    /// Answer in JSON; errors too, on standard error: {"error":{"kind","code","message","hint","context"}}
    #[arg(long, global = true)]
    json: bool,

    /// Log more to standard error: -v what happens, -vv how
    #[arg(long, short, global = true, action = ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a legacy shop to play with, and take a tour: log in, look up, create, change, move
    Demo(demo::Demo),
    /// Write a configuration for a well-known application, or say which one a database belongs to
    Init(init::Init),
    /// Try one operation of a connection, and see record, map and profile side by side
    Try(try_user::Try),
    /// Check the configuration without reaching any store: every mistake at once
    Check(check::Check),
    /// Reach the stores and say what stands in the way
    Doctor(doctor::Doctor),
    /// Run the laws against a connection whose store is marked `test_store = true`
    Test(laws::Laws),
    /// List all users of a connection as profiles
    List(list::List),
    /// Learn which types metadata fields have across all users of a connection
    Types(types::Types),
    /// Run custom-database scripts by themselves
    #[cfg(feature = "script")]
    #[command(subcommand)]
    Script(script::ScriptCommand),
    /// Look after the directory, where migrated users live
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
}

/// Runs the command line, tells what came of it, and never panics across this border.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    panic::set_hook(Box::new(tell_fault));
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, json),
    };
    logging::start(cli.verbose);
    let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| cli.run())).unwrap_or(Err(Failure::Fault));
    outcome.unwrap_or_else(|failure| {
        tell(&failure, json);
        failure.exit()
    })
}

impl Cli {
    fn run(self) -> Outcome {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|cause| Failure::file("the runtime cannot be started", cause))?;
        let mut screen = Screen::new(self.json);
        let exit = runtime.block_on(self.command.run(&self.config, &mut screen));
        // Somebody who was asked for a password and pressed Ctrl-C instead will not answer any more.
        runtime.shutdown_background();
        // What was answered before something failed is an answer too.
        match (exit, screen.flush()) {
            (Ok(exit), Ok(())) => Ok(exit),
            (Ok(_), Err(cause)) => Err(cause.into()),
            (Err(failure), _) => Err(failure),
        }
    }
}

impl Command {
    async fn run(self, config: &[OsString], screen: &mut Screen) -> Outcome {
        match self {
            // The laws' users are to be removed first.
            Command::Test(_) => self.perform(config, screen).await,
            _ => unless_interrupted(self.perform(config, screen)).await,
        }
    }

    async fn perform(self, config: &[OsString], screen: &mut Screen) -> Outcome {
        let file = || config_file(config);
        match self {
            #[cfg(feature = "script")]
            Command::Script(command) => command.run(config, screen).await,
            Command::Demo(command) => command.run(screen).await,
            Command::Init(command) => command.run(&file()?, screen).await,
            Command::Try(command) => command.run(&file()?, screen).await,
            Command::Check(command) => command.run(&file()?, screen),
            Command::Doctor(command) => command.run(&file()?, screen).await,
            Command::Test(command) => command.run(&file()?, screen).await,
            Command::List(command) => command.run(&file()?, screen).await,
            Command::Types(command) => command.run(&file()?, screen).await,
            Command::Directory(command) => command.run(&file()?, screen).await,
        }
    }
}

fn config_file(given: &[OsString]) -> Outcome<PathBuf> {
    match given {
        [] => Ok(env::var_os("CROSSWALK_CONFIG").filter(|it| !it.is_empty()).unwrap_or("crosswalk.toml".into()).into()),
        [file] => Ok(file.into()),
        _ => Err(Failure::usage("--config is given more than once", "one file is the whole configuration")),
    }
}

fn not_parsed(error: &clap::Error, json: bool) -> Exit {
    // `--help` and `--version` come this way too.
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Ok;
    }
    if json {
        let text = error.render().to_string();
        let words: Vec<&str> =
            text.lines().take_while(|line| !line.is_empty()).flat_map(str::split_whitespace).collect();
        let message = words.join(" ");
        tell(&Failure::usage(message.trim_start_matches("error: "), "see crosswalk --help"), true);
    } else {
        let _ = error.print();
    }
    Exit::Usage
}

fn tell(failure: &Failure, json: bool) {
    let text = match (failure, json) {
        (Failure::NobodyListens, _) => return,
        // The hook has told it already.
        (Failure::Fault, false) => return,
        (_, true) => failure.json().to_string(),
        (_, false) => format!("{} {}", paint(BAD, "crosswalk:"), failure.text()),
    };
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A panic's own message may hold whatever the code was looking at, so only the place is told.
fn tell_fault(panic: &panic::PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(String::new, |it| format!(" at {}:{}", it.file(), it.line()));
    let _ = writeln!(
        anstream::stderr().lock(),
        "crosswalk: a fault of Crosswalk itself{place}; nothing that was promised is lost. Please report this line."
    );
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_tells_every_exit_code() {
        let help = Cli::command().render_help().to_string();
        assert!(Exit::TABLE.iter().all(|(_, meaning)| help.contains(meaning.split([':', ';']).next().unwrap())));
    }

    #[test]
    fn no_command_takes_a_password_as_an_argument() {
        fn arguments(command: &clap::Command) -> Vec<String> {
            let own = command.get_arguments().map(|it| it.get_id().to_string());
            own.chain(command.get_subcommands().flat_map(arguments)).collect()
        }
        let passwords: Vec<String> =
            arguments(&Cli::command()).into_iter().filter(|name| name.contains("password")).collect();
        assert!(passwords.iter().all(|name| name == "password_stdin"), "{passwords:?}");
    }
}
