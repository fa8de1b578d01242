//! Keys of providers. They come from the environment or a key file, by way of whoever starts this;
//! they leave only in the header of a request, and are taken out of every text that comes back.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

/// Keys by the name of their variable, such as `OPENAI_API_KEY`. Printing them shows names alone.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, SecretString>);

/// What stands where a key stood.
const MASK: &str = "[key]";
/// Shorter values are no secrets, and taking them out would garble ordinary words.
const LEAST_LENGTH: usize = 6;

impl Keys {
    /// Keys as `lookup` finds them under the variables of all providers.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let mut keys = Self::default();
        for variable in crate::provider::key_variables() {
            if let Some(value) = lookup(variable) {
                keys.insert(variable, &value);
            }
        }
        keys
    }

    /// Adds the keys of a key file: a line each, `VARIABLE=key`, with `#` for remarks. They go before
    /// those of the environment.
    ///
    /// # Errors
    /// The number of the first line that is no such pair, with no word of its content.
    pub fn read_file(&mut self, text: &str) -> Result<(), usize> {
        for (number, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches("export ").trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (variable, value) = line.split_once('=').ok_or(number + 1)?;
            let variable = variable.trim();
            let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if variable.is_empty() || !variable.chars().all(named) {
                return Err(number + 1);
            }
            self.insert(variable, value.trim().trim_matches(['"', '\'']));
        }
        Ok(())
    }

    fn insert(&mut self, variable: &str, value: &str) {
        if !value.trim().is_empty() {
            self.0.insert(variable.to_owned(), SecretString::from(value.trim().to_owned()));
        }
    }

    /// The variables that hold a key, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The key of a variable.
    pub(crate) fn get(&self, variable: &str) -> Option<&SecretString> {
        self.0.get(variable)
    }

    /// The text without any of the keys in it, also where one stands percent-encoded.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for key in self.0.values() {
            let key = key.expose_secret();
            if key.len() < LEAST_LENGTH {
                continue;
            }
            for form in [key.to_owned(), percent_encoded(key)] {
                if text.contains(&form) {
                    text = text.replace(&form, MASK);
                }
            }
        }
        text
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_key_is_taken_out_of_texts_and_never_printed() {
        let mut keys = Keys::default();
        keys.read_file("# mine\nexport OPENAI_API_KEY=\"sk-a/b+c123\"\n").unwrap();
        let text = "no access for sk-a/b+c123, see ?key=sk-a%2Fb%2Bc123";
        assert_eq!(keys.scrub(text), "no access for [key], see ?key=[key]");
        assert_eq!(format!("{keys:?}"), "{\"OPENAI_API_KEY\"}");
    }

    #[test]
    fn a_line_that_is_no_pair_is_named_by_its_number_alone() {
        let mut keys = Keys::default();
        assert_eq!(keys.read_file("\nsk-secret-without-a-name\n"), Err(2));
        assert_eq!(keys.read_file("MY KEY=abcdefgh\n"), Err(1));
    }

    #[test]
    fn the_file_goes_before_the_environment() {
        let mut keys =
            Keys::from_lookup(|name| (name == "OPENAI_API_KEY").then(|| "from-environment".into()));
        assert_eq!(keys.scrub("from-environment"), "[key]");
        keys.read_file("OPENAI_API_KEY=from-the-file").unwrap();
        assert_eq!(keys.scrub("from-environment from-the-file"), "from-environment [key]");
    }
}
