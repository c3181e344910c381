//! `configs/prices.json`: what the tokens of each model cost.

use crate::atomic::write_json;
use crate::error::Error;
use crate::folder::RunFolder;
use evalscope_core::Prices;
use std::path::PathBuf;

impl RunFolder {
    /// Writes the prices down, by the models' names in the plan.
    pub fn write_prices(&self, prices: &Prices) -> Result<(), Error> {
        self.check_writable()?;
        write_json(&self.prices_path(), prices)
    }

    /// The prices, by the models' names in the plan; empty when none were given.
    pub fn prices(&self) -> Result<Prices, Error> {
        let path = self.prices_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Prices::default()),
            Err(error) => return Err(Error::file("read", &path)(error)),
        };
        serde_json::from_str(&text)
            .map_err(|error| Error::BrokenFile { path, message: format!("not prices: {error}") })
    }

    fn prices_path(&self) -> PathBuf {
        self.path().join("configs/prices.json")
    }
}
