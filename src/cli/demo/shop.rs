//! The demo's legacy store: a shop from 2009 in one SQLite file, with real hashes and honest dirt.

use std::path::Path;

use crosswalk_passwords::{HashParams, Limits, Order, Row, SchemeSpec, Verifier};
use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{Connection, params};

use crate::{
    cli::failure::Outcome,
    engine::{Error, ErrorKind, Randomness},
};

/// The customers whom the tour visits.
pub(super) mod cast {
    /// A password from 2009: salted md5.
    pub const ANNA: &str = "Anna.Lindstroem@example.com";
    /// From 2012: phpass.
    pub const BJOERN: &str = "bjoern@muellershahin.example";
    /// From 2015: bcrypt.
    pub const XIAOLONG: &str = "li.xiaolong@example.cn";
    /// From 2019: Django's PBKDF2.
    pub const ZOE: &str = "zoe@oneill.example";
    /// Does not pay bills.
    pub const RENEE: &str = "renee@darc.example";
    /// Their metadata broke off in the middle.
    pub const BROKEN: &str = "broken.json@example.com";
    /// Two customers share this address.
    pub const SHARED: &str = "the.twins@example.com";
    /// Has a status that nobody documented.
    pub const ODD_STATUS: &str = "status.x@example.com";
}

const SCHEMA: &str = include_str!("shop.sql");
const FIRST: i64 = 4711;
/// Customers without a story.
const CROWD: i64 = 280;

/// A customer as the shop knows them, and the password that the demo gave them.
pub(super) struct Customer {
    pub number: i64,
    pub email: Option<String>,
    pub password: String,
    login: Option<String>,
    verified: bool,
    era: Era,
    first: String,
    last: String,
    tel: Option<String>,
    status: char,
    created: i64,
    last_seen: Option<i64>,
    prefs: String,
    metadata: String,
}

/// When a password was set decides how it was hashed.
#[derive(Clone, Copy)]
enum Era {
    Md5,
    Phpass,
    Bcrypt,
    Django,
}

impl Era {
    /// What stands beside the hash; the other three say themselves what they are, or are the rule.
    fn mark(self) -> Option<&'static str> {
        matches!(self, Era::Django).then_some("django")
    }
}

/// Makes the file. The people are the same each time; the salts are not.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn build(path: &Path, random: &Randomness) -> Outcome<Vec<Customer>> {
    let customers: Vec<Customer> = cast_of_the_tour().into_iter().chain(crowd()).chain(dirt()).collect();
    let hashers = Hashers::new()?;
    let mut rows = Vec::with_capacity(customers.len());
    for customer in &customers {
        rows.push((customer, hashers.hash(customer.era, &customer.password, random)?));
    }
    write(path, &rows).map_err(|cause| {
        Error::new(ErrorKind::Unavailable, format!("the demo's store {} cannot be made", path.display()))
            .source(cause)
            .hint("see whether the disk is full or the folder is read-only")
    })?;
    Ok(customers)
}

fn write(path: &Path, rows: &[(&Customer, (String, String))]) -> rusqlite::Result<()> {
    let mut file = Connection::open(path)?;
    let all = file.transaction()?;
    all.execute_batch(SCHEMA)?;
    {
        let mut insert = all.prepare("INSERT INTO tbl_customers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?;
        for (it, (hash, salt)) in rows {
            insert.execute(params![
                it.number,
                it.login,
                it.email,
                if it.verified { "Y" } else { "N" },
                hash,
                salt,
                it.era.mark(),
                it.first,
                it.last,
                it.tel,
                it.status.to_string(),
                it.created,
                it.last_seen.map_or_else(|| "0000-00-00 00:00:00".to_owned(), on_the_wall),
                it.prefs,
                it.metadata,
            ])?;
        }
    }
    all.commit()
}

fn cast_of_the_tour() -> Vec<Customer> {
    let gold = r#"{"plan":"gold","loyalty":{"points":1250,"since":2009},"roles":["customer","tester"]}"#;
    let shop = |n, email: &str, first: &str, last: &str, era| Customer {
        email: Some(email.to_owned()),
        first: first.to_owned(),
        last: last.to_owned(),
        era,
        ..someone(n)
    };
    vec![
        Customer {
            login: Some("anna_l".to_owned()),
            tel: Some("+49301234567".to_owned()),
            prefs: r#"{"lang":"sv","newsletter":true}"#.to_owned(),
            metadata: gold.to_owned(),
            last_seen: Some(1_700_000_000),
            ..shop(4711, cast::ANNA, "Anna", "Lindström", Era::Md5)
        },
        Customer {
            prefs: r#"{"lang":"tr"}"#.to_owned(),
            metadata: r#"{"plan":"silver","loyalty":{"points":310,"since":2012}}"#.to_owned(),
            ..shop(4712, cast::BJOERN, "Björn", "Müller-Şahin", Era::Phpass)
        },
        Customer {
            metadata: r#"{"plan":"gold","note":"VIP 🐉"}"#.to_owned(),
            ..shop(4713, cast::XIAOLONG, "小龙", "李", Era::Bcrypt)
        },
        Customer { prefs: r#"{"lang":"en"}"#.to_owned(), ..shop(4714, cast::ZOE, "Zoë", "O'Neill", Era::Django) },
        Customer { status: 'B', ..shop(4715, cast::RENEE, "Renée", "d’Arc", Era::Md5) },
    ]
}

fn crowd() -> impl Iterator<Item = Customer> {
    const FIRST_NAMES: [&str; 14] = [
        "Mia",
        "José",
        "Łukasz",
        "Søren",
        "Eszter",
        "Иван",
        "Αλέξης",
        "Nguyễn",
        "さくら",
        "Fatima",
        "Öykü",
        "Jürgen",
        "Chloë",
        "Ñusta",
    ];
    const LAST_NAMES: [&str; 11] =
        ["Weber", "García", "Kowalski", "Ødegård", "Szabó", "Петров", "Παππάς", "Trần", "佐藤", "Haddad", "Groß"];
    const PLANS: [&str; 3] = ["basic", "silver", "gold"];
    (0..CROWD).map(|index| {
        let draw = scattered(index);
        let pick = |list: &[&str], shift: u32| list[(draw >> shift) as usize % list.len()].to_owned();
        let number = FIRST + 10 + index;
        let era = match draw % 100 {
            0..70 => Era::Md5,
            70..85 => Era::Phpass,
            85..93 => Era::Bcrypt,
            _ => Era::Django,
        };
        let points = draw >> 20 & 0xfff;
        // Somebody's import wrote numbers as text for a while: `crosswalk types` finds them.
        let points = if draw.is_multiple_of(41) { format!("\"{points}\"") } else { points.to_string() };
        Customer {
            email: Some(format!("customer{number}@example.{}", ["com", "de", "org"][(draw >> 8) as usize % 3])),
            login: (draw >> 9).is_multiple_of(3).then(|| format!("kunde{number}")),
            verified: !(draw >> 12).is_multiple_of(4),
            era,
            first: pick(&FIRST_NAMES, 16),
            last: pick(&LAST_NAMES, 24),
            status: if (draw >> 30).is_multiple_of(23) { 'C' } else { 'A' },
            created: 1_236_000_000 + index * 1_100_000,
            last_seen: (draw >> 33).is_multiple_of(2).then_some(1_600_000_000 + index * 86_000),
            prefs: format!(r#"{{"lang":"{}"}}"#, ["de", "en", "pl"][(draw >> 36) as usize % 3]),
            metadata: format!(r#"{{"plan":"{}","loyalty":{{"points":{points}}}}}"#, pick(&PLANS, 40)),
            ..someone(number)
        }
    })
}

/// Rows that no clean system would have, and every old one has.
fn dirt() -> Vec<Customer> {
    let email = |text: &str| Some(text.to_owned());
    vec![
        Customer { email: email(cast::BROKEN), metadata: r#"{"plan":"gold","#.to_owned(), ..someone(5901) },
        Customer { email: email(cast::SHARED), first: "Castor".to_owned(), ..someone(5902) },
        Customer { email: email(cast::SHARED), first: "Pollux".to_owned(), ..someone(5903) },
        Customer { email: email("empty.metadata@example.com"), metadata: String::new(), ..someone(5904) },
        Customer { email: email("php.array@example.com"), metadata: "[]".to_owned(), ..someone(5905) },
        Customer { email: email(cast::ODD_STATUS), status: 'X', ..someone(5906) },
        Customer { email: None, login: Some("no_mail".to_owned()), ..someone(5907) },
        Customer { email: email("scalar.metadata@example.com"), metadata: "\"gold\"".to_owned(), ..someone(5908) },
    ]
}

fn someone(number: i64) -> Customer {
    const COLOURS: [&str; 7] = ["amber", "cobalt", "crimson", "indigo", "ochre", "sepia", "umber"];
    const THINGS: [&str; 6] = ["kettle", "ladder", "anchor", "violin", "lantern", "walnut"];
    let word = |list: &[&str], by: i64| list[(number / by) as usize % list.len()].to_owned();
    Customer {
        number,
        email: None,
        password: format!("{}-{}-{number}", word(&COLOURS, 1), word(&THINGS, 3)),
        login: None,
        verified: true,
        era: Era::Md5,
        first: "Max".to_owned(),
        last: "Mustermann".to_owned(),
        tel: None,
        status: 'A',
        created: 1_240_000_000 + number,
        last_seen: None,
        prefs: "{}".to_owned(),
        metadata: "{}".to_owned(),
    }
}

/// The same number for the same index, spread over all bits (the finaliser of SplitMix64).
fn scattered(index: i64) -> u64 {
    let mut bits = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// `2023-11-14 23:13:20`, as a clock in Berlin showed it.
fn on_the_wall(unix: i64) -> String {
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_second(unix).unwrap_or_default().to_zoned(zone);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

struct Hashers {
    md5: Verifier,
    phpass: Verifier,
    bcrypt: Verifier,
    django: Verifier,
}

impl Hashers {
    /// The costs are those of their time, at the low end: the demo should not take a minute.
    fn new() -> Outcome<Hashers> {
        let cost = |cost| HashParams { cost: Some(cost), ..HashParams::default() };
        let rounds = HashParams { rounds: Some(12_000), ..HashParams::default() };
        let md5 = SchemeSpec { order: Some(Order::PasswordFirst), ..SchemeSpec::named("salted-md5") };
        Ok(Hashers {
            md5: verifier(&md5)?,
            phpass: verifier(&SchemeSpec { write: cost(11), ..SchemeSpec::named("phpass") })?,
            bcrypt: verifier(&SchemeSpec { write: cost(8), ..SchemeSpec::named("bcrypt-2y") })?,
            django: verifier(&SchemeSpec { write: rounds, ..SchemeSpec::named("django-pbkdf2-sha256") })?,
        })
    }

    fn hash(&self, era: Era, password: &str, random: &Randomness) -> Outcome<(String, String)> {
        let verifier = match era {
            Era::Md5 => &self.md5,
            Era::Phpass => &self.phpass,
            Era::Bcrypt => &self.bcrypt,
            Era::Django => &self.django,
        };
        let hashed = verifier
            .hash(&Row::new(b""), password.as_bytes(), &mut |bytes: &mut [u8]| random(bytes))
            .map_err(|reason| Error::new(ErrorKind::Unexpected, format!("the demo's passwords: {reason}")))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((text(hashed.hash()), hashed.salt().map(text).unwrap_or_default()))
    }
}

fn verifier(spec: &SchemeSpec) -> Outcome<Verifier> {
    Verifier::new(spec, Limits::default())
        .map_err(|reason| Error::new(ErrorKind::Unexpected, format!("the demo's passwords: {reason}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn every_customer_of_the_shop_can_log_in_with_their_own_password_and_no_other() {
        let path = std::env::temp_dir().join(format!("crosswalk-shop-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let customers = build(&path, &Engine::system_random()).unwrap();
        let verifier = Hashers::new().unwrap().md5;
        let file = Connection::open(&path).unwrap();
        for customer in &customers {
            let (hash, salt, kind): (String, String, String) = file
                .query_row(
                    "SELECT pw, pw_salt, coalesce(pw_kind, '') FROM tbl_customers WHERE cust_no = ?",
                    [customer.number],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .unwrap();
            let row = Row::new(hash.as_bytes()).salt(salt.as_bytes()).scheme(&kind);
            assert!(verifier.verify(&row, customer.password.as_bytes()).is_match(), "customer {}", customer.number);
            assert!(!verifier.verify(&row, b"amber").is_match());
        }
        drop(file);
        std::fs::remove_file(&path).unwrap();
    }
}
