//! What tokens cost: a table that can be printed, copied and changed.

use pageloom_schema::Tokens;
use serde::Deserialize;

use crate::error::ModelError;

const BUILT_IN: &str = include_str!("prices.toml");

/// US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Of the question.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

impl Price {
    /// What an exchange costs, in US dollars.
    #[must_use]
    pub fn of(&self, tokens: Tokens) -> f64 {
        (tokens.input as f64 * self.input + tokens.output as f64 * self.output) / 1e6
    }
}

/// Prices by the names of models.
#[derive(Clone, Debug)]
pub struct PriceTable(Vec<Row>);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    model: String,
    input: f64,
    output: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    price: Vec<Row>,
}

impl PriceTable {
    /// The table that comes with the program.
    #[must_use]
    pub fn built_in() -> Self {
        // The file is part of the program and read in a test.
        Self::parse(BUILT_IN).unwrap_or(Self(Vec::new()))
    }

    /// The text of the built-in table, remarks and all.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        BUILT_IN
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`ModelError::BadPrices`] when it is not TOML of this form, or a price is negative.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let file: File =
            toml::from_str(text).map_err(|error| ModelError::BadPrices(error.to_string()))?;
        let fine = |price: f64| price.is_finite() && price >= 0.0;
        if let Some(row) = file.price.iter().find(|row| !fine(row.input) || !fine(row.output)) {
            return Err(ModelError::BadPrices(format!("`{}` has no real price", row.model)));
        }
        Ok(Self(file.price))
    }

    /// The table with the rows of another before its own.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        let named: Vec<String> = other.0.iter().map(|row| row.model.clone()).collect();
        self.0.retain(|row| !named.contains(&row.model));
        self.0.extend(other.0);
        self
    }

    /// The price of a model by the name it was given on the command line.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<Price> {
        let fits = |row: &&Row| match row.model.strip_suffix('*') {
            Some(start) => model.starts_with(start),
            None => row.model == model,
        };
        let best = self.0.iter().filter(fits).max_by_key(|row| row.model.len());
        best.map(|row| Price { input: row.input, output: row.output })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_fitting_name_counts() {
        let table = PriceTable::parse(BUILT_IN).unwrap();
        assert_eq!(table.of("openai:gpt-5-mini-2025").map(|price| price.output), Some(2.0));
        assert_eq!(table.of("openai:gpt-5").map(|price| price.output), Some(10.0));
        assert_eq!(table.of("http://127.0.0.1:8000/v1"), None);
    }

    #[test]
    fn a_users_row_replaces_the_built_in_one() {
        let own = "[[price]]\nmodel = \"openai:gpt-5*\"\ninput = 1\noutput = 2\n\
                   [[price]]\nmodel = \"https://h.example/v1#m\"\ninput = 3\noutput = 4\n";
        let table = PriceTable::built_in().with(PriceTable::parse(own).unwrap());
        assert_eq!(table.of("openai:gpt-5.1").map(|price| price.output), Some(2.0));
        let cost = table.of("https://h.example/v1#m").unwrap();
        assert_eq!(cost.of(Tokens { input: 500_000, output: 250_000 }), 2.5);
    }

    #[test]
    fn a_table_that_would_mislead_is_refused() {
        for text in
            ["[[price]]\nmodel = \"m\"\ninput = -1\noutput = 1", "[[price]]\nmodel = \"m\"", "x"]
        {
            assert!(PriceTable::parse(text).is_err(), "{text}");
        }
    }
}
