//! What is put to prompts that are there: a line against caches, images.

use crate::api::Prompt;
use crate::error::Error;
use crate::prompts::images::Images;
use crate::prompts::prefix::unlike_any;
use crate::prompts::source::Material;
use std::sync::Arc;

/// Bytes of images in all requests at most; with more of them, prompts come again. Those of a trace belong to its times.
const MOST_BYTES: usize = 256 << 20;

/// Bytes of prompts that are there only for a line of their own, at most: each is kept a second time, as it is sent.
const MOST_COPIED: usize = 32 << 20;

/// Repeats what there is until it is as many, so that each request can have a line of its own, as far as memory allows.
pub fn come_again<T: Clone>(list: &mut Vec<T>, most: usize, characters: impl Fn(&T) -> usize) {
    let own = list.len();
    let mut copied = 0;
    while own > 0 && list.len() < most && copied < MOST_COPIED {
        let again = list[list.len() % own].clone();
        copied += characters(&again);
        list.push(again);
    }
}

/// Puts a line before each prompt, or each conversation, that no other has.
pub fn bust_caches(material: &mut Material, seed: u64) {
    material.prompts.iter_mut().enumerate().for_each(|(number, prompt)| bust(prompt, seed, number));
    let firsts = material.scripts.iter_mut().filter_map(|script| script.first_mut());
    firsts.enumerate().for_each(|(number, turn)| turn.content.insert_str(0, &unlike_any(seed, number)));
}

/// Puts a line before a prompt that no other has.
fn bust(prompt: &mut Prompt, seed: u64, number: usize) {
    let line = unlike_any(seed, number);
    match prompt {
        Prompt::Text(text) => text.insert_str(0, &line),
        Prompt::Messages(turns) => {
            turns.iter_mut().take(1).for_each(|turn| turn.content.insert_str(0, &line))
        }
        Prompt::Ranking { query, .. } => query.insert_str(0, &line),
        Prompt::Body(_) => {}
    }
}

/// Prompts that may have so many of these images: each request is kept with its own, ready to be sent.
fn most_with(all: &[Arc<str>], count: usize) -> usize {
    let each = all.iter().map(|image| image.len()).max().unwrap_or(0).saturating_mul(count);
    (MOST_BYTES / each.max(1)).max(1)
}

/// Gives each prompt, or the first turn of each conversation, its images.
pub fn illustrate(material: &mut Material, images: &Images, seed: u64) -> Result<(), Error> {
    let all = images.read(seed)?;
    let most = most_with(&all, images.count);
    if material.times.is_empty() {
        material.prompts.truncate(most);
    }
    let mut next = (0..all.len()).cycle();
    let mut some = || next.by_ref().take(images.count).map(|place| all[place].clone()).collect::<Vec<_>>();
    for prompt in &mut material.prompts {
        let mut turns = prompt.turns();
        if let Some(turn) = turns.iter_mut().rev().find(|turn| turn.role == "user") {
            turn.images = some();
        }
        *prompt = Prompt::Messages(turns);
    }
    for script in &mut material.scripts {
        if let Some(turn) = script.iter_mut().find(|turn| turn.role == "user") {
            turn.images = some();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_come_again_as_far_as_memory_allows() {
        let again = |size: usize, most| {
            let mut list = vec![size, size];
            come_again(&mut list, most, |size| *size);
            list.len()
        };
        assert_eq!((again(10, 9), again(10, 1), again(MOST_COPIED / 2, 9)), (9, 2, 4));
    }

    #[test]
    fn images_of_all_requests_fit() {
        let images = |size: usize| -> Vec<Arc<str>> { vec!["a".into(), "x".repeat(size).into()] };
        assert_eq!(most_with(&images(1 << 20), 2), 128);
        assert_eq!((most_with(&images(1 << 29), 2), most_with(&[], 2)), (1, MOST_BYTES));
    }
}
