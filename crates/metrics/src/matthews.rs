//! Matthews' correlation of answers with targets, for any number of classes.

use std::collections::HashMap;
use std::hash::Hash;

/// Answers and targets of many samples, counted.
#[derive(Debug, Clone)]
pub struct Matthews<T> {
    /// For each class: how often it was answered, was the target, was both.
    classes: HashMap<T, [u64; 3]>,
}

impl<T: Eq + Hash> Default for Matthews<T> {
    fn default() -> Self {
        Matthews { classes: HashMap::new() }
    }
}

impl<T: Eq + Hash> Matthews<T> {
    /// Counts a sample.
    pub fn add(&mut self, answer: T, target: T) {
        let is_right = u64::from(answer == target);
        let class = self.classes.entry(answer).or_default();
        class[0] += 1;
        class[2] += is_right;
        self.classes.entry(target).or_default()[1] += 1;
    }

    /// Returns Matthews' correlation coefficient, in Gorodkin's form for several classes.
    ///
    /// −1 to 1, more is better; 0 is no better than chance. 0 when all answers or all targets are the same, and for no
    /// samples. Source: `matthews_corrcoef` of scikit-learn 1.9.
    pub fn value(&self) -> f64 {
        let sum = |of: fn(&[u64; 3]) -> f64| self.classes.values().map(of).sum::<f64>();
        let count = sum(|class| class[0] as f64);
        let right = sum(|class| class[2] as f64);
        let both = sum(|class| class[0] as f64 * class[1] as f64);
        let answers = count * count - sum(|class| class[0] as f64 * class[0] as f64);
        let targets = count * count - sum(|class| class[1] as f64 * class[1] as f64);
        if answers * targets == 0.0 { 0.0 } else { (right * count - both) / (answers * targets).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> f64 {
        let mut counted = Matthews::default();
        pairs.iter().for_each(|(answer, target)| counted.add(*answer, *target));
        counted.value()
    }

    #[test]
    fn two_and_three_classes() {
        // By hand: (tp*tn - fp*fn) / sqrt of the product of the four margins.
        let two = of(&[("1", "1"), ("1", "1"), ("1", "0"), ("0", "0"), ("0", "1"), ("0", "0"), ("0", "0")]);
        assert!((two - (2.0 * 3.0 - 1.0) / (3.0_f64 * 3.0 * 4.0 * 4.0).sqrt()).abs() < 1e-12, "{two}");
        assert_eq!(of(&[("a", "a"), ("b", "b"), ("c", "c")]), 1.0);
        assert_eq!((of(&[("a", "a"), ("a", "b")]), of(&[])), (0.0, 0.0));
    }
}
