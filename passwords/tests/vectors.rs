//! Every vector of every format that is supported: hashes made by the real applications, and near misses.
//!
//! `vectors.jsonl` says of each line what made it. What a string says itself is not told to the verifier; the table below
//! holds what a configuration must state for the rest.

use std::collections::BTreeMap;

use crosswalk_passwords::{Limits, Row, SchemeSpec, Verdict, Verifier};
use data_encoding::HEXLOWER;
use serde::Deserialize;

/// Formats, and what their configuration says, as JSON without the braces. Nothing: the string itself decides.
const FORMATS: &[(&str, &str)] = &[
    ("argon2d", ""),
    ("argon2i", ""),
    ("argon2id", ""),
    (
        "aspnet_membership_sha1",
        r#""scheme":"salted-sha1","order":"salt-first","salt_encoding":"base64","password_encoding":"utf16le""#,
    ),
    (
        "aspnet_membership_sha256",
        r#""scheme":"salted-sha256","order":"salt-first","salt_encoding":"base64","password_encoding":"utf16le""#,
    ),
    ("bcrypt", ""),
    ("bcrypt_2x", ""),
    ("bcrypt_of_b64sha256", r#""prehash":"sha256-base64""#),
    ("bcrypt_of_b64sha384", r#""prehash":"sha384-base64""#),
    ("bcrypt_of_b64sha512", r#""prehash":"sha512-base64""#),
    ("bcrypt_of_md5hex", r#""prehash":"md5-hex""#),
    ("bcrypt_of_sha1hex", r#""prehash":"sha1-hex""#),
    ("bcrypt_of_sha256hex", r#""prehash":"sha256-hex""#),
    ("bcrypt_of_sha512hex", r#""prehash":"sha512-hex""#),
    ("codeigniter_shield", r#""prehash":"sha384-base64""#),
    ("couchdb_simple", r#""scheme":"salted-sha1","order":"password-first""#),
    ("django_argon2", ""),
    ("django_bcrypt", ""),
    ("django_bcrypt_sha256", ""),
    ("django_md5", ""),
    ("django_pbkdf2_sha1", ""),
    ("django_pbkdf2_sha256", ""),
    ("django_scrypt", ""),
    ("django_sha1", ""),
    ("django_unsalted_md5", r#""scheme":"django""#),
    ("django_unsalted_sha1", ""),
    ("django_unusable", ""),
    ("dovecot_argon2i", ""),
    ("dovecot_blf_crypt", ""),
    ("dovecot_ldap_md5", ""),
    ("dovecot_plain_md5", ""),
    ("dovecot_sha512_hex", ""),
    ("dovecot_ssha512_b64", ""),
    ("drupal10_php", ""),
    ("drupal7", ""),
    ("drupal7_U", ""),
    ("drupal_U_P", ""),
    ("hmailserver", r#""scheme":"salted-sha256","order":"salt-first","layout":"salthash""#),
    ("jenkins_jbcrypt", ""),
    ("laravel_bcrypt", ""),
    ("ldap_crypt", ""),
    ("ldap_md5", ""),
    ("ldap_salted_md5", ""),
    ("ldap_salted_sha1", ""),
    ("ldap_salted_sha256", ""),
    ("ldap_salted_sha384", ""),
    ("ldap_salted_sha512", ""),
    ("ldap_salted_sha224", ""),
    ("ldap_sha1", ""),
    ("ldap_sha224", ""),
    ("ldap_sha256", ""),
    ("ldap_sha384", ""),
    ("ldap_sha512", ""),
    ("macos_106", r#""scheme":"salted-sha1","order":"salt-first","layout":"salthash","salt_encoding":"hex""#),
    ("macos_107", r#""scheme":"salted-sha512","order":"salt-first","layout":"salthash","salt_encoding":"hex""#),
    ("magento1_md5", r#""scheme":"salted-md5""#),
    ("meteor_bcrypt", r#""prehash":"sha256-hex""#),
    ("nextcloud_1_bcrypt", ""),
    ("nextcloud_3_argon2id", ""),
    ("openldap_argon2", ""),
    ("oracle11_colon", r#""scheme":"salted-sha1","order":"password-first","layout":"hash:salt","salt_encoding":"hex""#),
    ("phpass", ""),
    ("postgres_md5_colon", r#""scheme":"salted-md5","order":"password-first","layout":"hash:salt""#),
    ("spring_bcrypt", ""),
    ("suitecrm", r#""prehash":"md5-hex""#),
    ("template:md5_b64", r#""scheme":"md5""#),
    ("template:md5_hex", r#""scheme":"md5""#),
    ("template:md5_hex_upper", r#""scheme":"md5""#),
    ("template:md5_md5", r#""scheme":"md5","prehash":"md5-hex""#),
    ("template:md5_p_s", r#""scheme":"salted-md5","order":"password-first""#),
    ("template:md5_s_md5p", r#""scheme":"salted-md5","order":"salt-first","prehash":"md5-hex""#),
    ("template:md5_md5p_s", r#""scheme":"salted-md5","order":"password-first","prehash":"md5-hex""#),
    ("template:md5_s_p", r#""scheme":"salted-md5","order":"salt-first""#),
    ("template:md5_s_p_s", r#""scheme":"salted-md5","order":"salt-around""#),
    ("template:md5_sha1", r#""scheme":"md5","prehash":"sha1-hex""#),
    ("template:md5_utf16le_hex", r#""scheme":"md5","password_encoding":"utf16le""#),
    ("template:pepper_suffix_sha256", r#""scheme":"salted-sha256","order":"password-first","site_key_order":"last""#),
    ("template:sha1_b64", r#""scheme":"sha1""#),
    ("template:sha1_hex", r#""scheme":"sha1""#),
    ("template:sha1_hex_upper", r#""scheme":"sha1""#),
    ("template:sha1_md5", r#""scheme":"sha1","prehash":"md5-hex""#),
    ("template:sha1_md5p_s", r#""scheme":"salted-sha1","order":"password-first","prehash":"md5-hex""#),
    ("template:sha1_p_s", r#""scheme":"salted-sha1","order":"password-first""#),
    ("template:sha1_s_p", r#""scheme":"salted-sha1","order":"salt-first""#),
    ("template:sha1_s_p_s", r#""scheme":"salted-sha1","order":"salt-around""#),
    ("template:sha1_s_sha1p", r#""scheme":"salted-sha1","order":"salt-first","prehash":"sha1-hex""#),
    ("template:sha1_sha1p_s", r#""scheme":"salted-sha1","order":"password-first","prehash":"sha1-hex""#),
    ("template:sha1_utf16le_b64", r#""scheme":"sha1","password_encoding":"utf16le""#),
    ("template:sha224_hex", r#""scheme":"sha224""#),
    ("template:sha224_p_s", r#""scheme":"salted-sha224","order":"password-first""#),
    ("template:sha224_s_p", r#""scheme":"salted-sha224","order":"salt-first""#),
    ("template:sha256_b64", r#""scheme":"sha256""#),
    ("template:sha256_hex", r#""scheme":"sha256""#),
    ("template:sha256_p_s", r#""scheme":"salted-sha256","order":"password-first""#),
    ("template:sha256_s_p", r#""scheme":"salted-sha256","order":"salt-first""#),
    ("template:sha256_s_p_s", r#""scheme":"salted-sha256","order":"salt-around""#),
    ("template:sha256_s_sha256p", r#""scheme":"salted-sha256","order":"salt-first","prehash":"sha256-hex""#),
    ("template:sha256_sha256p_s", r#""scheme":"salted-sha256","order":"password-first","prehash":"sha256-hex""#),
    (
        "template:sha256_utf16le_s_b64",
        r#""scheme":"salted-sha256","order":"password-first","password_encoding":"utf16le""#,
    ),
    ("template:sha384_hex", r#""scheme":"sha384""#),
    ("template:sha384_p_s", r#""scheme":"salted-sha384","order":"password-first""#),
    ("template:sha384_s_p", r#""scheme":"salted-sha384","order":"salt-first""#),
    ("template:sha512_b64", r#""scheme":"sha512""#),
    ("template:sha512_hex", r#""scheme":"sha512""#),
    ("template:sha512_p_s", r#""scheme":"salted-sha512","order":"password-first""#),
    ("template:sha512_p_s_b64", r#""scheme":"salted-sha512","order":"password-first","salt_encoding":"base64""#),
    ("template:sha512_s_p", r#""scheme":"salted-sha512","order":"salt-first""#),
    ("typo3_md5_wrapped_phpass", ""),
    ("vbulletin5_blowfish", r#""prehash":"md5-hex""#),
    ("wordpress_md5", r#""scheme":"wordpress""#),
    ("wordpress_wp_bcrypt", ""),
    ("pbkdf2_mcf", ""),
    ("pbkdf2_mcf_stdb64", ""),
    ("pbkdf2_phc", ""),
    ("cta_pbkdf2_sha1", ""),
    ("dlitz_pbkdf2_sha1", ""),
    ("atlassian_pkcs5s2", ""),
    ("spring_pbkdf2", r#""scheme":"spring-pbkdf2""#),
    ("spring_pbkdf2_v58", r#""scheme":"spring-pbkdf2-5.8""#),
    ("elastic_pbkdf2", ""),
    ("openldap_pbkdf2", ""),
    ("ldap_pbkdf2", ""),
    ("dovecot_pbkdf2", ""),
    ("web2py_pbkdf2", ""),
    ("werkzeug_pbkdf2", ""),
    ("seafile_pbkdf2", ""),
    ("liferay_pbkdf2", ""),
    ("tomcat_digest", r#""scheme":"tomcat-pbkdf2""#),
    ("credential_npm", r#""scheme":"npm-credential""#),
    ("grub_pbkdf2_sha512", ""),
    ("macos_ml", ""),
    ("pbkdf2_hashcat", ""),
    ("elixir_pbkdf2", ""),
    ("gitlab_pbkdf2", ""),
    ("mediawiki_pbkdf2", ""),
    ("aspnet_identity_v2", ""),
    ("aspnet_identity_v3", ""),
    ("keycloak_pbkdf2", ""),
    ("389ds_pbkdf2_sha256", ""),
    ("md5_crypt", ""),
    ("apr_md5_crypt", ""),
    ("aix_smd5", ""),
    ("sha256_crypt", ""),
    ("sha512_crypt", ""),
    ("sha1_crypt", ""),
    ("kratos_md5crypt", ""),
    ("kratos_sha256crypt", ""),
    ("dovecot_md5_crypt", ""),
    ("dovecot_sha256_crypt", ""),
    ("dovecot_sha512_crypt", ""),
    ("suitecrm_md5crypt", r#""prehash":"md5-hex""#),
    ("mediawiki_A", ""),
    ("mediawiki_B", ""),
    ("mediawiki_B_hashcat", ""),
    ("mediawiki_pbkdf2_legacyB", ""),
    ("magento2_v0", ""),
    ("magento2_v1", ""),
    ("magento2_v2", ""),
    ("magento2_v3", ""),
    ("magento2_chain", ""),
    ("discourse_columns", ""),
    ("gitea_pbkdf2", ""),
    ("grafana_pbkdf2", r#""scheme":"pbkdf2-sha256""#),
    ("harbor_pbkdf2", r#""scheme":"pbkdf2-sha256""#),
    ("couchdb_pbkdf2", r#""scheme":"pbkdf2-sha1""#),
    ("passport_local_mongoose", r#""scheme":"pbkdf2-sha256""#),
    ("symfony_pbkdf2", r#""scheme":"pbkdf2-sha512""#),
    ("keycloak_argon2", ""),
];

#[derive(Deserialize)]
struct Vector {
    format: String,
    password_utf8: Option<String>,
    password_hex: Option<String>,
    hash: String,
    salt: Option<String>,
    #[serde(default)]
    params: Params,
    expect: bool,
    source: String,
}

#[derive(Deserialize, Default)]
struct Params {
    pepper: Option<String>,
    secret: Option<String>,
    algorithm: Option<String>,
    passwd_hash_algo: Option<String>,
    iterations: Option<u64>,
    password_encoding: Option<String>,
}

impl Vector {
    fn password(&self) -> Vec<u8> {
        match (&self.password_utf8, &self.password_hex) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(hex)) => HEXLOWER.decode(hex.as_bytes()).expect("password_hex is hexadecimal"),
            (None, None) => panic!("a vector of {} has no password", self.format),
        }
    }

    fn row(&self) -> Row<'_> {
        let mut row = Row::new(self.hash.as_bytes());
        if let Some(salt) = &self.salt {
            row = row.salt(salt.as_bytes());
        }
        if let Some(scheme) = self.params.algorithm.as_ref().or(self.params.passwd_hash_algo.as_ref()) {
            row = row.scheme(scheme);
        }
        if let Some(iterations) = self.params.iterations {
            row = row.iterations(iterations);
        }
        if let Some(pepper) = self.params.pepper.as_ref().or(self.params.secret.as_ref()) {
            row = row.site_key(pepper.as_bytes());
        }
        row
    }
}

/// What the configuration states for this vector.
fn spec(told: &str, vector: &Vector) -> SchemeSpec {
    let mut told = told.to_owned();
    // These hashes were made by a library with this fault, which a string cannot tell.
    if let Some(encoding) = &vector.params.password_encoding {
        told += &format!(r#""password_encoding":"{encoding}""#);
    }
    serde_json::from_str(&format!("{{{told}}}")).expect("the table holds specifications")
}

#[test]
fn every_vector_of_every_supported_format_gets_the_right_verdict() {
    let mut tally: BTreeMap<&str, (usize, usize)> = FORMATS.iter().map(|&(format, _)| (format, (0, 0))).collect();
    let told: BTreeMap<&str, &str> = FORMATS.iter().copied().collect();
    let mut failures = Vec::new();
    for line in include_str!("vectors.jsonl").lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let (format, told) = told.get_key_value(&*vector.format).expect("a format that is not in the table");
        let verifier = Verifier::new(&spec(told, &vector), Limits::default()).unwrap();
        let password = vector.password();
        let verdict = verifier.verify(&vector.row(), &password);
        if vector.expect {
            // A verifier that accepted everything would pass the positive vectors, so each is tried with another password.
            let other = [b"#", &*password].concat();
            let verdict = verifier.verify(&vector.row(), &other);
            assert_eq!(verdict, Verdict::NoMatch, "{format}: another password ({})", vector.source);
        }
        let (passed, all) = tally.get_mut(format).unwrap();
        *all += 1;
        if verdict.is_match() == vector.expect {
            *passed += 1;
        } else {
            failures.push(format!("{format}: {verdict}, expected match = {} ({})", vector.expect, vector.source));
        }
    }
    println!("{:<32} passed", "format");
    for (format, (passed, all)) in &tally {
        println!("{format:<32} {passed:>3} / {all}");
    }
    assert!(failures.is_empty(), "{failures:#?}");
    let untried: Vec<_> = tally.iter().filter(|(_, tally)| tally.1 == 0).map(|(format, _)| format).collect();
    assert!(untried.is_empty(), "formats without a vector: {untried:?}");
}
