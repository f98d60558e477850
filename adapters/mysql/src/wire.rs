//! One connection, armed before each command and disarmed after the last byte of its answer is read.
//!
//! A bare driver connection that a cancelled caller left in the middle of an answer gives that answer to the next
//! caller. Armed, it never gets there: it is closed.

use std::time::Duration;

use futures::FutureExt;
use mysql_async::{Conn, Error, Params, Row, Value, prelude::Queryable};
use tokio::time::{self, error::Elapsed};

/// The server stops a statement by itself; this much later nobody waits for it any more.
const GRACE: Duration = Duration::from_secs(2);

/// A connection and what is known about its state.
#[derive(Debug)]
pub(crate) struct Wire {
    conn: Conn,
    timeout: Duration,
    armed: bool,
    in_transaction: bool,
    /// Whether a call ended well on it before this one.
    pub(crate) reused: bool,
}

/// Why a command has no answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// What server or driver say.
    Said(Error),
    /// Neither says anything.
    Silence,
}

/// What a statement without rows did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    /// Rows that the statement found.
    pub(crate) rows: u64,
    /// The id that the server made for the row.
    pub(crate) made_id: Option<u64>,
}

impl Wire {
    pub(crate) fn new(conn: Conn, timeout: Duration) -> Wire {
        Wire { conn, timeout: timeout.saturating_add(GRACE), armed: false, in_transaction: false, reused: false }
    }

    /// Whether the next caller would find it as new.
    pub(crate) fn is_clean(&self) -> bool {
        !self.armed && !self.in_transaction && !self.conn.is_disconnected()
    }

    /// Runs a prepared statement and reads its rows.
    pub(crate) async fn rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, Trouble> {
        self.armed = true;
        let answer = time::timeout(self.timeout, self.conn.exec(sql, Params::from(values))).await;
        self.answered(answer)
    }

    /// Runs a prepared statement that has no rows.
    pub(crate) async fn change(&mut self, sql: &str, values: Vec<Value>) -> Result<Done, Trouble> {
        self.armed = true;
        let answer = time::timeout(self.timeout, self.conn.exec_drop(sql, Params::from(values))).await;
        self.answered(answer)?;
        Ok(Done { rows: self.conn.affected_rows(), made_id: self.conn.last_insert_id().filter(|id| *id != 0) })
    }

    /// Asks whether somebody is there.
    pub(crate) async fn ping(&mut self) -> Result<(), Trouble> {
        self.armed = true;
        let answer = time::timeout(self.timeout, self.conn.ping()).await;
        self.answered(answer)
    }

    pub(crate) async fn begin(&mut self) -> Result<(), Trouble> {
        self.in_transaction = true;
        self.say("START TRANSACTION").await
    }

    /// A transaction in which each statement sees what was committed before it, not what was there at the first one.
    pub(crate) async fn begin_with_fresh_sight(&mut self) -> Result<(), Trouble> {
        self.say("SET TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
        self.begin().await
    }

    pub(crate) async fn commit(&mut self) -> Result<(), Trouble> {
        self.say("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    pub(crate) async fn roll_back(&mut self) -> Result<(), Trouble> {
        self.say("ROLLBACK").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// The connection for one long answer. It stays armed: nothing else is ever asked of it.
    pub(crate) fn for_listing(&mut self) -> &mut Conn {
        self.armed = true;
        &mut self.conn
    }

    async fn say(&mut self, words: &'static str) -> Result<(), Trouble> {
        self.armed = true;
        let answer = time::timeout(self.timeout, self.conn.query_drop(words)).await;
        self.answered(answer)
    }

    fn answered<T>(&mut self, answer: Result<Result<T, Error>, Elapsed>) -> Result<T, Trouble> {
        match answer {
            Ok(Ok(answer)) => {
                self.armed = false;
                Ok(answer)
            }
            Ok(Err(error)) => {
                // The server's error is the whole answer; any other one leaves the connection in between.
                self.armed = !matches!(error, Error::Server(_));
                Err(Trouble::Said(error))
            }
            Err(_) => Err(Trouble::Silence),
        }
    }
}

impl Drop for Wire {
    /// The driver reads the rest of an answer before it says good-bye, in the background and be it a million rows. A
    /// command that was begun and given up makes it close the connection at once instead.
    fn drop(&mut self) {
        if self.armed && !self.conn.is_disconnected() {
            let _ = self.conn.ping().now_or_never();
        }
    }
}
