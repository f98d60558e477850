//! A record seen through the plan: columns by slot, positions remembered per set of column names.

use std::sync::Arc;

use arc_swap::ArcSwap;
use crosswalk_contract::{Columns, Field, Record};

use super::field_text::Reason;

/// A column of the plan, by number.
pub(super) type Slot = usize;

/// What does not fit, and in which column. Never holds the value.
#[derive(Debug)]
pub(super) struct Misfit {
    pub slot: Slot,
    pub reason: Reason,
}

/// The fields of one record, by slot.
pub(super) struct Row<'r> {
    fields: &'r [Field],
    positions: Arc<[usize]>,
}

impl<'r> Row<'r> {
    /// A row whose fields stand in the order of the slots.
    pub(super) fn of_slots(fields: &'r [Field]) -> Row<'r> {
        Row { fields, positions: (0..fields.len()).collect() }
    }

    /// The field in that slot.
    pub(super) fn get(&self, slot: Slot) -> &'r Field {
        self.positions.get(slot).and_then(|position| self.fields.get(*position)).unwrap_or(&Field::Null)
    }
}

/// The columns that a plan reads, and where they were in the record shapes seen last.
pub(super) struct Slots {
    names: Vec<String>,
    seen: ArcSwap<Vec<Shape>>,
}

/// Positions by slot, for one set of column names. Holding the names keeps their address from being used again.
#[derive(Clone)]
struct Shape {
    columns: Arc<Columns>,
    positions: Arc<[usize]>,
}

/// A connection sees one shape per statement; there are few.
const SHAPES: usize = 4;

impl Slots {
    pub(super) fn new(names: Vec<String>) -> Slots {
        Slots { names, seen: ArcSwap::default() }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn name(&self, slot: Slot) -> &str {
        self.names.get(slot).map_or("", String::as_str)
    }

    /// The record by slots, columns that it does not have as null.
    pub(super) fn lenient_row<'r>(&self, record: &'r Record) -> Row<'r> {
        let position = |name: &String| record.columns().position(name).unwrap_or(usize::MAX);
        Row { fields: record.fields(), positions: self.names.iter().map(position).collect() }
    }

    /// The record by slots.
    ///
    /// # Errors
    /// The first column that the record does not have.
    pub(super) fn row<'r>(&self, record: &'r Record) -> Result<Row<'r>, &str> {
        let columns = record.columns();
        let seen = self.seen.load();
        let positions = match seen.iter().find(|shape| Arc::ptr_eq(&shape.columns, columns)) {
            Some(shape) => shape.positions.clone(),
            None => {
                let mut positions = Vec::with_capacity(self.names.len());
                for name in &self.names {
                    positions.push(columns.position(name).ok_or(name.as_str())?);
                }
                let positions: Arc<[usize]> = positions.into();
                let fresh = Shape { columns: columns.clone(), positions: positions.clone() };
                let kept = seen.iter().take(SHAPES - 1).cloned();
                self.seen.store(Arc::new(std::iter::once(fresh).chain(kept).collect()));
                positions
            }
        };
        Ok(Row { fields: record.fields(), positions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_follow_the_names_of_each_statement() {
        let slots = Slots::new(vec!["a".into(), "b".into()]);
        for names in [["a", "b"], ["b", "a"], ["a", "b"]] {
            let fields = names.iter().map(|name| Field::from(*name)).collect();
            let record = Record::new(Columns::new(names), fields);
            for _ in 0..2 {
                let row = slots.row(&record).unwrap();
                assert!(*row.get(0) == Field::from("a") && *row.get(1) == Field::from("b"));
            }
        }
        let record = Record::from_pairs([("a", Field::Null)]);
        assert_eq!(slots.row(&record).err(), Some("b"));
    }

    #[test]
    fn no_more_than_a_few_shapes_are_kept() {
        let slots = Slots::new(vec!["a".into()]);
        for _ in 0..100 {
            assert!(slots.row(&Record::from_pairs([("a", Field::Null)])).is_ok());
        }
        assert_eq!(slots.seen.load().len(), SHAPES);
    }
}
