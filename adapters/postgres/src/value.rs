//! From PostgreSQL's binary values to fields, by the type that the statement says, not by what was known before.

use std::{error::Error as StdError, str, sync::Arc};

use crosswalk_contract::{Columns, Field, Record};
use fallible_iterator::FallibleIterator;
use postgres_protocol::types::array_from_sql;
use tokio_postgres::{
    Row,
    types::{FromSql, Kind, Type},
};

use crate::{calendar, numeric};

type Failed = Box<dyn StdError + Sync + Send>;

/// The record of a row; columns of the statement beyond the names are not part of it.
pub(crate) fn record(names: &Arc<Columns>, row: &Row) -> Result<Record, tokio_postgres::Error> {
    let mut fields = Vec::with_capacity(names.names().len());
    for index in 0..names.names().len() {
        fields.push(row.try_get::<_, Value>(index)?.0);
    }
    Ok(Record::new(names.clone(), fields))
}

/// Whether the adapter reads this type (of the schema `pg_catalog`) in its binary form. All others are read as text.
pub(crate) fn is_read_as_it_is(type_name: &str) -> bool {
    const BINARY: [&str; 20] = [
        "bool",
        "int2",
        "int4",
        "int8",
        "oid",
        "float4",
        "float8",
        "numeric",
        "text",
        "varchar",
        "bpchar",
        "name",
        "bytea",
        "uuid",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "json",
        "jsonb",
    ];
    BINARY.contains(&type_name)
}

/// A field as the driver hands it out.
pub(crate) struct Value(pub(crate) Field);

impl<'a> FromSql<'a> for Value {
    fn from_sql(r#type: &Type, raw: &'a [u8]) -> Result<Value, Failed> {
        field(r#type, raw).map(Value)
    }

    fn from_sql_null(_: &Type) -> Result<Value, Failed> {
        Ok(Value(Field::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn field(r#type: &Type, raw: &[u8]) -> Result<Field, Failed> {
    if let Kind::Array(member) = r#type.kind() {
        return list(member, raw);
    }
    Ok(match *r#type {
        Type::BOOL => Field::Bool(raw.first().is_some_and(|byte| *byte != 0)),
        Type::INT2 => Field::I64(i16::from_be_bytes(raw.try_into()?).into()),
        Type::INT4 => Field::I64(i32::from_be_bytes(raw.try_into()?).into()),
        Type::INT8 => Field::I64(i64::from_be_bytes(raw.try_into()?)),
        Type::OID => Field::I64(u32::from_be_bytes(raw.try_into()?).into()),
        // By its shortest text: widening the bits would turn 0.1 into 0.10000000149011612.
        Type::FLOAT4 => Field::F64(f32::from_be_bytes(raw.try_into()?).to_string().parse()?),
        Type::FLOAT8 => Field::F64(f64::from_be_bytes(raw.try_into()?)),
        Type::NUMERIC => match numeric::text(raw).ok_or("a numeric that is none")? {
            number if number.ends_with(|last: char| last.is_ascii_digit()) => Field::Decimal(number),
            // NaN and the infinities are no decimals.
            word => Field::Text(word),
        },
        Type::BYTEA => Field::Bytes(raw.to_owned()),
        // Trailing blanks of char(n) are padding; PostgreSQL itself drops them wherever it makes text of one.
        Type::BPCHAR => text(without_padding(raw)),
        Type::UUID => Field::Text(uuid(raw.try_into()?)),
        Type::DATE => calendar::date(i32::from_be_bytes(raw.try_into()?)),
        Type::TIME => calendar::time(i64::from_be_bytes(raw.try_into()?)),
        Type::TIMESTAMP => calendar::timestamp(i64::from_be_bytes(raw.try_into()?), None),
        Type::TIMESTAMPTZ => calendar::timestamp(i64::from_be_bytes(raw.try_into()?), Some(0)),
        Type::JSON => Field::Json(str::from_utf8(raw)?.to_owned()),
        Type::JSONB => match raw {
            [1, text @ ..] => Field::Json(str::from_utf8(text)?.to_owned()),
            _ => return Err("an unknown version of jsonb".into()),
        },
        _ => text(raw),
    })
}

/// Text of a database that does not know its own encoding (`SQL_ASCII`) may be anything: nothing is replaced or lost.
fn text(raw: &[u8]) -> Field {
    match str::from_utf8(raw) {
        Ok(text) => Field::Text(text.to_owned()),
        Err(_) => Field::Bytes(raw.to_owned()),
    }
}

/// An array; one of several dimensions is a list of lists.
fn list(member: &Type, raw: &[u8]) -> Result<Field, Failed> {
    let array = array_from_sql(raw)?;
    let lengths: Vec<usize> =
        array.dimensions().map(|dimension| Ok(usize::try_from(dimension.len).unwrap_or(0))).collect()?;
    let mut fields: Vec<Field> =
        array.values().map(|value| value.map_or(Ok(Field::Null), |raw| field(member, raw))).collect()?;
    for length in lengths.iter().skip(1).rev() {
        let mut rest = fields.into_iter();
        fields = Vec::new();
        loop {
            let part: Vec<Field> = rest.by_ref().take(*length).collect();
            if part.is_empty() {
                break;
            }
            fields.push(Field::List(part));
        }
    }
    Ok(Field::List(fields))
}

fn uuid(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn without_padding(raw: &[u8]) -> &[u8] {
    let end = raw.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &raw[..end]
}
