//! What is put to prompts that are there: a line against caches, images.

use crate::api::Prompt;
use crate::error::Error;
use crate::prompts::images::Images;
use crate::prompts::prefix::unlike_any;
use crate::prompts::source::Material;

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

/// Gives each prompt, or the first turn of each conversation, its images.
pub fn illustrate(material: &mut Material, images: &Images, seed: u64) -> Result<(), Error> {
    let all = images.read(seed)?;
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
