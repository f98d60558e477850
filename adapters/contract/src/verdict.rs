//! The outcome of a login. A wrong password is a value, not an error.

/// What a login came to. Errors are for broken stores; everything a *user* can cause is one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<T> {
    /// The password is right.
    Accepted(T),
    /// The password is right, and the store wants it changed before anything else.
    MustChangePassword(T),
    /// The user exists and the password is wrong.
    WrongPassword,
    /// Nobody has this identifier. Outside it looks the same as [`Verdict::WrongPassword`].
    UnknownUser,
    /// The password is right, but an operator has blocked the user. Shown only after the right password.
    Blocked,
    /// The account cannot log in with any password (no password set, or a locked marker instead of a hash).
    Locked,
}

impl<T> Verdict<T> {
    /// Changes what an accepting verdict carries.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Verdict<U> {
        match self {
            Verdict::Accepted(value) => Verdict::Accepted(change(value)),
            Verdict::MustChangePassword(value) => Verdict::MustChangePassword(change(value)),
            Verdict::WrongPassword => Verdict::WrongPassword,
            Verdict::UnknownUser => Verdict::UnknownUser,
            Verdict::Blocked => Verdict::Blocked,
            Verdict::Locked => Verdict::Locked,
        }
    }

    /// The word for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Accepted(_) => "accepted",
            Verdict::MustChangePassword(_) => "must_change_password",
            Verdict::WrongPassword => "wrong_password",
            Verdict::UnknownUser => "unknown_user",
            Verdict::Blocked => "blocked",
            Verdict::Locked => "locked",
        }
    }
}
