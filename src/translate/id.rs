//! The user's own id in a table: one column, or several that are unique together, as one text.
//!
//! The parts of a composite id are joined with `|`; in a part, `|` is written `%7C` and `%` is written `%25`, so that
//! the text has one meaning and every id one text.

use crosswalk_contract::{Field, Fold, Key};

use super::{
    field_text::{Reason, field_like, text_of},
    row::{Misfit, Row, Slot, Slots},
};

/// Which columns make up the id.
pub(super) struct IdPlan {
    pub slots: Vec<Slot>,
    /// Letter case does not count.
    pub fold: bool,
}

impl IdPlan {
    /// The row's id; `None` where a part is null.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<Option<String>, Misfit> {
        let mut id = String::new();
        for (index, &slot) in self.slots.iter().enumerate() {
            let Some(part) = text_of(row.get(slot)).map_err(|reason| Misfit { slot, reason })? else {
                return Ok(None);
            };
            if self.slots.len() == 1 {
                id.push_str(&part);
            } else {
                id.push_str(if index == 0 { "" } else { "|" });
                id.push_str(&part.replace('%', "%25").replace('|', "%7C"));
            }
        }
        Ok(Some(if self.fold { id.to_lowercase() } else { id }))
    }

    /// The id as it is compared.
    pub(super) fn folded(&self, id: &str) -> String {
        if self.fold { id.to_lowercase() } else { id.to_owned() }
    }

    /// The key for an id; `None` where a text is not the id of any row.
    pub(super) fn key(&self, slots: &Slots, id: &str) -> Option<Key> {
        let fold = if self.fold { Fold::Lower } else { Fold::Exact };
        let mut parts = self.parts(&self.folded(id))?;
        let mut columns = self.columns(slots);
        if parts.len() == 1 {
            return Some(Key::field(columns.remove(0), parts.remove(0)).folded(fold));
        }
        Some(Key::fields(columns, parts).folded(fold))
    }

    /// The columns' values for a chosen id.
    pub(super) fn write(&self, id: &str) -> Result<Vec<(Slot, Field)>, Reason> {
        let parts = self.parts(&self.folded(id)).ok_or("it does not have one part per column")?;
        self.slots.iter().zip(parts).map(|(slot, part)| Ok((*slot, field_like(&part, &Field::Null)?))).collect()
    }

    pub(super) fn columns(&self, slots: &Slots) -> Vec<String> {
        self.slots.iter().map(|slot| slots.name(*slot).to_owned()).collect()
    }

    fn parts(&self, id: &str) -> Option<Vec<String>> {
        if self.slots.len() == 1 {
            return Some(vec![id.to_owned()]);
        }
        let parts: Option<Vec<String>> = id.split('|').map(|part| decoded(part, self.fold)).collect();
        parts.filter(|parts| parts.len() == self.slots.len())
    }
}

fn decoded(part: &str, folded: bool) -> Option<String> {
    let bar = if folded { "7c" } else { "7C" };
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (escape, after) = (after.get(..2)?, after.get(2..)?);
        out.push(match escape {
            "25" => '%',
            escape if escape == bar => '|',
            _ => return None,
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn composite(fold: bool) -> (IdPlan, Slots) {
        (IdPlan { slots: vec![0, 1], fold }, Slots::new(vec!["tenant".into(), "no".into()]))
    }

    #[test]
    fn a_composite_id_has_one_text_and_one_meaning() {
        let (plan, slots) = composite(false);
        let fields = ["a|b%".into(), Field::I64(7)];
        let id = plan.read(&Row::of_slots(&fields)).unwrap().unwrap();
        assert_eq!(id, "a%7Cb%25|7");
        let key = plan.key(&slots, &id).unwrap();
        assert_eq!(key.columns().unwrap(), [("tenant", "a|b%"), ("no", "7")]);
        for nobody in ["a", "a|b|c", "a%41|b", "a%|b", "a%7c|b", "%é|b"] {
            assert!(plan.key(&slots, nobody).is_none(), "{nobody}");
        }
    }

    #[test]
    fn an_id_with_a_null_part_is_none() {
        let (plan, _) = composite(false);
        assert_eq!(plan.read(&Row::of_slots(&["a".into(), Field::Null])).unwrap(), None);
    }

    proptest! {
        #[test]
        fn every_composite_id_finds_its_own_parts(a in ".{0,8}", b in "[a-c|%7C25]{0,8}", fold in any::<bool>()) {
            let (plan, slots) = composite(fold);
            let id = plan.read(&Row::of_slots(&[a.as_str().into(), b.as_str().into()])).unwrap().unwrap();
            let key = plan.key(&slots, &id).unwrap();
            let parts: Vec<&str> = key.columns().unwrap().into_iter().map(|(_, part)| part).collect();
            if fold {
                // Lower case of lower case need not be the same text in all of Unicode; finding the same row is.
                prop_assert_eq!(parts.len(), 2);
            } else {
                prop_assert_eq!(parts, vec![a.as_str(), b.as_str()]);
            }
        }
    }
}
