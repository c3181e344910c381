//! How much a Parquet file may hold: what it says of itself is checked before anything of it is unpacked.

use crate::error::Error;
use parquet::file::metadata::RowGroupMetaData;
use std::path::Path;

/// Rows of a file at most. A few bytes can stand for any number of them.
const MAX_ROWS: u64 = 20_000_000;
/// Bytes of a group of rows at most, unpacked: four times what an export puts in one.
const MAX_GROUP: u64 = 256 << 20;

/// Refuses a file whose groups are too large.
pub fn check(path: &Path, groups: &[RowGroupMetaData]) -> Result<(), Error> {
    let mut rows: u64 = 0;
    for (number, group) in groups.iter().enumerate() {
        let refused = |message: String| {
            Err(Error::malformed(format!("{}, group {}", path.display(), number + 1), message))
        };
        let columns = group.columns().iter().map(|column| size(column.uncompressed_size()));
        let unpacked = columns.fold(0, u64::saturating_add).max(size(group.total_byte_size()));
        if unpacked > MAX_GROUP {
            return refused(format!("larger than {MAX_GROUP} bytes when unpacked"));
        }
        rows = rows.saturating_add(size(group.num_rows()));
        if rows > MAX_ROWS {
            return refused(format!("more than {MAX_ROWS} rows with those before"));
        }
    }
    Ok(())
}

/// A size that a file gives; one below 0 is as bad as one that is too large.
fn size(given: i64) -> u64 {
    u64::try_from(given).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::SchemaDescriptor;
    use std::sync::Arc;

    #[test]
    fn groups_have_limits() {
        let schema = Arc::new(parse_message_type("message empty {}").unwrap());
        let group = |rows: i64, bytes: i64| {
            let schema = Arc::new(SchemaDescriptor::new(schema.clone()));
            RowGroupMetaData::builder(schema).set_num_rows(rows).set_total_byte_size(bytes).build().unwrap()
        };
        let refused =
            |groups: &[RowGroupMetaData]| check(Path::new("x"), groups).err().map(|error| error.to_string());
        assert_eq!(refused(&[group(10_000_000, 256 << 20), group(10_000_000, 0)]), None);
        let rows = "x, group 2: more than 20000000 rows with those before";
        assert_eq!(refused(&[group(10_000_000, 0), group(10_000_001, 0)]).as_deref(), Some(rows));
        assert!(refused(&[group(1, (256 << 20) + 1)]).is_some());
        assert!(refused(&[group(-1, 0)]).is_some() && refused(&[group(1, -1)]).is_some());
    }
}
