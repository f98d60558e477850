//! Ready-made maps: the tables of well-known applications, each a file with a comment that says where things live.

/// A map for one application, as the text of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Map {
    /// Its name: `wordpress`.
    pub name: &'static str,
    /// The application and its releases, for a person.
    pub title: &'static str,
    /// The kinds of stores that the application may keep its users in.
    pub kinds: &'static [&'static str],
    /// What the application's own set-up puts before the names of its tables.
    pub prefix: &'static str,
    text: &'static str,
}

/// What a map is filled in with.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'f> {
    /// The connection's name.
    pub connection: &'f str,
    /// The kind of store, one of [`Map::kinds`].
    pub kind: &'f str,
    /// The value of `url` as TOML: `"mysql://…"` or `{ env = "SHOP_DB" }`.
    pub url: &'f str,
    /// What stands before the names of the tables.
    pub prefix: &'f str,
}

const MYSQL: &[&str] = &["mysql"];
const POSTGRES: &[&str] = &["postgres"];
const BOTH: &[&str] = &["mysql", "postgres"];

macro_rules! map {
    ($name:literal, $title:literal, $kinds:expr, $prefix:literal) => {
        Map { name: $name, title: $title, kinds: $kinds, prefix: $prefix, text: include_str!(concat!($name, ".toml")) }
    };
}

static MAPS: [Map; 16] = [
    map!("aspnet-identity", "ASP.NET Core Identity", POSTGRES, ""),
    map!("devise", "Rails with Devise", BOTH, ""),
    map!("discourse", "Discourse 2 and 3", POSTGRES, ""),
    map!("django", "Django 1.4 to 5", BOTH, ""),
    map!("drupal10", "Drupal 8 to 11", BOTH, ""),
    map!("drupal7", "Drupal 7, Backdrop", BOTH, ""),
    map!("joomla", "Joomla 3 to 5", MYSQL, "jos_"),
    map!("keycloak", "Keycloak 12 to 26", POSTGRES, ""),
    map!("laravel", "Laravel 5.7 to 12", BOTH, ""),
    map!("magento2", "Magento 2, Adobe Commerce", MYSQL, ""),
    map!("mediawiki", "MediaWiki 1.24 to 1.43", MYSQL, ""),
    map!("moodle", "Moodle 2 to 4", BOTH, "mdl_"),
    map!("nextcloud", "Nextcloud, ownCloud 10", BOTH, "oc_"),
    map!("phpbb", "phpBB 3", BOTH, "phpbb_"),
    map!("prestashop", "PrestaShop 1.6 to 8", MYSQL, "ps_"),
    map!("wordpress", "WordPress 4 to 6", MYSQL, "wp_"),
];

/// Every map, in the order of their names.
pub fn maps() -> &'static [Map] {
    &MAPS
}

impl Map {
    /// The map as the section of a connection, comments and all.
    pub fn filled(&self, filling: Filling<'_>) -> String {
        self.text
            .replace("{{name}}", filling.connection)
            .replace("{{kind}}", filling.kind)
            .replace("{{url}}", filling.url)
            .replace("{{prefix}}", filling.prefix)
    }

    /// The file's own comment: where the application keeps what.
    pub fn about(&self) -> String {
        let lines = self.text.lines().take_while(|line| line.starts_with('#'));
        let text: Vec<&str> = lines.map(|line| line.trim_start_matches(['#', ' '])).collect();
        text.join("\n").trim().replace("{{prefix}}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, registry};

    #[test]
    fn every_map_is_a_configuration_without_mistakes() {
        for map in maps() {
            for kind in map.kinds {
                let url = format!("\"{kind}://user@localhost/db\"");
                let filling = Filling { connection: "old", kind, url: &url, prefix: map.prefix };
                let text = format!("[directory]\npath = \"directory.db\"\n{}", map.filled(filling));
                assert!(!text.contains("{{"), "{}", map.name);
                let config =
                    Config::parse(&text, map.name, ".", &registry::kinds()).unwrap_or_else(|it| panic!("{it}"));
                let connection = config.connection("old", &registry::kinds());
                assert!(connection.is_ok(), "{}: {:?}", map.name, connection.err());
            }
        }
    }

    #[test]
    fn every_map_says_where_things_live() {
        for map in maps() {
            assert!(map.about().lines().count() > 3, "{}", map.name);
        }
    }
}
