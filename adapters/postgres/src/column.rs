//! A column as the table declares it, and what its type means for reading, writing and look-ups.

use crate::{dialect::POSTGRES, value::is_read_as_it_is};

/// A column of the table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The type as PostgreSQL prints it: `character varying(120)`.
    pub(crate) declared: String,
    pub(crate) shape: Shape,
    /// Of an array: what its members are. Of all others: what they are themselves.
    pub(crate) member: Shape,
    /// Whether a query gets the value in its own form; otherwise it is cast to text.
    pub(crate) as_it_is: bool,
    /// The most characters it holds, for `varchar(n)` and `char(n)`.
    pub(crate) limit: Option<u32>,
    pub(crate) not_null: bool,
    /// Whether equal means the same bytes. Collations that are not deterministic call `é` and `e` equal.
    pub(crate) exact: bool,
}

/// What matters about a type. A domain has the shape of what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    /// With its smallest and largest number.
    Integer(i64, i64),
    Float,
    Numeric,
    Text,
    /// `char(n)`.
    Padded,
    /// `citext`: text that is equal whatever its letter case.
    CaseBlind,
    Uuid,
    Bytes,
    Date,
    Time,
    Timestamp,
    Json,
    Jsonb,
    /// `hstore`: names with texts, which are read and written as a JSON object.
    Hstore,
    List,
    /// Everything else (enums, inet, ranges, composites …) is what its text says.
    Other,
}

/// A type as the catalog has it.
pub(crate) struct TypeRow<'r> {
    pub(crate) name: &'r str,
    /// Whether it is one of PostgreSQL's own.
    pub(crate) built_in: bool,
    /// Of an array: the name of its members' type, where that is built in.
    pub(crate) member: Option<&'r str>,
    pub(crate) is_array: bool,
}

impl TypeRow<'_> {
    pub(crate) fn shape(&self) -> Shape {
        match self.name {
            _ if self.is_array => Shape::List,
            "citext" => Shape::CaseBlind,
            "hstore" => Shape::Hstore,
            _ if !self.built_in => Shape::Other,
            "bool" => Shape::Bool,
            "int2" => Shape::Integer(i16::MIN.into(), i16::MAX.into()),
            "int4" => Shape::Integer(i32::MIN.into(), i32::MAX.into()),
            "int8" => Shape::Integer(i64::MIN, i64::MAX),
            "oid" => Shape::Integer(0, u32::MAX.into()),
            "float4" | "float8" => Shape::Float,
            "numeric" => Shape::Numeric,
            "text" | "varchar" | "name" => Shape::Text,
            "bpchar" => Shape::Padded,
            "uuid" => Shape::Uuid,
            "bytea" => Shape::Bytes,
            "date" => Shape::Date,
            "time" => Shape::Time,
            "timestamp" => Shape::Timestamp,
            "json" => Shape::Json,
            "jsonb" => Shape::Jsonb,
            _ => Shape::Other,
        }
    }

    /// What the members of an array are.
    pub(crate) fn member_shape(&self) -> Shape {
        match self.member {
            Some(name) => TypeRow { name, built_in: true, member: None, is_array: false }.shape(),
            None if self.is_array => Shape::Other,
            None => self.shape(),
        }
    }

    pub(crate) fn as_it_is(&self) -> bool {
        match self.member {
            Some(member) => is_read_as_it_is(member),
            None => self.built_in && !self.is_array && is_read_as_it_is(self.name),
        }
    }
}

impl Column {
    /// What stands in the list of a SELECT.
    pub(crate) fn reading(&self) -> String {
        match self.shape {
            _ if self.as_it_is => POSTGRES.quoted(&self.name),
            Shape::List => self.cast("text[]"),
            Shape::Hstore => self.reading_json(),
            _ => self.reading_text(),
        }
    }

    /// Its text, for keys, cursors and containers.
    pub(crate) fn reading_text(&self) -> String {
        self.cast("text")
    }

    /// What an `hstore` holds, as the text of a JSON object. The cast comes with the extension, wherever that is.
    pub(crate) fn reading_json(&self) -> String {
        self.cast("json::text")
    }

    /// A cast keeps the column's name, and an ORDER BY of that name would then go by the cast; so it gets its own.
    fn cast(&self, to: &str) -> String {
        let alias = POSTGRES.quoted(&format!("{}::{to}", self.name));
        format!("{}::{to} AS {alias}", POSTGRES.quoted(&self.name))
    }

    /// Whether it is text of some kind, where letter case can be disregarded.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.shape, Shape::Text | Shape::Padded | Shape::CaseBlind)
    }
}
