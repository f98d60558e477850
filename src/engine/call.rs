//! The one gate to an adapter: deadline, tracing, and where an error happened. Nothing else awaits an adapter.

use std::{future::Future, time::Duration};

use crosswalk_contract::{Error, ErrorKind, Result};
use tracing::{Instrument, debug, debug_span};

use super::Connection;

/// Awaits one operation of the connection's adapter.
///
/// # Errors
/// The adapter's own, with connection and operation added; [`ErrorKind::Unavailable`] with code `timeout` where the
/// store did not answer in time. A store that is slow or down is never an absence and never a wrong password.
pub(super) async fn call<T>(
    connection: &Connection,
    operation: &'static str,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let span = debug_span!("store", connection = connection.name(), operation);
    let result = tokio::time::timeout(connection.timeout(), work).instrument(span).await;
    let result = result.unwrap_or_else(|_| Err(too_slow(connection.timeout())));
    result.map_err(|error| {
        debug!(connection = connection.name(), operation, kind = error.kind().name(), code = error.code_name());
        error.with("connection", connection.name()).with("operation", operation)
    })
}

fn too_slow(limit: Duration) -> Error {
    Error::new(ErrorKind::Unavailable, format!("the store did not answer within {limit:?}"))
        .code("timeout")
        .hint("see whether the store is overloaded or locked, or raise the connection's timeout")
}
