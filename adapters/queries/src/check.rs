//! The parameters that queries name, against what there will be for them.

use crosswalk_contract::{Error, ErrorKind, Opening, Result};
use crosswalk_sql::{Dialect, nearest};

use crate::{QuerySettings, adapter::compiled, write::BEFORE};

/// Every parameter has a value, or its name is a mistake.
///
/// # Errors
/// `Config` naming the query, the parameter and the nearest one that there is.
pub(crate) fn parameters(settings: &QuerySettings, dialect: &Dialect, opening: &Opening) -> Result<()> {
    for (key, text) in settings.texts() {
        let query = compiled(&key, &text, dialect)?;
        let Some(known) = known(&key, settings, opening) else { continue };
        let unknown = query.names().iter().find(|name| !known.iter().any(|known| known == *name));
        if let Some(name) = unknown {
            let error = Error::new(ErrorKind::Config, format!("nothing gives the parameter :{name} a value"))
                .code("unknown_parameter")
                .with("query", &key);
            return Err(match nearest(name, known.iter().map(String::as_str)) {
                Some(meant) => error.hint(format!("did you mean :{meant}?")),
                None => error.hint(format!("the parameters here are: {}", known.join(", "))),
            });
        }
    }
    Ok(())
}

/// The names that may be used in a query; `None` where the map does not say.
fn known(key: &str, settings: &QuerySettings, opening: &Opening) -> Option<Vec<String>> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let id = || [names(&["id"]), opening.id_fields.clone()].concat();
    let columns = || (!opening.fields.is_empty()).then(|| [id(), opening.fields.clone()].concat());
    Some(match key {
        "get_user.id" => id(),
        "get_user.email" => names(&["email"]),
        "get_user.username" => names(&["username"]),
        "get_user.phone" => names(&["phone"]),
        "delete" | "change_metadata.read" => id(),
        "list.sql" => {
            let key = settings.list.as_ref().map(|list| list.key.clone()).unwrap_or_default();
            let after = |column: &String| if key.len() == 1 { "after".to_owned() } else { format!("after_{column}") };
            key.iter().map(after).chain(names(&["limit"])).collect()
        }
        "change_email" => [columns()?, names(&["email", "email_verified"])].concat(),
        "change_metadata.write" => {
            let columns = columns()?;
            let before: Vec<String> = columns.iter().map(|column| format!("{column}{BEFORE}")).collect();
            [columns, before].concat()
        }
        _ => columns()?,
    })
}
