//! The layer table of ARCHITECTURE.md, generated from layers.toml.

use crate::error::{Error, Finding};
use crate::workspace::{Layer, Layers, Workspace, read};

/// The page that shows the table.
pub const PAGE: &str = "ARCHITECTURE.md";

const BEGIN: &str = "<!-- layers: generated from layers.toml by `cargo xtask generate` -->";
const END: &str = "<!-- end of layers -->";

/// Finds a table that does not say what layers.toml says.
pub fn check(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let page = read(&workspace.root.join(PAGE))?;
    if with_table(&page, &workspace.layers)? == page {
        return Ok(Vec::new());
    }
    Ok(vec![Finding::new(PAGE, "the layer table differs from layers.toml", "run `cargo xtask generate`")])
}

/// Returns the page with its table written anew.
pub fn with_table(page: &str, layers: &Layers) -> Result<String, Error> {
    let missing = |mark: &str| Error::form(PAGE, &format!("the mark `{mark}` is missing"));
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    Ok(format!("{before}{BEGIN}\n{}{END}{after}", table(layers)))
}

fn table(layers: &Layers) -> String {
    let mut rows: Vec<&Layer> = layers.crates.iter().collect();
    rows.sort_by_key(|layer| layer.floor);
    let mut text = "| floor | crate | is for | may use | must not know |\n|---|---|---|---|---|\n".to_owned();
    for layer in rows {
        let used: Vec<&str> = layer.may_use.iter().map(|name| short(name)).collect();
        let used = if used.is_empty() { "–".to_owned() } else { used.join(", ") };
        let Layer { floor, name, purpose, never, .. } = layer;
        text.push_str(&format!("| {floor} | {} | {purpose} | {used} | {never} |\n", short(name)));
    }
    text
}

/// Returns the name of a crate's folder.
fn short(name: &str) -> &str {
    name.strip_prefix("evalscope-").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Layers {
        let text = r#"
            packages = { ceiling = 1 }
            [[crate]]
            name = "evalscope-cli"
            floor = 6
            purpose = "commands"
            may_use = ["evalscope-core"]
            must_not_know = []
            never = "models"
            [[crate]]
            name = "evalscope-core"
            floor = 0
            purpose = "data"
            may_use = []
            must_not_know = []
            never = "files"
        "#;
        toml::from_str(text).expect("a valid table")
    }

    #[test]
    fn the_table_stands_between_its_marks_lowest_floor_first() {
        let page = format!("above\n{BEGIN}\nold\n{END}\nbelow\n");
        let new = with_table(&page, &layers()).expect("marks");
        assert!(new.starts_with("above\n") && new.ends_with("\nbelow\n") && !new.contains("old"), "{new}");
        let rows = "| 0 | core | data | – | files |\n| 6 | cli | commands | core | models |\n";
        assert!(new.contains(rows), "{new}");
        assert_eq!(with_table(&new, &layers()).expect("marks"), new);
    }

    #[test]
    fn a_page_without_marks_is_an_error() {
        assert!(with_table("text", &layers()).is_err());
    }
}
