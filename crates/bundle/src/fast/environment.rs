//! `import.meta.env` of a production build: Vite's own names, and those of `.env` files that start
//! with `VITE_`.

use std::collections::BTreeMap;

use pageloom_build::ViteConfig;
use pageloom_schema::Project;

/// Files in the order in which they overrule each other.
const FILES: [&str; 4] = [".env", ".env.local", ".env.production", ".env.production.local"];

/// The names and values that sources and pages see.
pub(crate) struct Environment {
    values: BTreeMap<String, serde_json::Value>,
}

impl Environment {
    pub(crate) fn read(project: &Project, base: &str) -> Self {
        let text = |text: &str| serde_json::Value::String(text.to_owned());
        let mut values = BTreeMap::new();
        for line in FILES.iter().filter_map(|file| project.text(file)).flat_map(str::lines) {
            let line = line.trim().trim_start_matches("export ");
            if line.starts_with('#') {
                continue;
            }
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = name.trim();
            if name.starts_with("VITE_")
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            {
                values.insert(name.to_owned(), text(unquoted(value.trim())));
            }
        }
        values.insert("BASE_URL".to_owned(), text(base));
        values.insert("MODE".to_owned(), text("production"));
        values.insert("DEV".to_owned(), false.into());
        values.insert("PROD".to_owned(), true.into());
        values.insert("SSR".to_owned(), false.into());
        Self { values }
    }

    /// Names and the source that stands for them in scripts.
    pub(crate) fn definitions(&self, config: &ViteConfig) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> =
            config.define.iter().map(|(name, source)| (name.clone(), source.clone())).collect();
        for (name, value) in &self.values {
            all.push((format!("import.meta.env.{name}"), value.to_string()));
        }
        let whole = serde_json::to_string(&self.values).unwrap_or_default();
        all.push(("import.meta.env".to_owned(), whole));
        all.push(("import.meta.hot".to_owned(), "undefined".to_owned()));
        all
    }

    /// A page with `%NAME%` replaced where the name is known.
    pub(crate) fn in_page(&self, html: &str) -> String {
        let mut page = html.to_owned();
        for (name, value) in &self.values {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            page = page.replace(&format!("%{name}%"), &text);
        }
        page
    }
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\'', '`'] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.0;
        }
    }
    value.split(" #").next().unwrap_or(value).trim()
}
