//! PostgreSQL for hand-written queries: always a connection for themselves, never a shared lane.

use std::sync::Arc;

use crosswalk_contract::{Error, ErrorKind, Examination, Field, Record, Result, async_trait};
use crosswalk_queries::{Driver, Query, ResultNames, Session, Values, Work};
use crosswalk_sql::Statement;
use tokio_postgres::{
    Row,
    types::{Kind, Type},
};

use crate::{
    column::{Column, Shape, TypeRow},
    connection::Connection,
    examine,
    failure::{Failure, Remedy, contended},
    parameter::Parameter,
    store::{Store, Tries},
    value::{is_read_as_it_is, record},
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

    async fn once<W: Work>(&self, work: &W, writes: bool) -> Result<W::Answer, Failure> {
        let exclusive = self.store.pool.get().await?;
        let result = self.on(&exclusive, work, writes).await;
        match &result {
            Ok(_) => exclusive.give_back(),
            Err(failure) if writes => self.store.undo(exclusive, failure).await,
            Err(failure) if failure.leaves_connection() => exclusive.give_back(),
            Err(_) => {}
        }
        result
    }

    async fn on<W: Work>(&self, connection: &Connection, work: &W, writes: bool) -> Result<W::Answer, Failure> {
        connection.follow(self.store.generation());
        if writes {
            self.store.begin(connection).await?;
        }
        let mut session = QuerySession { queried: self, connection, failed: None };
        let answer = work.run(&mut session).await.map_err(|error| match session.failed {
            Some((remedy, leaves_connection)) => Failure::Judged { error, remedy, leaves_connection },
            None => Failure::Told(error),
        })?;
        if writes {
            self.store.commit(connection).await?;
        }
        Ok(answer)
    }

    async fn tried<W: Work>(&self, work: &W, writes: bool) -> Result<W::Answer> {
        let mut tries = Tries::default();
        loop {
            match self.once(work, writes).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.store.judge(&mut tries, failure).await?,
            }
        }
    }

    fn record(&self, query: &Query, row: &Row) -> Result<Record, Failure> {
        let names: Vec<&str> = row.columns().iter().map(|column| column.name()).collect();
        Ok(record(&self.names.of(query, &names), row)?)
    }
}

/// One piece of work on one connection.
struct QuerySession<'s> {
    queried: &'s Queried,
    connection: &'s Connection,
    /// What to do about the error of the last statement, and whether the connection can go on after it.
    failed: Option<(Remedy, bool)>,
}

impl QuerySession<'_> {
    async fn statement<'v>(&self, query: &'v Query, values: &'v Values) -> Result<Statement<Parameter<'v>>, Failure> {
        let types = self.connection.parameter_types(query.sql()).await?;
        let of = |(at, (name, field)): (usize, (&str, &'v Field))| {
            Parameter::of(&column(name, types.get(at)), field).map_err(|error| error.with("parameter", name))
        };
        let values: Result<Vec<_>> = query.bind(values).enumerate().map(of).collect();
        Ok(Statement { sql: query.sql().to_owned(), values: values? })
    }

    async fn read(&self, query: &Query, values: &Values) -> Result<Vec<Record>, Failure> {
        let statement = self.statement(query, values).await?;
        let rows = self.connection.query(&statement).await?;
        if let Some(column) = rows.first().and_then(|row| row.columns().iter().find(|it| !is_readable(it.type_()))) {
            let (name, kind) = (column.name(), column.type_());
            let error = Error::new(
                ErrorKind::Config,
                format!("the column {name} is of the type {kind}, which is not read as it is"),
            );
            return Err(error.hint(format!("write {name}::text AS {name} in the query")).into());
        }
        rows.iter().map(|row| self.queried.record(query, row)).collect()
    }

    async fn write(&self, query: &Query, values: &Values) -> Result<u64, Failure> {
        let statement = self.statement(query, values).await?;
        self.connection.execute(&statement).await
    }

    /// The error for the work, which may know what to do about it.
    fn told(&mut self, failure: Failure, query: &Query) -> Error {
        self.failed = Some((failure.remedy(), failure.leaves_connection()));
        self.queried.store.told(failure).with("query", query.key())
    }
}

#[async_trait]
impl Session for QuerySession<'_> {
    async fn rows(&mut self, query: &Query, values: &Values) -> Result<Vec<Record>> {
        self.read(query, values).await.map_err(|failure| self.told(failure, query))
    }

    async fn change(&mut self, query: &Query, values: &Values) -> Result<u64> {
        self.write(query, values).await.map_err(|failure| self.told(failure, query))
    }

    fn contended(&self) -> Error {
        contended()
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
        examine::examine_server(&self.store).await
    }

    async fn read<W: Work>(&self, work: &W) -> Result<W::Answer> {
        self.tried(work, false).await
    }

    async fn write<W: Work>(&self, work: &W) -> Result<W::Answer> {
        self.tried(work, true).await
    }
}

/// A parameter as if it were a column of the type that the server wants there.
fn column(name: &str, kind: Option<&Type>) -> Column {
    let kind = kind.unwrap_or(&Type::TEXT);
    let member = match kind.kind() {
        Kind::Array(member) => Some(member),
        _ => None,
    };
    let row = TypeRow {
        name: kind.name(),
        built_in: kind.schema() == "pg_catalog",
        member: member.map(|member| member.name()),
        is_array: member.is_some(),
    };
    Column {
        name: name.to_owned(),
        declared: kind.name().to_owned(),
        shape: if *kind == Type::UNKNOWN { Shape::Text } else { row.shape() },
        member: row.member_shape(),
        as_it_is: row.as_it_is(),
        limit: None,
        not_null: false,
        exact: true,
    }
}

/// Whether the adapter knows the binary form of the type.
fn is_readable(kind: &Type) -> bool {
    match kind.kind() {
        Kind::Array(member) => is_readable(member),
        Kind::Domain(inner) => is_readable(inner),
        Kind::Enum(_) => true,
        _ => {
            (kind.schema() == "pg_catalog" && is_read_as_it_is(kind.name()))
                || matches!(kind.name(), "citext" | "unknown")
        }
    }
}
