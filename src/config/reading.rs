//! Lets serde read a mended tree directly: in the order of the file, which a table of values relies on.

use serde::{
    Deserializer,
    de::{
        IntoDeserializer, Visitor,
        value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use super::document::{Content, Node};

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.content {
            Content::Scalar(Value::String(text)) => visitor.visit_borrowed_str(text),
            Content::Scalar(Value::Bool(value)) => visitor.visit_bool(*value),
            Content::Scalar(Value::Number(number)) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, number) => visitor.visit_f64(number.unwrap_or_default()),
            },
            // Only a fault of the syntax leaves nothing behind, and that has been told.
            Content::Scalar(_) => visitor.visit_unit(),
            Content::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Content::Table(_) => visitor.visit_map(MapDeserializer::new(self.in_order().into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.content {
            Content::Scalar(Value::String(word)) => visitor.visit_enum(word.as_str().into_deserializer()),
            Content::Table(_) => {
                visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(self.in_order().into_iter())))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::document;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sample {
        text: String,
        numbers: Vec<i64>,
        float: f32,
        flag: Option<bool>,
        word: Word,
        pairs: serde_json::Value,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Word {
        Plain,
        Holding { it: u8 },
    }

    #[test]
    fn every_type_of_value_is_read() {
        let read = |word: &str| {
            let text = format!(
                "text = 'x'\nnumbers = [-1, 0x10]\nfloat = 1.5\nflag = true\nword = {word}\npairs = {{ b = 1, a = 2020-01-01 }}"
            );
            let (node, faults) = document::read(&text);
            assert!(faults.is_empty());
            Sample::deserialize(&node).unwrap()
        };
        let sample = read("'Plain'");
        assert_eq!((sample.numbers.as_slice(), sample.flag), (&[-1, 16][..], Some(true)));
        assert_eq!(sample.word, Word::Plain);
        assert_eq!(sample.pairs["a"], "2020-01-01");
        assert_eq!(read("{ Holding = { it = 7 } }").word, Word::Holding { it: 7 });
    }
}
