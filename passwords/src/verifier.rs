//! The door: a specification compiled once, rows and passwords in, verdicts out.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::hint::black_box;
use std::sync::Arc;

use crate::cost::Cost;
use crate::encoding::BytesAs;
use crate::identify::Confidence;
use crate::limits::{Limits, password_within, within};
use crate::locked::is_locked;
use crate::password_form::PasswordForm;
use crate::random::Random;
use crate::row::Row;
use crate::schemes::{self, Context, Scheme, Settings, Stored};
use crate::spec::{HashParams, SchemeSpec, SpecError};
use crate::target::Target;
use crate::verdict::{Unreadable, Verdict};
use crate::written::{CannotWrite, HashedRow};

/// The scheme name that lets each string speak for itself.
pub(crate) const AUTO: &str = "auto";

/// Verifies and writes the passwords of one column. Made once, used from any thread.
///
/// ```
/// use crosswalk_passwords::{Limits, Row, SchemeSpec, Verdict, Verifier};
///
/// let verifier = Verifier::new(&SchemeSpec::named("salted-md5"), Limits::default())?;
/// let row = Row::new(b"b305cadbb3bce54f3aa59c64fec00dea").salt(b"salt");
/// assert!(verifier.verify(&row, b"password").is_match());
/// assert_eq!(verifier.verify(&row, b"Password"), Verdict::NoMatch);
/// # Ok::<(), crosswalk_passwords::SpecError>(())
/// ```
pub struct Verifier {
    /// The scheme of rows that do not say what they are; absent for `auto`.
    scheme: Option<Scheme>,
    settings: Settings,
    form: PasswordForm,
    limits: Limits,
    target: Target,
    /// What an unknown user costs as long as no row was seen.
    stranger: Likeness,
}

/// What kind of hash a row holds and what it costs, without the hash: enough to make an unknown user cost the same.
/// Two are equal if their rows cost the same.
#[derive(Clone)]
pub struct Likeness {
    label: Arc<str>,
    stored: Arc<dyn Stored>,
}

impl Verifier {
    /// Compiles a specification.
    ///
    /// # Errors
    /// A name that no scheme has, an option that the scheme does not have, or `write` parameters out of bounds.
    pub fn new(spec: &SchemeSpec, limits: Limits) -> Result<Self, SpecError> {
        let scheme = match spec.scheme.as_deref() {
            None => None,
            Some(name) if name.eq_ignore_ascii_case(AUTO) => None,
            Some(name) => Some(schemes::find(name).ok_or_else(|| SpecError::UnknownScheme(name.to_owned()))?),
        };
        let (options, name) = scheme.map_or((&[][..], AUTO), |it| (it.family.options(it.name), it.name));
        if let Some(option) = spec.stated().find(|option| !options.contains(option)) {
            return Err(SpecError::NoSuchOption { option, scheme: name });
        }
        let settings = Settings::from(spec);
        let context = Context { settings: &settings, limits: &limits };
        // A scheme that can only be read has no blank; those tables are of an age where bcrypt is a fair guess.
        let blank = match scheme.map(|it| it.family.blank(it.name, &Row::default(), context)) {
            Some(Ok(blank)) => blank,
            Some(Err(reason @ (CannotWrite::OverLimit(_) | CannotWrite::Parameter(_)))) => {
                return Err(SpecError::Write(Box::new(reason)));
            }
            Some(Err(_)) | None => schemes::usual(&limits)?,
        };
        let form = PasswordForm { encoding: spec.password_encoding, prehash: spec.prehash };
        let stranger = Likeness::of(&*blank);
        Ok(Self { scheme, settings, form, limits, target: Target::default(), stranger })
    }

    /// Judges matches by another target than the default.
    #[must_use]
    pub fn with_target(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// Whether `password` is the row's. Every bound is checked before any work; nothing panics, whatever the row holds.
    pub fn verify(&self, row: &Row<'_>, password: &[u8]) -> Verdict {
        let stored = match self.read(row) {
            Ok(stored) => stored,
            Err(reason) => return reason.into(),
        };
        if let Err(bound) = password_within(password, &self.limits) {
            return Verdict::Refused(bound);
        }
        let Some(password) = self.form.prepare(password) else { return Verdict::NoMatch };
        if !stored.matches(&password) {
            return Verdict::NoMatch;
        }
        stored.age(&self.target).map_or(Verdict::Match, Verdict::MatchButOld)
    }

    /// What [`Verifier::verify`] would cost for this row, from its text alone. [`Cost::is_nothing`] for a row that would
    /// be answered without work.
    pub fn cost(&self, row: &Row<'_>) -> Cost {
        self.read(row).map_or(Cost::default(), |stored| stored.cost())
    }

    /// The row's kind and cost, to be remembered for [`Verifier::dummy`]. Absent for a row that costs nothing.
    pub fn likeness(&self, row: &Row<'_>) -> Option<Likeness> {
        self.read(row).ok().map(|stored| Likeness::of(&*stored))
    }

    /// Does the work of verifying a row like that one, against a hash that nobody has. Without a likeness, that of a hash
    /// as the specification writes it.
    pub fn dummy(&self, like: Option<&Likeness>, password: &[u8]) {
        if password_within(password, &self.limits).is_err() {
            return;
        }
        if let Some(password) = self.form.prepare(password) {
            black_box(like.unwrap_or(&self.stranger).stored.matches(&password));
        }
    }

    /// What the hashes are like that the specification writes: by its label a hash of other parameters is known.
    pub fn written_like(&self) -> &Likeness {
        &self.stranger
    }

    /// What [`Verifier::dummy`] costs.
    pub fn dummy_cost(&self, like: Option<&Likeness>) -> Cost {
        like.unwrap_or(&self.stranger).cost()
    }

    /// Hashes a new password as the application would. If the row holds a hash that can be read, its scheme, parameters
    /// and notation are kept; if it holds none ([`Row::new`] with an empty hash, and the site key and user name of the new
    /// user), the specification says what is written.
    ///
    /// # Errors
    /// The scheme cannot be written, was not chosen, or cannot take this password without losing some of it.
    pub fn hash(&self, row: &Row<'_>, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        password_within(password, &self.limits)?;
        let stored = match self.read(row) {
            Ok(stored) => stored,
            // A locked or broken row has nothing to take after.
            Err(reason) => match (self.scheme_of(row).ok().flatten(), reason) {
                (Some(scheme), _) => scheme.family.blank(scheme.name, row, self.context())?,
                (None, Unreadable::Locked) => return Err(CannotWrite::NotChosen),
                (None, _) => return Err(CannotWrite::NotLikeThat),
            },
        };
        let password = self.form.prepare(password).ok_or(CannotWrite::PasswordNotText)?;
        stored.renew(&password, random)
    }

    /// Whether [`Verifier::hash`] can write a new user's password, without the work of an expensive hash.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn can_write(&self, row: &Row<'_>) -> Result<(), CannotWrite> {
        let scheme = self.scheme_of(row).ok().flatten().ok_or(CannotWrite::NotChosen)?;
        let stored = scheme.family.blank(scheme.name, row, self.context())?;
        if stored.cost().is_cheap() {
            // Only a plain digest can lack something besides its parameters, and making one shows it.
            stored.renew(b"a probe that is never stored", &mut |bytes: &mut [u8]| bytes.fill(0))?;
        }
        Ok(())
    }

    fn read(&self, row: &Row<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        // In a column of raw bytes `!` is a byte like any other, and only an empty field is a mark.
        let raw = self.settings.hash_encoding == Some(BytesAs::Raw);
        if row.hash.is_empty() || (!raw && is_locked(row.hash)) {
            return Err(Unreadable::Locked);
        }
        within("hash length in bytes", row.hash.len() as u64, self.limits.hash_bytes)?;
        within("salt length in bytes", row.salt.unwrap_or_default().len() as u64, self.limits.salt_bytes)?;
        let Some(scheme) = self.scheme_of(row)? else {
            return schemes::read_recognised(row, Confidence::Likely, self.context());
        };
        if scheme.family.is_bare() {
            // A table that was half migrated: `$2y$…` among bare digests can be nothing but what it says.
            match schemes::read_recognised(row, Confidence::Certain, self.context()) {
                Err(Unreadable::UnknownFormat) => {}
                told => return told,
            }
        }
        match scheme.family.read(scheme.name, row, self.context()) {
            // The application wrote another scheme once, and those hashes say so.
            Err(Unreadable::UnknownFormat) => schemes::read_recognised(row, Confidence::Likely, self.context()),
            told => told,
        }
    }

    /// The row's own scheme, or the specification's, or none: the string decides.
    fn scheme_of(&self, row: &Row<'_>) -> Result<Option<Scheme>, Unreadable> {
        match row.scheme.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) if name.eq_ignore_ascii_case(AUTO) => Ok(None),
            Some(name) => schemes::find(name).map(Some).ok_or(Unreadable::UnknownFormat),
            None => Ok(self.scheme),
        }
    }

    fn context(&self) -> Context<'_> {
        Context { settings: &self.settings, limits: &self.limits }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme.map_or(AUTO, |scheme| scheme.name);
        f.debug_struct("Verifier").field("scheme", &scheme).finish_non_exhaustive()
    }
}

impl Likeness {
    fn of(stored: &dyn Stored) -> Self {
        Self { label: stored.label().into(), stored: stored.faceless().into() }
    }

    /// The scheme and its parameters, for counting and for metrics: `bcrypt cost=10`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What a dummy verify of this kind costs.
    pub fn cost(&self) -> Cost {
        self.stored.cost()
    }
}

impl fmt::Debug for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Likeness").field(&self.label).finish()
    }
}

impl PartialEq for Likeness {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label
    }
}

impl Eq for Likeness {}

impl Hash for Likeness {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.label.hash(state);
    }
}

/// Hashes a password in a scheme by name, for those who keep no specification: `argon2id` (19 MiB, 2 passes, 1 lane
/// unless the parameters say otherwise), `bcrypt`, …
///
/// # Errors
/// As [`Verifier::new`] and [`Verifier::hash`].
pub fn hash(scheme: &str, params: &HashParams, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
    let spec = SchemeSpec { write: *params, ..SchemeSpec::named(scheme) };
    Verifier::new(&spec, Limits::default()).map_err(CannotWrite::Spec)?.hash(&Row::default(), password, random)
}
