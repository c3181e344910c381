//! The response cache: what a model answered once, for all runs of a machine.
//!
//! One SQLite file in WAL mode, which many processes may use at once. The key is the digest of everything that
//! decides an answer: the request, the model's identity and which repetition it is; the value is opaque here.

mod error;

pub use error::Error;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long another process that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two attempts to open.
const PAUSE: Duration = Duration::from_millis(5);
/// Written into the file; a file of another version is refused and not touched.
const VERSION: i64 = 1;
/// `PRAGMA application_id`: "EvSc".
const APPLICATION: i64 = 0x4576_5363;

/// An open cache.
#[derive(Debug)]
pub struct ResponseCache {
    path: PathBuf,
    connection: Mutex<Connection>,
}

/// What a cache holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// By model, the one with the most answers first.
    pub models: Vec<ModelStats>,
    /// Bytes of the file.
    pub file_bytes: u64,
}

/// What a cache holds of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStats {
    /// The name under which it was evaluated.
    pub model: String,
    /// Answers.
    pub answers: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When the oldest was last used, in seconds since 1970.
    pub oldest: u64,
}

impl ResponseCache {
    /// Opens the cache, and makes it when it is not there.
    ///
    /// SQLite does not wait for another process while it turns a new file to WAL mode (its busy handler could
    /// deadlock there), so that is waited for here.
    pub fn open(path: &Path) -> Result<ResponseCache, Error> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| Error::Folder { path: folder.into(), source })?;
        }
        let since = Instant::now();
        loop {
            match Self::try_open(path) {
                Err(Error::Sqlite { source, .. }) if is_busy(&source) && since.elapsed() < PATIENCE => {
                    std::thread::sleep(PAUSE);
                }
                other => return other,
            }
        }
    }

    fn try_open(path: &Path) -> Result<ResponseCache, Error> {
        let failed = |source| Error::Sqlite { path: path.into(), source };
        let connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let tables = "SELECT count(*) FROM sqlite_schema";
        let is_new = connection.query_row(tables, [], |row| row.get::<_, i64>(0)).map_err(failed)? == 0;
        if !is_new {
            let (application, version) =
                (number("application_id").map_err(failed)?, number("user_version").map_err(failed)?);
            if application != APPLICATION || version != VERSION {
                return Err(Error::Foreign { path: path.into() });
            }
        }
        // An answer that a power cut takes away is asked for again, no more.
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = NORMAL;
                 BEGIN IMMEDIATE;
                 CREATE TABLE IF NOT EXISTS answers (
                     key TEXT PRIMARY KEY NOT NULL,
                     model TEXT NOT NULL,
                     answer BLOB NOT NULL,
                     used_at INTEGER NOT NULL
                 );
                 CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used_at);
                 PRAGMA application_id = {APPLICATION};
                 PRAGMA user_version = {VERSION};
                 COMMIT;"
            ))
            .map_err(failed)?;
        Ok(ResponseCache { path: path.into(), connection: Mutex::new(connection) })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, source: rusqlite::Error) -> Error {
        Error::Sqlite { path: self.path.clone(), source }
    }

    /// The answer under a key.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.try_get(key).map_err(|source| self.failed(source))
    }

    fn try_get(&self, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        let connection = self.lock();
        let found: Option<(Vec<u8>, i64)> = connection
            .prepare_cached("SELECT answer, used_at FROM answers WHERE key = ?1")?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((answer, used_at)) = found else { return Ok(None) };
        // A day is exact enough to prune by, and spares most look-ups a write.
        if now() - used_at > 24 * 3600 {
            connection
                .prepare_cached("UPDATE answers SET used_at = ?2 WHERE key = ?1")?
                .execute(params![key, now()])?;
        }
        Ok(Some(answer))
    }

    /// Keeps an answer. The first one under a key stays, so that all runs see the same.
    pub fn put(&self, key: &str, model: &str, answer: &[u8]) -> Result<(), Error> {
        let try_put = || -> rusqlite::Result<()> {
            let connection = self.lock();
            let sql = "INSERT INTO answers (key, model, answer, used_at) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT (key) DO NOTHING";
            connection.prepare_cached(sql)?.execute(params![key, model, answer, now()])?;
            Ok(())
        };
        try_put().map_err(|source| self.failed(source))
    }

    /// What is in it.
    pub fn stats(&self) -> Result<Stats, Error> {
        let try_stats = || -> rusqlite::Result<Vec<ModelStats>> {
            let connection = self.lock();
            let sql = "SELECT model, count(*), sum(length(answer)), min(used_at) FROM answers
                       GROUP BY model ORDER BY count(*) DESC, model";
            let mut statement = connection.prepare(sql)?;
            let models = statement.query_map([], |row| {
                Ok(ModelStats {
                    model: row.get(0)?,
                    answers: row.get::<_, i64>(1)?.cast_unsigned(),
                    bytes: row.get::<_, i64>(2)?.cast_unsigned(),
                    oldest: row.get::<_, i64>(3)?.cast_unsigned(),
                })
            })?;
            models.collect()
        };
        let models = try_stats().map_err(|source| self.failed(source))?;
        let file_bytes = std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        Ok(Stats { models, file_bytes })
    }

    /// Drops answers that were not used for so long, then the longest unused ones until the rest fits. How many.
    pub fn prune(&self, unused_for: Option<Duration>, most_bytes: Option<u64>) -> Result<u64, Error> {
        self.try_prune(unused_for, most_bytes).map_err(|source| self.failed(source))
    }

    fn try_prune(&self, unused_for: Option<Duration>, most_bytes: Option<u64>) -> rusqlite::Result<u64> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut dropped = 0;
        if let Some(age) = unused_for {
            let before = now().saturating_sub_unsigned(age.as_secs());
            dropped += transaction.execute("DELETE FROM answers WHERE used_at < ?1", [before])?;
        }
        if let Some(most) = most_bytes {
            let sql = "DELETE FROM answers WHERE key IN (
                           SELECT key FROM (
                               SELECT key, sum(length(answer)) OVER (ORDER BY used_at DESC, key) AS kept
                               FROM answers
                           ) WHERE kept > ?1
                       )";
            dropped += transaction.execute(sql, [i64::try_from(most).unwrap_or(i64::MAX)])?;
        }
        transaction.commit()?;
        connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(dropped as u64)
    }

    /// Drops everything. How many answers.
    pub fn clear(&self) -> Result<u64, Error> {
        let try_clear = || -> rusqlite::Result<usize> {
            let connection = self.lock();
            let dropped = connection.execute("DELETE FROM answers", [])?;
            connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            Ok(dropped)
        };
        try_clear().map(|count| count as u64).map_err(|source| self.failed(source))
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, ResponseCache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = ResponseCache::open(&folder.path().join("a/b.sqlite")).unwrap();
        (folder, cache)
    }

    #[test]
    fn the_first_answer_stays() {
        let (folder, cache) = cache();
        assert_eq!(cache.get("k").unwrap(), None);
        cache.put("k", "m", b"one").unwrap();
        cache.put("k", "m", b"two").unwrap();
        drop(cache);
        let again = ResponseCache::open(&folder.path().join("a/b.sqlite")).unwrap();
        assert_eq!(again.get("k").unwrap().as_deref(), Some(&b"one"[..]));
    }

    #[test]
    fn pruning_keeps_what_was_used_last() {
        let (_folder, cache) = cache();
        for (index, key) in ["a", "b", "c", "d"].into_iter().enumerate() {
            cache.put(key, if index < 3 { "m" } else { "n" }, b"12345").unwrap();
            let at = now() - 1_000 * (4 - index as i64);
            cache.lock().execute("UPDATE answers SET used_at = ?2 WHERE key = ?1", params![key, at]).unwrap();
        }
        assert_eq!(cache.stats().unwrap().models[0].answers, 3);
        assert_eq!(cache.prune(Some(Duration::from_secs(3_500)), None).unwrap(), 1);
        assert_eq!(cache.prune(None, Some(11)).unwrap(), 1);
        assert!(cache.get("b").unwrap().is_none() && cache.get("c").unwrap().is_some());
        assert_eq!(cache.clear().unwrap(), 2);
        assert_eq!(cache.stats().unwrap().models, []);
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "a diary that happens to lie here, long enough to be one").unwrap();
        assert!(matches!(ResponseCache::open(&path), Err(Error::Sqlite { .. })));
        let other = folder.path().join("other.sqlite");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE diary (day TEXT)").unwrap();
        assert!(matches!(ResponseCache::open(&other), Err(Error::Foreign { .. })));
    }

    #[test]
    fn many_may_make_it_at_once() {
        for _ in 0..100 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("c.sqlite");
            let start = std::sync::Barrier::new(6);
            std::thread::scope(|scope| {
                for _ in 0..6 {
                    scope.spawn(|| {
                        start.wait();
                        ResponseCache::open(&path).unwrap();
                    });
                }
            });
        }
    }

    #[test]
    fn many_may_write_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.sqlite");
        std::thread::scope(|scope| {
            for writer in 0..6 {
                let path = &path;
                scope.spawn(move || {
                    let cache = ResponseCache::open(path).unwrap();
                    for index in 0..50 {
                        cache.put(&format!("k{index}"), "m", format!("{writer}").as_bytes()).unwrap();
                        cache.put(&format!("{writer}-{index}"), "m", b"own").unwrap();
                    }
                });
            }
        });
        assert_eq!(ResponseCache::open(&path).unwrap().stats().unwrap().models[0].answers, 350);
    }
}
