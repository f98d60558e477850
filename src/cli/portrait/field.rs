//! A record's field as a person reads it.

use crosswalk_contract::Field;

/// A field as a person reads it; bytes in hexadecimal, long ones cut when they are drawn.
pub(super) fn shown(field: &Field) -> String {
    match field {
        Field::Null => "NULL".to_owned(),
        Field::Bool(it) => it.to_string(),
        Field::I64(it) => it.to_string(),
        Field::U64(it) => it.to_string(),
        Field::F64(it) => it.to_string(),
        Field::Decimal(text) | Field::Text(text) | Field::Json(text) => {
            if text.is_empty() {
                "''".to_owned()
            } else {
                text.clone()
            }
        }
        Field::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
        Field::Date(it) => date(it),
        Field::Time(it) => time(it),
        Field::Timestamp(it) => {
            let offset = it.offset_seconds.map_or(String::new(), |seconds| {
                let (sign, seconds) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
                format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
            });
            format!("{} {}{offset}", date(&it.date), time(&it.time))
        }
        Field::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

fn date(it: &crosswalk_contract::Date) -> String {
    format!("{:04}-{:02}-{:02}", it.year, it.month, it.day)
}

fn time(it: &crosswalk_contract::Time) -> String {
    format!("{:02}:{:02}:{:02}", it.hour, it.minute, it.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_in_their_own_words() {
        assert_eq!(shown(&Field::Null), "NULL");
        assert_eq!(shown(&Field::Text(String::new())), "''");
        assert_eq!(shown(&Field::Bytes(vec![0, 255])), "x'00ff'");
    }
}
