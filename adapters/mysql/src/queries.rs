//! MySQL for hand-written queries.

use std::sync::Arc;

use crosswalk_contract::{Error, ErrorKind, Examination, Field, Record, Result, async_trait};
use crosswalk_queries::{Driver, Query, ResultNames, Session, Values, Work};
use mysql_async::{Row, Value};

use crate::{
    failure::{DEADLOCK, failure, unknown_outcome},
    pool::Lease,
    schema::Column,
    store::{Store, Tries},
    value::{field, parameter},
    wire::Trouble,
};

/// A database whose owner writes the queries.
pub(crate) struct Queried {
    store: Arc<Store>,
    names: ResultNames,
}

impl Queried {
    pub(crate) fn new(store: Arc<Store>) -> Queried {
        Queried { store, names: ResultNames::default() }
    }

    async fn tried<W: Work>(&self, work: &W, writes: bool) -> Result<W::Answer> {
        let mut tries = Tries::default();
        loop {
            let mut session = QuerySession { queried: self, lease: self.store.lease().await? };
            let result = if writes { session.transact(work).await } else { work.run(&mut session).await };
            if let Some(result) = tries.settle(&self.store, result, session.lease).await {
                return result;
            }
        }
    }

    fn record(&self, query: &Query, row: Row) -> Record {
        let answered = row.columns();
        let names: Vec<_> = answered.iter().map(|column| column.name_str()).collect();
        let names = self.names.of(query, &names);
        let fields =
            row.unwrap().into_iter().zip(answered.iter()).map(|(value, column)| field(value, column)).collect();
        Record::new(names, fields)
    }
}

/// One piece of work on one connection.
struct QuerySession<'s> {
    queried: &'s Queried,
    lease: Lease,
}

impl QuerySession<'_> {
    async fn transact<W: Work>(&mut self, work: &W) -> Result<W::Answer> {
        self.lease.begin_with_fresh_sight().await.map_err(|trouble| self.failure(&trouble))?;
        match work.run(self).await {
            Ok(answer) => {
                let committed = self.lease.commit().await;
                committed.map_err(|trouble| unknown_outcome(self.failure(&trouble), "queries"))?;
                Ok(answer)
            }
            Err(error) => {
                // A connection on which this fails is closed, which undoes as well.
                let _ = self.lease.roll_back().await;
                Err(error)
            }
        }
    }

    fn failure(&self, trouble: &Trouble) -> Error {
        failure(trouble, &self.queried.store, None)
    }
}

#[async_trait]
impl Session for QuerySession<'_> {
    async fn rows(&mut self, query: &Query, values: &Values) -> Result<Vec<Record>> {
        let answer = self.lease.rows(query.sql(), parameters(query, values)?).await;
        let rows = answer.map_err(|trouble| self.failure(&trouble).with("query", query.key()))?;
        Ok(rows.into_iter().map(|row| self.queried.record(query, row)).collect())
    }

    async fn change(&mut self, query: &Query, values: &Values) -> Result<u64> {
        let answer = self.lease.change(query.sql(), parameters(query, values)?).await;
        Ok(answer.map_err(|trouble| self.failure(&trouble).with("query", query.key()))?.rows)
    }

    fn contended(&self) -> Error {
        Error::new(ErrorKind::Unavailable, "others kept changing the same rows").code(DEADLOCK).hint("try again")
    }
}

#[async_trait]
impl Driver for Queried {
    fn kind(&self) -> &'static str {
        crate::KIND.name
    }

    async fn ping(&self) -> Result<()> {
        self.store.ping().await
    }

    async fn examine(&self) -> Result<Examination> {
        self.store.examine_server().await
    }

    async fn read<W: Work>(&self, work: &W) -> Result<W::Answer> {
        self.tried(work, false).await
    }

    async fn write<W: Work>(&self, work: &W) -> Result<W::Answer> {
        self.tried(work, true).await
    }
}

/// The values in the order of the placeholders. The server converts them by its own rules.
fn parameters(query: &Query, values: &Values) -> Result<Vec<Value>> {
    query.bind(values).map(|(name, value)| of(name, value)).collect()
}

fn of(name: &str, value: &Field) -> Result<Value> {
    parameter(&Column::unknown(name), value).map_err(|error| error.with("parameter", name))
}
