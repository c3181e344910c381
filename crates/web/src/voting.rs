//! People as judges: the pairs of an arena, and the votes on them, which stand in `votes.jsonl` beside the file of reviews.

use crate::error::Error;
use evalscope_arena::agreement::agreement;
use evalscope_arena::vote::{Poll, Vote, parse_votes};
use evalscope_arena::{Battle, Winner};
use evalscope_report::page::cut;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// The file of votes.
const VOTES: &str = "votes.jsonl";
/// Bytes of a file of reviews that are read at most: it is held in memory, and has more pairs than people vote on.
const MAX_BYTES: u64 = 48 << 20;
/// Bytes of the file of votes that are read at most: a hundred thousand votes, more than people give.
const MAX_VOTES_BYTES: u64 = 16 << 20;
/// Bytes of a vote at most: the name of its voter is short.
const LONGEST_VOTE: u64 = 1 << 10;
/// Voters at most: every page says how all of them agree with the judge, and names cost nothing to make up.
const MAX_VOTERS: usize = 500;
/// Characters of a voter's name at most.
const MAX_NAME: usize = 40;

/// The pairs that were voted on last, as they are kept between two votes.
#[derive(Default)]
pub struct Polls(Mutex<Option<Open>>);

struct Open {
    reviews: PathBuf,
    stamps: [Stamp; 2],
    pairs: Pairs,
    poll: Poll,
}

/// When a file was changed, and its bytes.
type Stamp = Option<(SystemTime, u64)>;

/// What a file of reviews has to vote on.
#[derive(Default)]
struct Pairs {
    battles: Vec<Battle>,
    /// Lines that cannot be shown: no battle, or no answers.
    unread: u64,
    /// Whether there is more than is read.
    is_cut: bool,
}

/// What a voter says of a pair.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// A name of the voter's own.
    pub voter: String,
    /// The pair.
    pub pair: String,
    /// What was found.
    pub choice: Choice,
}

/// What can be found of two answers, by their place on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The left one is better.
    Left,
    /// The right one is better.
    Right,
    /// Both are as good.
    Tie,
    /// Both are bad.
    BothBad,
}

impl Polls {
    /// The pair that this voter is shown next, and how the votes stand.
    pub fn next(&self, reviews: &Path, voter: &str) -> Result<Value, Error> {
        let voter = name(voter)?;
        self.with(reviews, |open| Ok(state(open, voter)))
    }

    /// Writes a vote down, counts it, and says what comes next.
    pub fn vote(&self, reviews: &Path, ballot: &Ballot, at: f64) -> Result<Value, Error> {
        let voter = name(&ballot.voter)?;
        self.with(reviews, |open| {
            let choice = match ballot.choice {
                Choice::Left => Winner::A,
                Choice::Right => Winner::B,
                Choice::Tie => Winner::Tie,
                Choice::BothBad => Winner::BothBad,
            };
            let vote = open.poll.vote(&ballot.pair, voter, choice, at);
            let vote = vote.ok_or_else(|| Error::missing(format!("pair `{}`", ballot.pair)))?;
            let voters = open.poll.voters();
            if voters.len() >= MAX_VOTERS && !voters.iter().any(|(known, _)| known == voter) {
                return Err(refused(format!("{MAX_VOTERS} people vote here, and there is no room for more")));
            }
            let path = votes_path(&open.reviews)?;
            let before = open.stamps[1].map_or(0, |(_, bytes)| bytes);
            if before + LONGEST_VOTE > MAX_VOTES_BYTES {
                return Err(refused(format!("{} is full", path.display())));
            }
            let is_alone = append(&path, &vote)? == before;
            open.poll.take(vote);
            // Where somebody else voted meanwhile, the file is read again.
            open.stamps[1] = stamp(&path).filter(|_| is_alone);
            Ok(state(open, voter))
        })
    }

    fn with(
        &self,
        reviews: &Path,
        work: impl FnOnce(&mut Open) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = [stamp(reviews), stamp(&votes_path(reviews)?)];
        let known = open.take().filter(|open| open.reviews == reviews && open.stamps == stamps);
        let open = open.insert(known.map_or_else(|| read(reviews, stamps), Ok)?);
        work(open)
    }
}

/// The votes on this file of reviews as battles, a line each.
pub fn votes_as_battles(reviews: &Path) -> Result<String, Error> {
    let lines = read(reviews, [None, None])?.poll.battles();
    Ok(lines.iter().map(|battle| json!(battle).to_string() + "\n").collect())
}

fn read(reviews: &Path, stamps: [Stamp; 2]) -> Result<Open, Error> {
    let broken = |error: evalscope_arena::Error| Error::Broken { message: error.to_string() };
    let votes = votes_path(reviews)?;
    let text = read_votes(&votes)?;
    let given = parse_votes(&votes.display().to_string(), &text).map_err(broken)?;
    let mut pairs = read_pairs(reviews)?;
    let poll = Poll::new(std::mem::take(&mut pairs.battles), given).map_err(broken)?;
    Ok(Open { reviews: reviews.to_owned(), stamps, pairs, poll })
}

/// The text of the file of votes; none where nobody has voted.
fn read_votes(path: &Path) -> Result<String, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(Error::file("read", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_VOTES_BYTES + 1).read_to_end(&mut bytes).map_err(Error::file("read", path))?;
    if bytes.len() as u64 > MAX_VOTES_BYTES {
        let most = MAX_VOTES_BYTES >> 20;
        let message = format!("{}: a file of votes of more than {most} MiB is not read", path.display());
        return Err(Error::Broken { message });
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read_pairs(reviews: &Path) -> Result<Pairs, Error> {
    let file = File::open(reviews).map_err(Error::file("read", reviews))?;
    let bytes = file.metadata().map_err(Error::file("read", reviews))?.len();
    let mut reader = BufReader::new(file.take(MAX_BYTES));
    let mut pairs = Pairs { is_cut: bytes > MAX_BYTES, ..Pairs::default() };
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(Error::file("read", reviews))? > 0 {
        // Bytes that are no UTF-8 spoil their own text only.
        let text = String::from_utf8_lossy(&line);
        let battle = serde_json::from_str::<Battle>(&text).ok();
        match battle
            .filter(|battle| ["output_a", "output_b"].iter().all(|field| battle.text(field).is_some()))
        {
            Some(battle) => pairs.battles.push(battle),
            None => pairs.unread += u64::from(!text.trim().is_empty()),
        }
        line.clear();
    }
    Ok(pairs)
}

/// How the votes stand, for this voter.
fn state(open: &Open, voter: &str) -> Value {
    let poll = &open.poll;
    let voters = poll.voters();
    let count = |(_, count): &(String, usize)| *count;
    let own = voters.iter().find(|(name, _)| name == voter).map_or(0, count);
    let next = poll.next(voter).map(|shown| {
        let mut pair =
            json!({"id": shown.pair, "question": shown.question, "left": shown.left, "right": shown.right});
        cut(&mut pair);
        pair
    });
    json!({
        "voter": voter, "done": own, "total": poll.pairs().len(), "pair": next,
        "voters": voters.len(), "votes": voters.iter().map(count).sum::<usize>(),
        "unread_lines": open.pairs.unread, "is_cut": open.pairs.is_cut,
        "agreement": {"own": with_judge(poll, Some(voter)), "all": with_judge(poll, None)},
    })
}

/// How far the votes of this voter, or of all, agree with the judge on the same pairs; nothing where it has judged none of them.
fn with_judge(poll: &Poll, voter: Option<&str>) -> Option<Value> {
    let (judged, votes) = poll.compared(voter);
    let found = agreement(&judged, &votes, None)?;
    Some(json!({
        "pairs": found.pairs, "agreement": found.agreement, "kappa": found.kappa,
        "decided": found.decided, "agreement_decided": found.agreement_decided,
    }))
}

fn refused(message: String) -> Error {
    Error::Refused { message, hint: Some("vote on another arena, or move its file of votes away".into()) }
}

fn name(voter: &str) -> Result<&str, Error> {
    let name = voter.trim();
    let is_fine = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control);
    let message = || Error::invalid(format!("a voter has a name of at most {MAX_NAME} characters"));
    is_fine.then_some(name).ok_or_else(message)
}

/// Where the votes stand. A link could lead out of the folder, and what it leads to would be written to.
fn votes_path(reviews: &Path) -> Result<PathBuf, Error> {
    let path = reviews.with_file_name(VOTES);
    if path.is_symlink() {
        return Err(Error::missing(format!("file {VOTES} beside {}: it is a link", reviews.display())));
    }
    Ok(path)
}

fn stamp(path: &Path) -> Stamp {
    let about = path.metadata().ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Appends a vote and returns once it is on the disk; returns how many bytes there were before.
fn append(path: &Path, vote: &Vote) -> Result<u64, Error> {
    let write = || -> std::io::Result<u64> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        // Another server may take votes on the same pairs.
        file.lock()?;
        let before = mend(&mut file)?;
        file.write_all(format!("{}\n", json!(vote)).as_bytes())?;
        file.sync_data()?;
        Ok(before)
    };
    write().map_err(Error::file("write", path))
}

/// Takes away a last line without its end, which a crash left; returns the bytes that are left.
fn mend(file: &mut File) -> std::io::Result<u64> {
    let bytes = file.metadata()?.len();
    if bytes == 0 {
        return Ok(0);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(bytes - 1))?;
    file.read_exact(&mut last)?;
    if last == [b'\n'] {
        return Ok(bytes);
    }
    let mut all = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut all)?;
    let whole = all.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
    file.set_len(whole)?;
    Ok(whole)
}
