//! The server that the tests use, and a schema of its own there for each test.

use std::{panic, time::Duration};

use libtest_mimic::Failed;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

use crate::shop::Law;

/// The server's URL, or why there is none.
pub fn find() -> Result<String, String> {
    let candidates = match std::env::var("CROSSWALK_TEST_POSTGRES") {
        Ok(url) => vec![url],
        Err(_) => {
            let hosts = ["host=/var/run/postgresql", "host=/tmp", "host=127.0.0.1"];
            let databases = ["test", "postgres"];
            hosts
                .iter()
                .flat_map(|host| databases.map(|database| format!("{host} user=postgres dbname={database}")))
                .collect()
        }
    };
    let mut reasons = Vec::new();
    for url in candidates {
        match runtime().block_on(connect(&url)) {
            Ok(_) => return Ok(url),
            Err(error) => reasons.push(error),
        }
    }
    Err(format!(
        "no PostgreSQL server answers ({}); start one, or name one in CROSSWALK_TEST_POSTGRES",
        reasons.last().map_or("none tried", String::as_str)
    ))
}

/// Where one test works.
#[derive(Clone)]
pub struct Place {
    pub url: String,
    pub schema: String,
}

impl Place {
    pub fn at(url: &str) -> Place {
        Place { url: url.to_owned(), schema: format!("crosswalk_{:016x}", getrandom::u64().unwrap()) }
    }

    /// For tests that bring a server along.
    pub fn nowhere() -> Place {
        Place { url: String::new(), schema: "public".to_owned() }
    }

    /// Runs the law in a schema that is gone afterwards, however it ends.
    pub fn judge(self, law: Law) -> Result<(), Failed> {
        let has_server = !self.url.is_empty();
        if has_server {
            let sql = format!("CREATE SCHEMA {}", self.schema);
            runtime().block_on(async { connect(&self.url).await.unwrap().batch_execute(&sql).await.unwrap() });
        }
        let place = self.clone();
        let verdict = panic::catch_unwind(move || runtime().block_on((law.run)(place)));
        if has_server {
            let sql = format!("SET lock_timeout = '20s'; DROP SCHEMA {} CASCADE", self.schema);
            runtime().block_on(async { connect(&self.url).await.unwrap().batch_execute(&sql).await.unwrap() });
        }
        verdict.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned())).unwrap_or_default().into()
        })
    }

    /// The owner of the table, past the adapter; unqualified names are in the schema of the test.
    pub async fn owner(&self) -> Client {
        let client = connect(&self.url).await.unwrap();
        client.batch_execute(&format!("SET search_path = {}, public", self.schema)).await.unwrap();
        client
    }
}

/// A plain connection, and its traffic in a task.
pub async fn connect(url: &str) -> Result<Client, String> {
    let connecting = tokio::time::timeout(Duration::from_secs(5), tokio_postgres::connect(url, NoTls));
    let (client, connection) =
        connecting.await.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())?;
    tokio::spawn(connection);
    Ok(client)
}

pub fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
