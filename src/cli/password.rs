//! Passwords come from a prompt or standard input, never from the command line, where every process list shows them.

use std::io::{self, Read};

use clap::Args;

use super::{
    failure::{Failure, Outcome},
    interrupt::ask_unseen,
    screen::Screen,
};
use crate::engine::Secret;

/// How a password is given.
#[derive(Args, Clone, Debug)]
pub struct PasswordFrom {
    /// Read the password from standard input (up to a final line break) instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

/// No password is longer; more is a file given by mistake.
const MOST_BYTES: u64 = 64 * 1024;

impl PasswordFrom {
    /// A password that exists.
    ///
    /// # Errors
    /// No terminal to ask at, or standard input that is not text.
    pub async fn read(&self, screen: &mut Screen, prompt: &str) -> Outcome<Secret> {
        if self.password_stdin {
            return from_stdin();
        }
        screen.flush()?;
        ask(prompt).await
    }

    /// A new password, asked for twice at a terminal.
    ///
    /// # Errors
    /// As [`PasswordFrom::read`]; two that differ.
    pub async fn read_new(&self, screen: &mut Screen) -> Outcome<Secret> {
        let password = self.read(screen, "New password: ").await?;
        if !self.password_stdin && ask("The same again: ").await? != password {
            return Err(Failure::usage("the two passwords differ", "nothing was changed; try again"));
        }
        if password.expose().is_empty() {
            return Err(Failure::usage("the new password is empty", "nothing was changed; try again"));
        }
        Ok(password)
    }
}

fn from_stdin() -> Outcome<Secret> {
    let mut text = String::new();
    let wrong = || Failure::usage("standard input holds no password", "give one line of text in UTF-8, below 64 kB");
    let length = io::stdin().lock().take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|_| wrong())?;
    if length as u64 > MOST_BYTES {
        return Err(wrong());
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
}

async fn ask(prompt: &str) -> Outcome<Secret> {
    ask_unseen(prompt).await.map(Secret::new).map_err(|_| {
        Failure::usage("there is no terminal to ask for the password at", "pipe it in and say --password-stdin")
    })
}
