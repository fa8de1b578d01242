//! What a project asks for: names of packages and ranges of versions.

use std::collections::BTreeMap;

use nodejs_semver::{Range, Version};
use serde::{Deserialize, Serialize};

use crate::error::PackagesError;

/// The most packages one project may name.
const MOST_PACKAGES: usize = 60;

/// The longest range, in bytes.
const LONGEST_RANGE: usize = 200;

/// Packages and version ranges, all checked: names of the registry, and ranges of versions or `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct PackageRequest {
    packages: BTreeMap<String, String>,
}

impl PackageRequest {
    /// A request for `packages`, name to range. `latest` and the empty range ask for any version,
    /// so that the answer does not depend on the day.
    ///
    /// # Errors
    /// [`PackagesError::Refused`] for the first package that is not the registry's, such as a folder
    /// or an address; [`PackagesError::TooLarge`] for more packages than any page needs.
    ///
    /// ```
    /// use pageloom_packages::PackageRequest;
    /// let request = |range: &str| PackageRequest::new([("react", range)]);
    /// assert!(request("^18.2.0").is_ok() && request("latest").is_ok());
    /// for refused in ["file:../x", "git+ssh://a/b", "npm:other@1", "user/repository", "beta"] {
    ///     assert!(request(refused).is_err(), "{refused}");
    /// }
    /// ```
    pub fn new<N, R>(packages: impl IntoIterator<Item = (N, R)>) -> Result<Self, PackagesError>
    where
        N: Into<String>,
        R: Into<String>,
    {
        let mut checked = BTreeMap::new();
        for (name, range) in packages {
            let (name, range) = (name.into(), range.into());
            let refused = |reason: &str| PackagesError::Refused {
                name: name.chars().take(120).collect(),
                reason: reason.to_owned(),
            };
            if !is_package_name(&name) {
                return Err(refused("that is no name of a package"));
            }
            let range = normalised(&range).map_err(|reason| refused(&reason))?;
            checked.insert(name, range);
        }
        if checked.len() > MOST_PACKAGES {
            return Err(PackagesError::TooLarge {
                detail: format!("{} packages are named, {MOST_PACKAGES} may be", checked.len()),
            });
        }
        Ok(Self { packages: checked })
    }

    /// What the text of a `package.json` asks for: its dependencies and development dependencies.
    /// Nothing else in it is looked at, its scripts least of all.
    ///
    /// # Errors
    /// [`PackagesError::Manifest`] when it is no JSON object or a list of dependencies is not one of
    /// texts, else as [`PackageRequest::new`].
    pub fn from_manifest(text: &str) -> Result<Self, PackagesError> {
        let manifest = |reason: String| PackagesError::Manifest { reason };
        let text = text.trim_start_matches('\u{feff}');
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| manifest(error.to_string()))?;
        let object = value.as_object().ok_or_else(|| manifest("it is no object".to_owned()))?;
        let mut packages = BTreeMap::new();
        // The second list wins, as with npm.
        for list in ["devDependencies", "dependencies"] {
            let Some(named) = object.get(list).filter(|value| !value.is_null()) else { continue };
            let named = named.as_object();
            let named = named.ok_or_else(|| manifest(format!("`{list}` is no object")))?;
            for (name, range) in named {
                let range = range.as_str();
                let range =
                    range.ok_or_else(|| manifest(format!("`{list}` has no range for `{name}`")))?;
                packages.insert(name.clone(), range.to_owned());
            }
        }
        Self::new(packages)
    }

    /// Name to range, sorted.
    #[must_use]
    pub fn packages(&self) -> &BTreeMap<String, String> {
        &self.packages
    }

    /// The range asked for, if the package is asked for.
    #[must_use]
    pub fn range(&self, name: &str) -> Option<&str> {
        self.packages.get(name).map(String::as_str)
    }

    /// The request without tooling: what no page can show a trace of, such as compilers, linters and
    /// type declarations. Tailwind and its plugins stay: they make styles.
    #[must_use]
    pub fn runtime_only(&self) -> Self {
        let packages = self.packages.iter().filter(|(name, _)| !is_tooling(name));
        Self { packages: packages.map(|(name, range)| (name.clone(), range.clone())).collect() }
    }

    /// True when every package is in `versions` in a version that its range allows.
    #[must_use]
    pub fn is_satisfied_by(&self, versions: &BTreeMap<String, String>) -> bool {
        self.unsatisfied_by(versions).is_none()
    }

    /// The first package that is not in `versions`, or not in a version that its range allows.
    #[must_use]
    pub fn unsatisfied_by<'a>(&'a self, versions: &BTreeMap<String, String>) -> Option<&'a str> {
        let missing = self.packages.iter().find(|(name, range)| {
            let version = versions.get(*name).and_then(|text| Version::parse(text).ok());
            let range = Range::parse(range).ok();
            !version.zip(range).is_some_and(|(version, range)| range.satisfies(&version))
        });
        missing.map(|(name, _)| name.as_str())
    }
}

impl TryFrom<BTreeMap<String, String>> for PackageRequest {
    type Error = PackagesError;

    fn try_from(packages: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        Self::new(packages)
    }
}

impl From<PackageRequest> for BTreeMap<String, String> {
    fn from(request: PackageRequest) -> Self {
        request.packages
    }
}

/// The range in one form: without outer and doubled blanks, `*` for any.
fn normalised(range: &str) -> Result<String, String> {
    let range = range.split_whitespace().collect::<Vec<_>>().join(" ");
    if matches!(range.as_str(), "" | "latest" | "x" | "X" | "*") {
        return Ok("*".to_owned());
    }
    let shown: String = range.chars().take(120).collect();
    if range.len() > LONGEST_RANGE {
        return Err(format!("`{shown}…` is too long for a range of versions"));
    }
    if range.contains([':', '/', '#', '@', '\\']) {
        return Err(format!("`{shown}` is no range of versions; only the registry is asked"));
    }
    match Range::parse(&range) {
        Ok(_) => Ok(range),
        Err(_) => Err(format!("`{shown}` is no range of versions")),
    }
}

/// True for a name that the registry can have: `name` or `@scope/name`.
fn is_package_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '_', '-'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
    };
    let whole = match name.strip_prefix('@') {
        Some(scoped) => {
            scoped.split_once('/').is_some_and(|(scope, rest)| part(scope) && part(rest))
        }
        None => part(name),
    };
    let folder = name.to_ascii_lowercase();
    whole && name.len() <= 214 && folder != "node_modules" && folder != "favicon.ico"
}

/// Packages that leave no trace in a page.
fn is_tooling(name: &str) -> bool {
    const NAMES: [&str; 31] = [
        "@babel/core",
        "@swc/core",
        "@swc/helpers",
        "autoprefixer",
        "babel-eslint",
        "browserslist",
        "concurrently",
        "cross-env",
        "cypress",
        "esbuild",
        "eslint",
        "gh-pages",
        "globals",
        "husky",
        "jest",
        "jsdom",
        "lint-staged",
        "nodemon",
        "postcss",
        "prettier",
        "react-scripts",
        "rimraf",
        "rollup",
        "serve",
        "terser",
        "ts-node",
        "typescript",
        "typescript-eslint",
        "vite",
        "vitest",
        "web-vitals",
    ];
    const BEGINNINGS: [&str; 14] = [
        "@types/",
        "@typescript-eslint/",
        "@eslint/",
        "@eslint-",
        "eslint-",
        "@vitejs/",
        "vite-plugin-",
        "@testing-library/",
        "@vitest/",
        "@jest/",
        "@playwright/",
        "prettier-plugin-",
        "rollup-plugin-",
        "@rollup/",
    ];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::PackageRequest;
    use crate::error::PackagesError;

    fn request(packages: &[(&str, &str)]) -> Result<PackageRequest, PackagesError> {
        PackageRequest::new(packages.iter().copied())
    }

    #[test]
    fn both_lists_of_a_manifest_are_asked_for_and_scripts_are_not_looked_at() {
        let text = r#"{"name": 1, "scripts": 7, "dependencies": {"react": " ^18.2.0 "},
            "devDependencies": {"react": "17", "vite": "^4.2.0"}, "optionalDependencies": {"x": "git+a"}}"#;
        let request = PackageRequest::from_manifest(text).unwrap();
        let expected = [("react", "^18.2.0"), ("vite", "^4.2.0")];
        assert_eq!(request, PackageRequest::new(expected).unwrap());
        assert_eq!(PackageRequest::from_manifest("{}").unwrap(), PackageRequest::default());
    }

    #[test]
    fn a_manifest_that_is_none_is_the_projects_fault() {
        for text in ["", "[]", "{\"dependencies\": []}", "{\"dependencies\": {\"a\": 1}}", "{,}"] {
            let error = PackageRequest::from_manifest(text).unwrap_err();
            assert!(matches!(error, PackagesError::Manifest { .. }), "{text}: {error}");
            assert!(error.is_page_fault());
        }
    }

    #[test]
    fn only_packages_of_the_registry_are_accepted() {
        for range in [
            "file:../x",
            "link:x",
            "git+https://a.example/b",
            "git@a:b",
            "user/repository",
            "https://a.example/b.tgz",
            "npm:other@1",
            "workspace:*",
            "beta",
            "./x",
            "../x",
            "a b c",
            "$(id)",
            "1.2.3; rm",
            "-g",
            "--registry=x",
        ] {
            let refused = request(&[("react", range)]);
            assert!(
                matches!(&refused, Err(PackagesError::Refused { name, .. }) if name == "react"),
                "{range}: {refused:?}"
            );
        }
        let long = "a".repeat(215);
        for name in [
            "",
            "../x",
            "a/b",
            "@a",
            "@a/",
            "@/b",
            "a b",
            ".a",
            "-g",
            "node_modules",
            "a@1",
            "å",
            &long,
        ] {
            assert!(request(&[(name, "1")]).is_err(), "{name}");
        }
    }

    #[test]
    fn the_forms_of_ranges_that_npm_reads_are_accepted() {
        for range in [
            "1",
            "1.2",
            "1.x",
            "~1.2.3",
            "^5.1.0-rc.0",
            ">=16.8 <19",
            "^17 || ^18",
            "1.2 - 2.3",
            "*",
            "",
            "latest",
            "v1.2.3",
            "=1.2.3",
            ">= 1.2.3",
            "18.2.0",
        ] {
            assert!(request(&[("react", range)]).is_ok(), "{range}");
        }
        let any = request(&[("react", "latest")]).unwrap();
        assert_eq!(any.range("react"), Some("*"));
    }

    #[test]
    fn a_request_names_at_most_sixty_packages() {
        let many = |count: usize| PackageRequest::new((0..count).map(|n| (format!("p{n}"), "1")));
        assert!(many(60).is_ok());
        assert!(matches!(many(61), Err(PackagesError::TooLarge { .. })));
    }

    #[test]
    fn a_request_is_satisfied_by_versions_inside_its_ranges() {
        let versions = [("react", "18.3.1"), ("hooks", "5.2.0"), ("pre", "2.0.0-rc.1")];
        let versions: BTreeMap<String, String> =
            versions.map(|(name, version)| (name.into(), version.into())).into();
        let one = |name: &str, range: &str| request(&[(name, range)]).unwrap();
        for (name, range, is) in [
            ("react", "^18.2.0", true),
            ("react", "^17 || ^18", true),
            ("react", "latest", true),
            ("react", "^18.3.2", false),
            ("react", "19", false),
            ("hooks", "^5.1.0-rc.0", true),
            ("pre", "^2.0.0", false),
            ("pre", "^2.0.0-rc.0", true),
            ("absent", "*", false),
        ] {
            assert_eq!(one(name, range).is_satisfied_by(&versions), is, "{name}@{range}");
        }
        let both = request(&[("absent", "1"), ("react", "18")]).unwrap();
        assert_eq!(both.unsatisfied_by(&versions), Some("absent"));
    }

    #[test]
    fn tooling_leaves_no_trace_in_a_page_and_styles_do() {
        let named = [
            ("typescript", "5"),
            ("@types/react", "18"),
            ("eslint-plugin-x", "1"),
            ("vite", "5"),
            ("@vitejs/plugin-react", "4"),
            ("tailwindcss", "3"),
            ("@tailwindcss/forms", "0.5"),
            ("react", "18"),
            ("postcss", "8"),
            ("@eslint/js", "9"),
            ("globals", "15"),
        ];
        let kept = request(&named).unwrap().runtime_only();
        let names: Vec<&str> = kept.packages().keys().map(String::as_str).collect();
        assert_eq!(names, ["@tailwindcss/forms", "react", "tailwindcss"]);
    }
}
