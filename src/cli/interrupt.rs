//! Ctrl-C: a command ends in order, and the terminal is left as it was found.

#[cfg(unix)]
use std::fs::File;
use std::{future::Future, io};

use super::failure::{Failure, Outcome};

/// Does the work until it ends or somebody presses Ctrl-C; the work is dropped then, as by a caller who goes away.
///
/// # Errors
/// [`Failure::Interrupted`], and those of the work.
pub async fn unless_interrupted<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::select! {
        biased;
        () = ctrl_c() => Err(Failure::Interrupted),
        outcome = work => outcome,
    }
}

/// Ends when somebody presses Ctrl-C; never where the system does not tell of it.
pub async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Asks at the terminal without showing what is typed. Whoever is dropped while asking, by Ctrl-C, leaves a terminal
/// that shows again what is typed.
///
/// # Errors
/// No terminal.
pub async fn ask_unseen(prompt: &str) -> io::Result<String> {
    let _modes = Modes::of_terminal();
    let prompt = prompt.to_owned();
    tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await.map_err(io::Error::other)?
}

/// How the terminal behaves; given back when dropped.
#[cfg(unix)]
struct Modes(Option<(File, rustix::termios::Termios)>);

#[cfg(unix)]
impl Modes {
    fn of_terminal() -> Modes {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok();
        Modes(terminal.and_then(|terminal| {
            let modes = rustix::termios::tcgetattr(&terminal).ok()?;
            Some((terminal, modes))
        }))
    }
}

#[cfg(unix)]
impl Drop for Modes {
    fn drop(&mut self) {
        if let Some((terminal, modes)) = &self.0 {
            // A terminal that is gone needs no modes.
            let _ = rustix::termios::tcsetattr(terminal, rustix::termios::OptionalActions::Now, modes);
        }
    }
}

/// Elsewhere the console gives its modes back by itself.
#[cfg(not(unix))]
struct Modes;

#[cfg(not(unix))]
impl Modes {
    fn of_terminal() -> Modes {
        Modes
    }
}
