//! WordPress: `$wp$2y$` since 6.8, phpass before, bare MD5 long before.

use super::bcrypt::{self, Variant};
use super::digest;
use super::wrapped::{Wrapped, read_behind};
use super::{Context, Family, Stored, read_recognised};
use crate::digests::DigestKind;
use crate::identify::{Candidate, Confidence};
use crate::password_form::Prehash;
use crate::row::Row;
use crate::verdict::Unreadable;
use crate::written::CannotWrite;

/// What 6.8 puts before bcrypt's own text.
const PREFIX: &[u8] = b"$wp";

pub(super) struct WordPress;

impl Family for WordPress {
    fn names(&self) -> &'static [&'static str] {
        &["wordpress"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.cost"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        if row.hash.starts_with(b"$wp$2") {
            found.push(Candidate { scheme: "wordpress", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let text = row.hash.trim_ascii();
        if text.starts_with(PREFIX) {
            read_behind(PREFIX, Some(Prehash::Wordpress), row, context)
        } else if text.len() <= 32 {
            digest::read_unsalted(DigestKind::Md5, text)
        } else {
            read_recognised(row, Confidence::Certain, context)
        }
    }

    fn blank(&self, _name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let inner = Box::new(bcrypt::blank(Variant::Y, context.settings.write.cost, context.limits)?);
        Ok(Box::new(Wrapped { prefix: PREFIX.to_vec(), prehash: Some(Prehash::Wordpress), inner }))
    }
}
