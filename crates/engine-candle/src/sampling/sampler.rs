//! Penalties, temperature and the cuts by probability, in the order of `transformers`.

use super::random::Random;
use crate::compute::largest;
use evalscope_core::Sampling;
use rayon::prelude::*;
use std::collections::HashMap;

/// Weights that one thread computes at a time.
const WEIGHTS_PER_TASK: usize = 4096;
/// Tokens that are sorted first to find those of `top_p`.
const NUCLEUS_GUESS: usize = 64;

/// Draws the tokens of one reply. The draw depends on the logits, the request and the seed, and on nothing else.
#[derive(Clone)]
pub(crate) struct Sampler {
    temperature: f64,
    top_k: Option<usize>,
    top_p: Option<f64>,
    min_p: Option<f64>,
    repetition: f64,
    frequency: f64,
    presence: f64,
    /// Tokens of the prompt, which only the repetition penalty regards.
    prompt: Vec<u32>,
    /// How often each token was drawn.
    drawn: HashMap<u32, u32>,
    random: Random,
}

impl Sampler {
    /// A sampler for the `index`-th reply to a prompt. Absent temperature means 0, absent seed means 0.
    pub(crate) fn new(sampling: &Sampling, prompt: &[u32], index: u32) -> Self {
        let repetition = sampling.repetition_penalty.unwrap_or(1.0);
        let mut seeds = Random::new(sampling.seed.unwrap_or(0));
        let seed = (0..index).fold(seeds.next(), |_, _| seeds.next());
        let mut prompt = if repetition == 1.0 { Vec::new() } else { prompt.to_vec() };
        prompt.sort_unstable();
        prompt.dedup();
        Sampler {
            temperature: sampling.temperature.unwrap_or(0.0),
            top_k: sampling.top_k.filter(|count| *count > 0).map(|count| count as usize),
            top_p: sampling.top_p.filter(|share| *share < 1.0),
            min_p: sampling.min_p.filter(|share| *share > 0.0),
            repetition,
            frequency: sampling.frequency_penalty.unwrap_or(0.0),
            presence: sampling.presence_penalty.unwrap_or(0.0),
            prompt,
            drawn: HashMap::new(),
            random: Random::new(seed),
        }
    }

    /// What makes no sense in a request.
    pub(crate) fn check(sampling: &Sampling) -> Result<(), String> {
        let wrong = |name: &str, value: f64| Err(format!("{name} cannot be {value}"));
        match sampling {
            Sampling { temperature: Some(value), .. } if !(0.0..=1e6).contains(value) => {
                wrong("temperature", *value)
            }
            Sampling { top_p: Some(value), .. } if !(0.0..=1.0).contains(value) => wrong("top_p", *value),
            Sampling { min_p: Some(value), .. } if !(0.0..=1.0).contains(value) => wrong("min_p", *value),
            Sampling { repetition_penalty: Some(value), .. } if !(1e-6..=1e6).contains(value) => {
                wrong("repetition_penalty", *value)
            }
            Sampling { frequency_penalty: Some(value), .. } if !value.is_finite() => {
                wrong("frequency_penalty", *value)
            }
            Sampling { presence_penalty: Some(value), .. } if !value.is_finite() => {
                wrong("presence_penalty", *value)
            }
            Sampling { n: Some(0), .. } => wrong("n", 0.0),
            _ => Ok(()),
        }
    }

    /// Draws a token and remembers it.
    pub(crate) fn draw(&mut self, logits: &[f32]) -> u32 {
        let token = match self.has_penalties() {
            true => self.choose(&self.penalised(logits)),
            false => self.choose(logits),
        };
        *self.drawn.entry(token).or_insert(0) += 1;
        token
    }

    fn has_penalties(&self) -> bool {
        self.repetition != 1.0 || self.frequency != 0.0 || self.presence != 0.0
    }

    fn penalised(&self, logits: &[f32]) -> Vec<f32> {
        let mut logits = logits.to_vec();
        let new = self.drawn.keys().filter(|token| self.prompt.binary_search(token).is_err());
        if self.repetition != 1.0 {
            for token in self.prompt.iter().chain(new) {
                if let Some(logit) = logits.get_mut(*token as usize) {
                    let value = f64::from(*logit);
                    *logit =
                        if value < 0.0 { value * self.repetition } else { value / self.repetition } as f32;
                }
            }
        }
        for (token, count) in &self.drawn {
            if let Some(logit) = logits.get_mut(*token as usize) {
                *logit -= (self.presence + self.frequency * f64::from(*count)) as f32;
            }
        }
        logits
    }

    fn choose(&mut self, logits: &[f32]) -> u32 {
        let best = argmax(logits);
        if self.temperature == 0.0 || self.top_k == Some(1) {
            return best;
        }
        let weights = self.weights(logits, logits[best as usize]);
        let candidates = self.candidates(&weights);
        let total: f64 = candidates.iter().map(|token| weights[*token as usize]).sum();
        let mut left = self.random.unit() * total;
        for token in &candidates {
            left -= weights[*token as usize];
            if left < 0.0 {
                return *token;
            }
        }
        candidates.last().copied().unwrap_or(best)
    }

    /// The probability of each token relative to the most likely one.
    fn weights(&self, logits: &[f32], most: f32) -> Vec<f64> {
        let weigh = |logit: &f32| libm::exp((f64::from(*logit) - f64::from(most)) / self.temperature);
        logits.par_iter().with_min_len(WEIGHTS_PER_TASK).map(weigh).collect()
    }

    /// Tokens that may be drawn: most likely first where a cut needs the order, else in the vocabulary's order.
    fn candidates(&self, weights: &[f64]) -> Vec<u32> {
        let mut candidates = match (self.top_k, self.top_p) {
            (None, None) => (0..weights.len() as u32).collect(),
            (Some(count), None) => most_likely(weights, count),
            (count, Some(share)) => nucleus(weights, count.unwrap_or(weights.len()), share),
        };
        if let Some(share) = self.min_p {
            candidates.retain(|token| weights[*token as usize] >= share);
        }
        candidates
    }
}

/// The most likely tokens in order; the first of equals comes first.
fn most_likely(weights: &[f64], count: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..weights.len() as u32).collect();
    let rank = |a: &u32, b: &u32| weights[*b as usize].total_cmp(&weights[*a as usize]).then(a.cmp(b));
    if count < order.len() {
        order.select_nth_unstable_by(count, rank);
        order.truncate(count);
    }
    order.sort_unstable_by(rank);
    order
}

/// The fewest of the `most` most likely tokens that together have this share of their probability; at least one.
fn nucleus(weights: &[f64], most: usize, share: f64) -> Vec<u32> {
    let total = match most < weights.len() {
        true => most_likely(weights, most).iter().map(|token| weights[*token as usize]).sum::<f64>(),
        false => weights.iter().sum(),
    };
    let mut count = NUCLEUS_GUESS;
    loop {
        // Sorting the whole vocabulary is slow, and a few tokens mostly do.
        let mut order = most_likely(weights, count.min(most));
        let mut sum = 0.0;
        let kept = order.iter().take_while(|token| {
            let before = sum;
            sum += weights[**token as usize];
            before < share * total
        });
        let kept = kept.count().max(1);
        if kept < order.len() || count >= most.min(weights.len()) {
            order.truncate(kept);
            return order;
        }
        count *= 8;
    }
}

/// The first of the largest.
fn argmax(logits: &[f32]) -> u32 {
    // Twice over the row is faster than to remember a place at each step.
    let most = largest(logits);
    logits.iter().position(|logit| *logit == most).unwrap_or(0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(sampling: &Sampling, logits: &[f32], index: u32) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling, &[], index);
        (0..200).map(|_| sampler.draw(logits)).collect()
    }

    #[test]
    fn temperature_zero_takes_the_first_of_the_largest() {
        assert_eq!(Sampler::new(&Sampling::default(), &[], 0).draw(&[1.0, 3.0, 3.0, 2.0]), 1);
    }

    #[test]
    fn seeds_decide_and_replies_differ() {
        let warm = Sampling { temperature: Some(1.0), seed: Some(7), ..Sampling::default() };
        let logits = [0.5, 1.0, 0.0, 0.7];
        assert_eq!(draws(&warm, &logits, 0), draws(&warm, &logits, 0));
        assert_ne!(draws(&warm, &logits, 0), draws(&warm, &logits, 1));
        let other = Sampling { seed: Some(8), ..warm.clone() };
        assert_ne!(draws(&warm, &logits, 0), draws(&other, &logits, 0));
    }

    #[test]
    fn cuts_leave_out_what_is_unlikely() {
        let logits = [3.0, 2.9, -2.0, -3.0];
        let warm = Sampling { temperature: Some(1.0), seed: Some(1), ..Sampling::default() };
        let most = |sampling: Sampling| draws(&sampling, &logits, 0).into_iter().max().unwrap();
        assert_eq!(most(Sampling { top_k: Some(2), ..warm.clone() }), 1);
        assert_eq!(most(Sampling { top_p: Some(0.9), ..warm.clone() }), 1);
        assert_eq!(most(Sampling { min_p: Some(0.5), ..warm.clone() }), 1);
        assert_eq!(most(Sampling { top_p: Some(0.0), ..warm }), 0);
    }

    #[test]
    fn a_flat_distribution_needs_more_than_the_first_guess() {
        let weights = vec![1.0; 1000];
        assert_eq!(nucleus(&weights, 1000, 0.9).len(), 900);
        assert_eq!(nucleus(&weights, 10, 0.5), [0, 1, 2, 3, 4]);
        assert_eq!(nucleus(&weights, 1000, 0.0), [0]);
        assert_eq!(most_likely(&[0.1, 1.0, 0.5, 1.0], 3), [1, 3, 2]);
    }

    #[test]
    fn penalties_push_repeated_tokens_down() {
        let sampling = Sampling { presence_penalty: Some(1.0), ..Sampling::default() };
        let mut sampler = Sampler::new(&sampling, &[], 0);
        assert_eq!(sampler.draw(&[1.0, 0.5]), 0);
        assert_eq!(sampler.draw(&[1.0, 0.5]), 1);
        let sampling = Sampling { repetition_penalty: Some(4.0), ..Sampling::default() };
        assert_eq!(Sampler::new(&sampling, &[0], 0).draw(&[1.0, 0.5]), 1);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Sampler::check(&Sampling { temperature: Some(-1.0), ..Sampling::default() }).is_err());
        assert!(Sampler::check(&Sampling { top_p: Some(f64::NAN), ..Sampling::default() }).is_err());
        assert!(Sampler::check(&Sampling::default()).is_ok());
    }
}
