//! The merge rule: first-level keys only, everything else keeps its exact text.
//!
//! A few keys are changed in place: a change into 16 MB then needs no second 16 MB. Many keys are merged in one pass,
//! since each change in place moves the rest of the document.

use std::collections::{HashMap, HashSet};

use crate::metadata::{Member, Metadata};

/// Up to so many keys are changed in place.
const FEW: usize = 4;

/// Merges. `clear` starts from nothing; a key of `set` gets that raw value, in its old place if it had one; keys of
/// `remove` go. Nested objects are replaced, never merged. A key that stored text has twice is treated as one.
///
/// Tells whether the text has changed.
pub(crate) fn merge(document: &mut Metadata, clear: bool, set: &[(&str, &str)], remove: &[&str]) -> bool {
    let mut changed = false;
    if clear && !document.members.is_empty() {
        *document = Metadata::empty();
        changed = true;
    }
    if set.len() + remove.len() > FEW {
        let merged = in_one_pass(document, set, remove);
        changed |= merged.members.len() != document.members.len() || !merged.iter().eq(document.iter());
        if changed {
            *document = merged;
        }
        return changed;
    }
    for key in remove {
        // A key that is set as well is set.
        if !set.iter().any(|(name, _)| name == key) {
            changed |= remove_all_but(document, key, 0);
        }
    }
    for (key, value) in set {
        changed |= remove_all_but(document, key, 1);
        changed |= match document.position(key) {
            Some(index) => replace(document, index, value),
            None => append(document, key, value),
        };
    }
    changed
}

/// Removes the members of that name from the back until so many are left.
fn remove_all_but(document: &mut Metadata, key: &str, left: usize) -> bool {
    let found = document.members.iter().enumerate().filter(|(_, member)| member.is_named(key, &document.text));
    let found: Vec<usize> = found.map(|(index, _)| index).collect();
    let changed = found.len() > left;
    for index in found.into_iter().skip(left).rev() {
        let span = document.members[index].span.clone();
        // One comma goes with the member: the one behind it, or at the end the one before.
        let range = match (document.members.get(index + 1), index.checked_sub(1)) {
            (Some(next), _) => span.start..next.span.start,
            (None, Some(before)) => document.members[before].span.end..span.end,
            (None, None) => span,
        };
        document.text.replace_range(range.clone(), "");
        document.members.remove(index);
        shift(&mut document.members[index..], -(range.len() as isize));
    }
    changed
}

fn replace(document: &mut Metadata, index: usize, value: &str) -> bool {
    let member = &mut document.members[index];
    let old = member.value..member.span.end;
    if document.text[old.clone()] == *value {
        return false;
    }
    let growth = value.len() as isize - old.len() as isize;
    member.span.end = member.value + value.len();
    document.text.replace_range(old, value);
    shift(&mut document.members[index + 1..], growth);
    true
}

fn append(document: &mut Metadata, key: &str, value: &str) -> bool {
    let at = match document.members.last() {
        Some(last) => last.span.end,
        None => document.text.find('{').map_or(0, |brace| brace + 1),
    };
    let comma = if document.members.is_empty() { "" } else { "," };
    let (text, member) = written(key, value, at + comma.len());
    document.text.insert_str(at, &format!("{comma}{text}"));
    document.members.push(member);
    true
}

fn shift(members: &mut [Member], by: isize) {
    for member in members {
        let moved = |position: usize| position.wrapping_add_signed(by);
        member.span = moved(member.span.start)..moved(member.span.end);
        member.value = moved(member.value);
    }
}

/// A new member's text, and its positions if it stands at `at`.
fn written(key: &str, value: &str, at: usize) -> (String, Member) {
    let quoted = serde_json::Value::from(key).to_string();
    let decoded = (quoted.len() != key.len() + 2).then(|| key.into());
    let value_at = at + quoted.len() + 1;
    let member = Member { span: at..value_at + value.len(), value: value_at, key_len: key.len(), decoded };
    (format!("{quoted}:{value}"), member)
}

fn in_one_pass(old: &Metadata, set: &[(&str, &str)], remove: &[&str]) -> Metadata {
    let mut wanted: HashMap<&str, Option<&str>> = remove.iter().map(|key| (*key, None)).collect();
    wanted.extend(set.iter().map(|(key, value)| (*key, Some(*value))));
    let added: usize = set.iter().map(|(key, value)| key.len() + value.len() + 8).sum();
    let mut text = String::with_capacity(old.text.len() + added);
    let mut members: Vec<Member> = Vec::with_capacity(old.members.len() + set.len());
    let mut done: HashSet<&str> = HashSet::new();
    text.push('{');
    let mut put = |piece: &str, member: Member| {
        if !members.is_empty() {
            text.push(',');
        }
        let start = text.len();
        text.push_str(piece);
        let value = start + (member.value - member.span.start);
        members.push(Member { span: start..text.len(), value, ..member });
    };
    for member in &old.members {
        let key = member.key(&old.text);
        match wanted.get(key) {
            None => put(&old.text[member.span.clone()], member.clone()),
            Some(Some(value)) if done.insert(key) => {
                let piece = format!("{}{value}", &old.text[member.span.start..member.value]);
                put(&piece, member.clone());
            }
            Some(_) => {}
        }
    }
    for (key, _) in set {
        if let Some(Some(value)) = wanted.get(key)
            && done.insert(key)
        {
            let (piece, member) = written(key, value, 0);
            put(&piece, member);
        }
    }
    text.push('}');
    Metadata { text, members }
}
